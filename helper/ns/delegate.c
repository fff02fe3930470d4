/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/nskind.h"
#include "ns/ns.h"
#include "priv/child.h"

/*
 * The child: takes the user's effective ids, so that the user namespace is the
 * user's, and makes the others from inside.  Its real uid stays root's, and it is
 * not dumpable: the user can neither signal nor trace it.  Waits to be killed.
 */
static void own(uid_t uid, gid_t gid, int flags, int sock)
{
	int err = 0;
	char go;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for a bad signal alone */
	if (setresgid((gid_t)-1, gid, (gid_t)-1) < 0 || setresuid((uid_t)-1, uid, (uid_t)-1) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || unshare(CLONE_NEWUSER) < 0)
		err = errno;
	if (write(sock, &err, sizeof(err)) != sizeof(err) || read(sock, &go, 1) != 1)
		_exit(1);
	err = unshare(flags) < 0 ? errno : 0;
	if (write(sock, &err, sizeof(err)) == sizeof(err))
		(void)!read(sock, &go, 1); /* its end of file comes with the kill */
	_exit(0);
}

static int step_done(int sock, const char *what, struct nsi_fail *f)
{
	int err = EPIPE;

	if (read(sock, &err, sizeof(err)) != sizeof(err))
		err = EPIPE;
	return err ? fail_errno(f, err, "cannot %s", what) : 0;
}

/* The pid by which the /proc that is mounted here knows it; ours may be of another namespace. */
static int pid_in_proc(int pidfd)
{
	char path[40], text[512], *line;
	int pid;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, "\nPid:");
	return line && sscanf(line, "\nPid: %d", &pid) == 1 ? pid : -1;
}

static int write_map(int pid, const char *file, const char *text)
{
	NSI_AUTO_FD int fd = -EBADF;
	char path[48];
	ssize_t len = (ssize_t)strlen(text);

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		return -errno;
	return 0;
}

/* Root inside is the user outside, and nobody else is there. */
static int map(int pidfd, uid_t uid, gid_t gid, struct nsi_fail *f)
{
	int pid = pid_in_proc(pidfd), r = pid > 0 ? 0 : -ESRCH;
	char text[32];

	if (r == 0)
		r = write_map(pid, "setgroups", "deny");
	(void)snprintf(text, sizeof(text), "0 %u 1\n", uid);
	if (r == 0)
		r = write_map(pid, "uid_map", text);
	(void)snprintf(text, sizeof(text), "0 %u 1\n", gid);
	if (r == 0)
		r = write_map(pid, "gid_map", text);
	return r < 0 ? fail_errno(f, r, "cannot map the ids of a user namespace") : 0;
}

static int lead(int pidfd, int sock, uid_t uid, gid_t gid, int flags, struct nsi_fail *f)
{
	int r = step_done(sock,
			  "make a user namespace (see /proc/sys/user/max_user_namespaces and "
			  "what restricts them)",
			  f);

	if (r == 0)
		r = map(pidfd, uid, gid, f);
	if (r == 0 && write(sock, "g", 1) != 1)
		r = fail_errno(f, errno, "cannot go on with a user namespace");
	if (r == 0)
		r = step_done(sock, "make namespaces for the user", f);
	if (r == 0 && setns(pidfd, flags) < 0)
		r = fail_errno(f, errno, "cannot enter the user's namespaces");
	return r;
}

int ns_enter_delegated(uint32_t kinds, uid_t uid, gid_t gid, struct nsi_fail *f)
{
	NSI_AUTO_FD int pidfd = -EBADF;
	NSI_AUTO_FD int ours = -EBADF;
	NSI_AUTO_FD int theirs = -EBADF;
	int pair[2], r;
	siginfo_t info;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot make a socket");
	ours = pair[0];
	theirs = pair[1];
	pid = child_fork(0, &pidfd);
	if (pid == 0) {
		close(ours);
		own(uid, gid, ns_clone_flags(kinds), theirs);
	}
	if (pid < 0)
		return fail_errno(f, pid, "cannot start a process for a user namespace");
	nsi_closep(&theirs);
	r = lead(pidfd, ours, uid, gid, ns_clone_flags(kinds), f);
	(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0); /* our child, not yet waited for */
	(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
	return r;
}
