/* SPDX-License-Identifier: MIT */
#include "ns/owner.h"

#include <errno.h>
#include <fcntl.h>
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
#include "base/text.h"
#include "priv/child.h"

void owner_report(int sock, int err)
{
	if (write(sock, &err, sizeof(err)) != sizeof(err))
		_exit(1);
}

void owner_wait(int sock)
{
	char go;

	if (read(sock, &go, 1) != 1)
		_exit(1);
}

int owner_start(struct owner *o, void (*work)(const void *arg, int sock), const void *arg,
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

void owner_end(struct owner *o)
{
	siginfo_t info;

	if (o->pidfd >= 0) {
		(void)pidfd_send_signal(o->pidfd, SIGKILL, NULL, 0); /* ours, not yet waited for */
		(void)waitid(P_PIDFD, (id_t)o->pidfd, &info, WEXITED);
	}
	nsi_closep(&o->pidfd);
	nsi_closep(&o->sock);
}

int owner_step(const struct owner *o, const char *what, struct nsi_fail *f)
{
	int err = EPIPE;

	if (read(o->sock, &err, sizeof(err)) != sizeof(err))
		err = EPIPE;
	return err ? fail_errno(f, err, "cannot %s", what) : 0;
}

int owner_go_on(const struct owner *o, struct nsi_fail *f)
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

int owner_map(const struct owner *o, const char *setgroups, const char *uid_map,
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

int owner_open(const struct owner *o, struct nsi_fail *f)
{
	int pid = owner_pid_in_proc(o->pidfd), fd;
	char path[48];

	text_fmt(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return fail_errno(f, pid > 0 ? errno : ESRCH, "cannot open a user namespace");
	return fd;
}
