/* SPDX-License-Identifier: MIT */
/* What is different for a set whose sessions are in a user namespace (user = "map")? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/fd.h"
#include "base/idmap.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "serve/call.h"
#include "sets/helper.h"

static bool is_mapped(const struct set *set)
{
	return set && (set->rec.kinds & ns_bit(NS_USER));
}

/* An older set may have what the policy of today has not. */
bool mapped_needs_groups(const struct call *c, const struct pol_policy *policy,
			 const struct set *set)
{
	return !c->user.known && ((policy->kinds & ns_bit(NS_USER)) || is_mapped(set));
}

static int read_map(const struct set *set, const char *file, struct idmap *ret)
{
	char path[40], text[IDMAP_TEXT_SIZE * 2]; /* the kernel pads its numbers */
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", set->anchor.pid, file);
	n = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	return n < 0 ? (int)n : idmap_parse(ret, text);
}

/* By the maps as the kernel has them: of a set that somebody else's login has built, perhaps. */
int mapped_fits(struct call *c, const struct set *set, struct nsi_fail *f)
{
	const struct ns_login login = {
		.uid = c->open.uid,
		.gid = c->open.gid,
		.groups = c->user.groups,
		.group_count = c->user.count,
		.pid = c->pid,
	};
	struct idmap uids, gids;
	int r;

	if (!is_mapped(set))
		return 0;
	if (!c->user.known)
		return fail_set(f, EAGAIN, "the policy has changed during this login; try again");
	r = read_map(set, "uid_map", &uids);
	if (r == 0)
		r = read_map(set, "gid_map", &gids);
	if (r < 0)
		return fail_errno(f, r, "cannot read the maps of set %" PRIu64, set->rec.id);
	return ns_fits(&uids, &gids, &login, f);
}

static const struct set *find_by_user(const struct helper *h, uint64_t user)
{
	for (const struct set *s = h->sets; s; s = s->next)
		if (is_mapped(s) && s->rec.ns.ino[NS_USER] == user)
			return s;
	return NULL;
}

/*
 * Root in a user namespace has uid 0 here too, as the map says so, and reaches the socket.
 * It may end a session of its own set, whose number nobody else can know, and nothing else:
 * into another set it could not go (setns(2) leads down, never aside), and what it says of a
 * login is not to be believed.
 */
int mapped_check_peer(const struct call *c, uint64_t user, const union nsi_message *m,
		      struct nsi_fail *f)
{
	const struct set *set = find_by_user(c->helper, user);

	if (!set)
		return fail_set(f, EPERM,
				"the session is opened from within another user namespace");
	if (m->h.type == NSI_CLOSE && m->close.set == set->rec.id)
		return 0;
	(void)fail_set(f, EXDEV,
		       "it comes from within set %" PRIu64 ", which has a user namespace (user = "
		       "\"map\") that nobody can leave: log in from outside instead",
		       set->rec.id);
	if (m->h.type == NSI_OPEN && m->open.uid == 0 && !(m->open.flags & NSI_ISOLATE_ROOT))
		return MAPPED_ROOT_STAYS;
	return -EXDEV;
}
