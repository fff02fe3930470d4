/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/idmap.h"
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
