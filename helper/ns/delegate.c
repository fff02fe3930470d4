/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/nstype.h"
#include "base/text.h"
#include "ns/ns.h"
#include "ns/owner.h"

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
static void delegate_own(const void *arg, int sock)
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
static int delegate_map(const struct owner *o, const struct delegate *d, struct nsi_fail *f)
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
	int r = owner_start(&o, delegate_own, &d, f);

	if (r == 0)
		r = owner_step(&o, NS_MAKE_USER, f);
	if (r == 0)
		r = delegate_map(&o, &d, f);
	if (r == 0)
		r = owner_go_on(&o, f);
	if (r == 0)
		r = owner_step(&o, "make namespaces for the user", f);
	if (r == 0 && setns(o.pidfd, d.flags) < 0)
		r = fail_errno(f, errno, "cannot enter the user's namespaces");
	return r;
}
