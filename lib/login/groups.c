/* SPDX-License-Identifier: MIT */
#include "login/groups.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "login/client.h"

int groups_of(const char *name, gid_t gid, gid_t **ret, int *ret_count, struct nsi_fail *f)
{
	int count = 64;

	for (;;) {
		NSI_AUTO_FREE gid_t *groups = calloc((size_t)count, sizeof(*groups));
		int room = count;

		if (!groups)
			return fail_set(f, ENOMEM, "no memory for the groups of the user");
		if (getgrouplist(name, gid, groups, &count) >= 0) {
			*ret = nsi_take_ptr(&groups);
			*ret_count = count;
			return 0;
		}
		if (room >= NSI_GROUPS_MAX)
			return fail_set(f, E2BIG, "the user is in more than %d groups",
					NSI_GROUPS_MAX);
		/* Some sources say how many there are, some do not. */
		count = count > room ? count : room * 4;
		if (count > NSI_GROUPS_MAX)
			count = NSI_GROUPS_MAX;
	}
}

int groups_send(struct call *c, enum nsi_need need, const char *name, gid_t gid, struct nsi_fail *f)
{
	NSI_AUTO_FREE gid_t *groups = NULL;
	struct nsi_account m = {.need = need, .gid = gid};
	int count = 0, r;

	if (text_copy(m.name, sizeof(m.name), name) < 0)
		return fail_set(f, ENAMETOOLONG, "a user's name is too long");
	r = groups_of(name, gid, &groups, &count, f);
	for (int sent = 0; r == 0 && !m.last;) {
		m.h = wire_header(NSI_ACCOUNT);
		m.count = (uint32_t)(count - sent < NSI_GROUPS_CHUNK ? count - sent
								     : NSI_GROUPS_CHUNK);
		memcpy(m.groups, groups + sent, m.count * sizeof(m.groups[0]));
		sent += (int)m.count;
		m.last = sent == count;
		r = client_send(c, &m.h, -EBADF, f);
	}
	return r;
}
