/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/insist.h"

#include <security/pam_ext.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/*
 * Each opens the session in a process of its own for one display or one login, so that nobody
 * else's session ends with it.  Measured with the versions of Debian 12 and 13: docs/desktops.md.
 */
static const struct insist {
	const char *service;
	int status;
} insist_services[] = {
	{"xdm", 1},  /* REMANAGE_DISPLAY of dm.h: the server is reset, and there is a new greeter */
	{"wdm", 1},  /* the same source */
	{"lxdm", 1}, /* any */
};

void insist_on_refusal(pam_handle_t *pamh, const char *service)
{
	for (size_t i = 0; i < sizeof(insist_services) / sizeof(insist_services[0]); i++) {
		const struct insist *row = &insist_services[i];

		if (strcmp(service, row->service) != 0)
			continue;
		pam_syslog(pamh, LOG_NOTICE,
			   "%s goes on after a refusal, so its process for this login is ended",
			   row->service);
		_exit(row->status);
	}
}
