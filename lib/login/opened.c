/* SPDX-License-Identifier: MIT */
#include "login/opened.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/nstype.h"
#include "base/text.h"

const char *opened_format(char buf[OPENED_SIZE], const struct opened *o)
{
	char user[512], service[512], types[64], missing[64];
	const unsigned ms10 = (o->took_us + 50) / 100;
	int n;

	n = snprintf(buf, OPENED_SIZE, "opened user=%s uid=%" PRIu32 " service=%s rule=%s ",
		     text_escape(user, sizeof(user), o->user), o->uid,
		     text_escape(service, sizeof(service), o->service), o->rule);
	if (n < 0 || n >= OPENED_SIZE)
		return buf;
	if (o->policy)
		n += snprintf(buf + n, (size_t)(OPENED_SIZE - n),
			      "policy=%s set=%" PRIu64 " ns=%s%s%s joined=%s", o->policy, o->set,
			      ns_types_format(o->types, types, sizeof(types)),
			      o->missing ? " missing=" : "",
			      ns_types_format(o->missing, missing, sizeof(missing)),
			      o->joined ? "yes" : "no");
	else
		n += snprintf(buf + n, (size_t)(OPENED_SIZE - n), "action=host");
	if (n < OPENED_SIZE)
		n += snprintf(buf + n, (size_t)(OPENED_SIZE - n), " ms=%u.%u", ms10 / 10,
			      ms10 % 10);
	if (n < OPENED_SIZE && o->process)
		n += snprintf(buf + n, (size_t)(OPENED_SIZE - n), " process=%d", o->process);
	if (n < OPENED_SIZE && o->remark[0])
		text_fmt(buf + n, (size_t)(OPENED_SIZE - n), ": %s", o->remark);
	return buf;
}

const char *closed_format(char buf[CLOSED_SIZE], const char *user, uint32_t uid, uint64_t set,
			  int process)
{
	char shown[512], by[24] = "";

	if (process)
		text_fmt(by, sizeof(by), " process=%d", process);
	text_fmt(buf, CLOSED_SIZE, "closed user=%s uid=%" PRIu32 " set=%" PRIu64 "%s",
		 text_escape(shown, sizeof(shown), user), uid, set, by);
	return buf;
}
