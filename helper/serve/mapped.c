/* SPDX-License-Identifier: MIT */
/* Sets whose sessions are in a user namespace (user = "map") */
#include "serve/open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "base/fail.h"
#include "base/fd.h"
#include "base/idmap.h"
#include "base/text.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "sets/all.h"

static bool mapped_is(const struct set *set)
{
	return set && (set->rec.types & ns_bit(NS_USER));
}

static int mapped_read(const struct set *set, const char *file, struct idmap *ret)
{
	char path[40], text[IDMAP_TEXT_SIZE * 2]; /* the kernel pads its numbers */
	ssize_t n;

	text_fmt(path, sizeof(path), "/proc/%d/%s", set->anchor.pid, file);
	priv_raise(); /* for a /proc with hidepid= */
	n = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	priv_lower();
	return n < 0 ? (int)n : idmap_parse(ret, text);
}

/* Reads the maps from the kernel, as another user's login may have built the set. */
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

	if (!c->user.known)
		return fail_set(f, EAGAIN, "the policy has changed during this login; try again");
	r = mapped_read(set, "uid_map", &uids);
	if (r < 0)
		return fail_errno(f, r, "cannot read the uid_map of set %" PRIu64, set->rec.id);
	r = mapped_read(set, "gid_map", &gids);
	if (r < 0)
		return fail_errno(f, r, "cannot read the gid_map of set %" PRIu64, set->rec.id);
	priv_raise(); /* likewise */
	r = ns_fits(&uids, &gids, &login, f);
	priv_lower();
	return r;
}

static const struct set *mapped_find(const struct sets *sets, uint64_t user)
{
	const struct set *s;

	LIST_FOREACH (s, &sets->all, link)
		if (mapped_is(s) && s->rec.ns.ino[NS_USER] == user)
			return s;
	return NULL;
}

/*
 * Whether a login as @uid has nowhere else to go: as root, who is let be wherever that is, or
 * as one who has this very set.
 */
static bool mapped_may_stay(const struct set *set, const struct nsi_open *m)
{
	const struct session *s;

	if (m->uid == 0)
		return !(m->flags & NSI_ISOLATE_ROOT);
	if (set->rec.scope != POL_SCOPE_GROUP && m->uid == set->rec.uid)
		return true;
	LIST_FOREACH (s, &set->sessions, link)
		if (s->rec.uid == m->uid)
			return true;
	return false;
}

/*
 * Root in a user namespace has uid 0 here too, as the map says so, and reaches the socket.
 * It may end a session of its own set, whose number nobody else can know, and nothing else:
 * into another set it could not go (setns(2) leads down, never aside), and what it says of a
 * login is not to be believed: who stays where it is gains nothing by a lie.
 */
int mapped_check_peer(struct call *c, uint64_t user, const union nsi_message *m, struct nsi_fail *f)
{
	const struct set *set = mapped_find(c->sets, user);

	if (!set)
		return fail_set(f, EPERM,
				"the session is opened from within another user namespace");
	if (m->h.type == NSI_CLOSE && m->close.set == set->rec.id)
		return 0;
	c->within = set->rec.id;
	if (m->h.type == NSI_OPEN && mapped_may_stay(set, &m->open)) {
		(void)fail_set(f, EXDEV,
			       "it stays in set %" PRIu64 ", which has a user namespace (user = "
			       "\"map\") that nobody can leave",
			       set->rec.id);
		return MAPPED_STAYS;
	}
	return m->h.type == NSI_OPEN ? 0 : mapped_check_leave(c, f);
}

int mapped_check_leave(const struct call *c, struct nsi_fail *f)
{
	if (!c->within)
		return 0;
	return fail_set(f, EXDEV,
			"it comes from within set %" PRIu64 ", which has a user namespace (user = "
			"\"map\") that nobody can leave: log in from outside instead",
			c->within);
}
