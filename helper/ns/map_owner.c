/* SPDX-License-Identifier: MIT */
/* User namespaces with maps, each made by a child that owns it while a process outside writes them */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/idmap.h"
#include "base/nstype.h"
#include "base/text.h"
#include "ns/ns.h"
#include "priv/child.h"

/* A child that lives in a new user namespace and does no more than it is told to. */
struct owner {
	int pidfd;
	int sock;
};

/* The work of that child: reports each step by its errno, or 0, and waits until it may go on. */
static void owner_report(int sock, int err)
{
	if (write(sock, &err, sizeof(err)) != sizeof(err))
		_exit(1);
}

static void owner_wait(int sock)
{
	char go;

	if (read(sock, &go, 1) != 1)
		_exit(1);
}

/* Starts it: it runs @work, which gets @arg and its end of the socket, and does not return. */
static int owner_start(struct owner *o, void (*work)(const void *arg, int sock), const void *arg,
		       struct nsi_fail *f)
{
	NSI_AUTO_FD int theirs = -EBADF;
	int pair[2];
	pid_t pid;

	*o = (struct owner){.pidfd = -EBADF, .sock = -EBADF};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot make a socket");
	o->sock = pair[0];
	theirs = pair[1];
	pid = child_fork(0, &o->pidfd);
	if (pid == 0) {
		close(o->sock);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for a bad signal alone */
		work(arg, theirs);
		_exit(0);
	}
	return pid < 0 ? fail_errno(f, pid, "cannot start a process for a user namespace") : 0;
}

/* Ends and reaps it, and closes what is open. */
static void owner_end(struct owner *o)
{
	siginfo_t info;

	if (o->pidfd >= 0) {
		(void)pidfd_send_signal(o->pidfd, SIGKILL, NULL, 0); /* ours, not yet waited for */
		nsi_closep(&o->sock);                                /* by which it ends, too */
		(void)waitid(P_PIDFD, (id_t)o->pidfd, &info, WEXITED);
	}
	nsi_closep(&o->pidfd);
	nsi_closep(&o->sock);
}

/* Its next report: 0, or -errno with "cannot @what". */
static int owner_step(const struct owner *o, const char *what, struct nsi_fail *f)
{
	int err = EPIPE;

	if (read(o->sock, &err, sizeof(err)) != sizeof(err))
		err = EPIPE;
	return err ? fail_errno(f, err, "cannot %s", what) : 0;
}

static int owner_go_on(const struct owner *o, struct nsi_fail *f)
{
	return write(o->sock, "g", 1) == 1
		       ? 0
		       : fail_errno(f, errno, "cannot go on with a user namespace");
}

/* The pid by which the /proc that is mounted here knows it; ours may be of another namespace. */
static int owner_pid_in_proc(int pidfd)
{
	char path[40], text[512], *line;
	int pid;

	text_fmt(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, "\nPid:");
	return line && sscanf(line, "\nPid: %d", &pid) == 1 ? pid : -1;
}

static int owner_write_map(int pid, const char *file, const char *text)
{
	NSI_AUTO_FD int fd = -EBADF;
	char path[48];
	ssize_t len = (ssize_t)strlen(text);

	text_fmt(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		return -errno;
	return 0;
}

/* Writes both maps; @setgroups is "allow" or "deny" (user_namespaces(7)).  Returns 0 or -errno. */
static int owner_map(const struct owner *o, const char *setgroups, const char *uid_map,
		     const char *gid_map, struct nsi_fail *f)
{
	const char *const files[] = {"setgroups", "uid_map", "gid_map"};
	const char *const texts[] = {setgroups, uid_map, gid_map};
	const int pid = owner_pid_in_proc(o->pidfd);

	if (pid <= 0)
		return fail_errno(f, ESRCH, "cannot map the ids of a user namespace");
	for (int i = 0; i < 3; i++) {
		int r = owner_write_map(pid, files[i], texts[i]);

		if (r < 0)
			return fail_errno(f, r, "cannot write %s of a user namespace", files[i]);
	}
	return 0;
}

/* Its user namespace.  Returns a descriptor or -errno. */
static int owner_open(const struct owner *o, struct nsi_fail *f)
{
	int pid = owner_pid_in_proc(o->pidfd), fd;
	char path[48];

	text_fmt(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return fail_errno(f, pid > 0 ? errno : ESRCH, "cannot open a user namespace");
	return fd;
}

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
	if (r < 0)
		return fail_errno(f, r, "cannot write the uid_map of a user namespace");
	r = idmap_format(gids, gid_map, sizeof(gid_map));
	if (r < 0)
		return fail_errno(f, r, "cannot write the gid_map of a user namespace");
	r = owner_step(&o, NS_MAKE_USER, f);
	if (r < 0)
		return r;
	r = owner_map(&o, "allow", uid_map, gid_map,
		      f); /* programs that open sessions call setgroups(2) */
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
