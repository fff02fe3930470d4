/* SPDX-License-Identifier: MIT */
/* Users and groups of user namespaces: their maps, /etc/subuid, and what a user owns there */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/idmap.h"
#include "base/nstype.h"
#include "base/path.h"
#include "base/text.h"
#include "ns/ns.h"
#include "ns/owner.h"

/*
 * The child: root, so that the user namespace is root's.  A namespace that belongs to the
 * user would give each of the user's processes outside all capabilities in it
 * (user_namespaces(7), "the creator").
 */
static void map_hold(const void *arg, int sock)
{
	(void)arg;
	owner_report(sock, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || unshare(CLONE_NEWUSER) < 0
				   ? errno
				   : 0);
	owner_wait(sock); /* its end of file comes with the kill */
}

int ns_make_mapped(const struct idmap *uids, const struct idmap *gids, struct nsi_fail *f)
{
	NSI_CLEANUP(owner_end) struct owner o;
	char uid_map[IDMAP_TEXT_SIZE], gid_map[IDMAP_TEXT_SIZE];
	int r = owner_start(&o, map_hold, NULL, f);

	if (r < 0)
		return r;
	r = idmap_format(uids, uid_map, sizeof(uid_map));
	if (r >= 0)
		r = idmap_format(gids, gid_map, sizeof(gid_map));
	if (r < 0)
		return fail_errno(f, r, "cannot write the maps of a user namespace");
	r = owner_step(&o, NS_MAKE_USER, f);
	if (r == 0) /* programs that open sessions call setgroups(2) */
		r = owner_map(&o, "allow", uid_map, gid_map, f);
	return r < 0 ? r : owner_open(&o, f);
}

int ns_enter_mapped(int ns, uint64_t *ret_inode, struct nsi_fail *f)
{
	struct stat st;

	if (fstat(ns, &st) < 0 || setns(ns, CLONE_NEWUSER) < 0)
		return fail_errno(f, errno, "cannot enter the user namespace of the set");
	*ret_inode = st.st_ino;
	return 0;
}

enum {
	LINE_SIZE = 1024
};

/* "alice:100000:65536" or "2001:100000:65536" (subuid(5)).  Returns 1 for one of theirs, 0, -errno. */
static int map_read_line(char *line, const char *user, uid_t uid, struct idmap_range *ret)
{
	char *rest = NULL, *name = strtok_r(line, ":", &rest);
	const char *first = strtok_r(NULL, ":", &rest), *count = strtok_r(NULL, "\n", &rest);
	uint64_t number, start;

	if (!name || !first || !count)
		return 0; /* a comment, an empty line */
	if (strcmp(name, user) != 0 && (text_u64(name, UINT32_MAX, &number) < 0 || number != uid))
		return 0;
	if (text_u64(first, UINT32_MAX, &start) < 0 || text_u64(count, UINT32_MAX, &number) < 0)
		return -EBADMSG;
	*ret = (struct idmap_range){(uint32_t)start, (uint32_t)start, (uint32_t)number};
	return 1;
}

int ns_add_subids(const char *path, const char *user, uid_t uid, struct idmap *map,
		  struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = path_open_trusted(path, O_RDONLY, PATH_ROOT_OWNED, f);
	NSI_AUTO_FILE FILE *file = NULL;
	char line[LINE_SIZE];
	bool found = false;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "re");
	if (!file)
		return fail_errno(f, errno, "cannot read %.64s", path);
	(void)nsi_take_fd(&fd); /* the stream's now */
	while (fgets(line, sizeof(line), file)) {
		struct idmap_range range;
		int r = map_read_line(line, user, uid, &range);

		if (r > 0)
			r = idmap_add(map, &range);
		else if (r == 0)
			continue;
		if (r < 0)
			return fail_errno(f, r, "%.64s has an invalid range for %.64s", path, user);
		found = true;
	}
	if (ferror(file))
		return fail_errno(f, EIO, "cannot read %.64s", path);
	return found ? 0
		     : fail_set(f, ENOENT, "the map has ids of %.64s, where %.64s has none", path,
				user);
}

struct delegate {
	uid_t uid;
	gid_t gid;
	int flags;
};

/*
 * The child: takes the user's effective ids, so that the user namespace is the
 * user's, and makes the others from inside.  Its real uid stays root's, and it is
 * not dumpable: the user can neither signal nor trace it.  Waits to be killed.
 */
static void map_own_ids(const void *arg, int sock)
{
	const struct delegate *d = arg;
	int err = 0;

	if (setresgid((gid_t)-1, d->gid, (gid_t)-1) < 0 ||
	    setresuid((uid_t)-1, d->uid, (uid_t)-1) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    unshare(CLONE_NEWUSER) < 0)
		err = errno;
	owner_report(sock, err);
	owner_wait(sock);
	owner_report(sock, unshare(d->flags) < 0 ? errno : 0);
	owner_wait(sock); /* its end of file comes with the kill */
}

/* Root inside is the user outside, and nobody else is there. */
static int map_delegated(const struct owner *o, const struct delegate *d, struct nsi_fail *f)
{
	char uids[32], gids[32];

	text_fmt(uids, sizeof(uids), "0 %u 1\n", d->uid);
	text_fmt(gids, sizeof(gids), "0 %u 1\n", d->gid);
	return owner_map(o, "deny", uids, gids, f);
}

int ns_enter_delegated(uint32_t types, uid_t uid, gid_t gid, struct nsi_fail *f)
{
	const struct delegate d = {.uid = uid, .gid = gid, .flags = ns_clone_flags(types)};
	NSI_CLEANUP(owner_end) struct owner o;
	int r = owner_start(&o, map_own_ids, &d, f);

	if (r < 0)
		return r;
	r = owner_step(&o, NS_MAKE_USER, f);
	if (r < 0)
		return r;
	r = map_delegated(&o, &d, f);
	if (r < 0)
		return r;
	r = owner_go_on(&o, f);
	if (r < 0)
		return r;
	r = owner_step(&o, "make namespaces for the user", f);
	if (r < 0)
		return r;
	return setns(o.pidfd, d.flags) < 0
		       ? fail_errno(f, errno, "cannot enter the user's namespaces")
		       : 0;
}
