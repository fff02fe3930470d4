/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "login.h"

enum {
	SPIN_NS = 3000000,
	SPACES = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS
};

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/bench/bare"};
static pid_t server;

/* Processes that hand messages over, as those of any program, and at a real-time priority. */
static struct turns {
	struct sockaddr_un address;
	int policy;
	pid_t server;
} turns_usual = {{.sun_family = AF_UNIX, .sun_path = "/run/bench/turns"}, SCHED_OTHER, 0},
  turns_urgent = {{.sun_family = AF_UNIX, .sun_path = "/run/bench/urgent"}, SCHED_RR, 0};

static int put_tmpfs(const char *path)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mount, r;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "1777", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	mount = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mount < 0)
		return -1;
	r = move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
	close(mount);
	close(fs);
	return r;
}

static int furnish(void)
{
	struct mount_attr slave = {.propagation = MS_SLAVE};

	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof(slave)) < 0)
		return -1;
	if (put_tmpfs("/tmp") < 0 || put_tmpfs("/dev/shm") < 0)
		return -1;
	return sethostname("bench", 5);
}

static void failed(struct timing *t, const char *what)
{
	t->code = errno ? errno : -1;
	(void)snprintf(t->why, sizeof(t->why), "%s: %s", what, strerror(errno));
}

void bare_unshare(const void *none, struct timing *t, void (*hold)(struct timing *))
{
	double begin;
	int r;

	(void)none;
	login_warm_process();
	begin = child_now_ns();
	r = unshare(SPACES);
	if (r == 0)
		r = furnish();
	t->open_ns = child_now_ns() - begin;
	if (r < 0) {
		failed(t, "unshare");
		return;
	}
	hold(t);
	t->code = 0;
}

/* A process in new namespaces that says so at @out and waits for its end. */
static pid_t make_anchor(int out, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = SPACES | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		if (furnish() < 0 || write(out, "r", 1) != 1)
			_exit(1);
		(void)alarm(0);
		for (;;)
			(void)pause();
	}
	*ret_pidfd = pidfd;
	return (pid_t)pid;
}

void bare_first(const void *none, struct timing *t, void (*hold)(struct timing *))
{
	int fds[2], pidfd = -1, r;
	double begin;
	char ready;

	(void)none;
	login_warm_process();
	begin = child_now_ns();
	r = pipe2(fds, O_CLOEXEC);
	t->pid_left = make_anchor(fds[1], &pidfd);
	close(fds[1]);
	if (r < 0 || t->pid_left < 0 || read(fds[0], &ready, 1) != 1 || setns(pidfd, SPACES) < 0) {
		failed(t, "clone3 to setns");
		return;
	}
	t->open_ns = child_now_ns() - begin;
	hold(t);
	t->code = 0;
}

static int send_fd(int sock, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char text[16] = "bare";
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};

	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(int));
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int receive_fd(int sock)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char text[16];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) <= 0 ||
	    msg.msg_controllen < CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.align), sizeof(int));
	return fd;
}

/* Every other caller goes in, and every other one back; they come one at a time. */
static void serve(int listener, int in, int out)
{
	for (bool back = false;; back = !back) {
		int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		int caller = sock < 0 ? -1 : receive_fd(sock);

		if (caller < 0 || send_fd(sock, back ? out : in) < 0)
			_exit(1);
		close(caller);
		close(sock);
	}
}

static int bare_listen(const struct sockaddr_un *at)
{
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)unlink(at->sun_path); /* of a run before */
	if (listener < 0 || bind(listener, (const struct sockaddr *)at, sizeof(*at)) < 0 ||
	    listen(listener, 64) < 0)
		return -1;
	return listener;
}

/* Sends back what comes. */
static void turns_echo(int sock)
{
	char c;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* cannot fail for a good signal */
	while (recv(sock, &c, 1, 0) == 1 && send(sock, &c, 1, MSG_NOSIGNAL) == 1)
		;
	_exit(0);
}

/* Has each caller's message go to the other process and back, as a helper does with its spare anchor. */
static void turns_serve(int listener, int other)
{
	for (;;) {
		int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		char c;

		if (sock < 0 || recv(sock, &c, 1, 0) != 1 ||
		    send(other, &c, 1, MSG_NOSIGNAL) != 1 || recv(other, &c, 1, 0) != 1 ||
		    send(sock, &c, 1, MSG_NOSIGNAL) != 1)
			_exit(1);
		close(sock);
	}
}

static int turns_start(struct turns *t)
{
	const struct sched_param param = {.sched_priority = t->policy == SCHED_RR ? 1 : 0};
	int listener = bare_listen(&t->address), pair[2];

	if (listener < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	t->server = fork();
	if (t->server == 0) {
		pid_t anchor;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* cannot fail for a good signal */
		if (sched_setscheduler(0, t->policy, &param) < 0)
			_exit(1);
		anchor = fork();
		if (anchor == 0)
			turns_echo(pair[1]);
		turns_serve(listener, anchor < 0 ? -1 : pair[0]);
	}
	close(pair[0]);
	close(pair[1]);
	close(listener);
	return t->server > 0 ? 0 : -1;
}

static void turns_stop(struct turns *t)
{
	if (t->server > 0)
		(void)kill(t->server, SIGKILL);
	t->server = 0;
}

int bare_start(void)
{
	int listener = bare_listen(&address);
	int fds[2];

	if (listener < 0 || pipe2(fds, O_CLOEXEC) < 0 || turns_start(&turns_usual) < 0 ||
	    turns_start(&turns_urgent) < 0)
		return -1;
	server = fork();
	if (server == 0) {
		int anchor = -1, self = (int)pidfd_open(getpid(), 0);
		char ready;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* cannot fail for a good signal */
		if (self < 0 || make_anchor(fds[1], &anchor) < 0 || read(fds[0], &ready, 1) != 1)
			_exit(1);
		serve(listener, anchor, self);
	}
	close(fds[0]);
	close(fds[1]);
	close(listener);
	return server > 0 ? 0 : -1;
}

/* The server's anchor is its child, which we get as a subreaper. */
void bare_stop(void)
{
	if (server > 0)
		(void)kill(server, SIGKILL);
	server = 0;
	turns_stop(&turns_usual);
	turns_stop(&turns_urgent);
}

static int fetch_and_enter(void)
{
	int self = (int)pidfd_open(getpid(), 0);
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int r = -1, way;

	if (self < 0 || sock < 0)
		return -1;
	if (connect(sock, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    send_fd(sock, self) < 0)
		return -1;
	way = receive_fd(sock);
	if (way >= 0)
		r = setns(way, SPACES);
	close(way);
	close(sock);
	close(self);
	return r;
}

void bare_join(const void *none, struct timing *t, void (*hold)(struct timing *))
{
	double begin, closing;
	int r;

	(void)none;
	login_warm_process();
	begin = child_now_ns();
	r = fetch_and_enter();
	t->open_ns = child_now_ns() - begin;
	if (r < 0) {
		failed(t, "socket to setns");
		return;
	}
	hold(t);
	closing = child_now_ns();
	r = fetch_and_enter();
	t->close_ns = child_now_ns() - closing;
	if (r < 0)
		failed(t, "socket to setns, back");
	else
		t->code = 0;
}

/* Asks for an answer for a while before it sleeps. */
static ssize_t turns_spin(int sock, char *c)
{
	const double end = child_now_ns() + SPIN_NS;
	ssize_t n;

	do
		n = recv(sock, c, 1, MSG_DONTWAIT);
	while (n < 0 && child_now_ns() < end);
	return n < 0 ? recv(sock, c, 1, 0) : n;
}

static void turns_take(const struct turns *turns, struct timing *t, void (*hold)(struct timing *))
{
	double begin;
	char c = 'r';
	int sock;

	login_warm_process();
	begin = child_now_ns();
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0 ||
	    connect(sock, (const struct sockaddr *)&turns->address, sizeof(turns->address)) < 0 ||
	    send(sock, &c, 1, MSG_NOSIGNAL) != 1 ||
	    (turns->policy == SCHED_RR ? turns_spin(sock, &c) : recv(sock, &c, 1, 0)) != 1) {
		failed(t, "hand-overs");
		return;
	}
	t->open_ns = child_now_ns() - begin;
	close(sock);
	hold(t);
	t->code = 0;
}

void bare_turns(const void *none, struct timing *t, void (*hold)(struct timing *))
{
	(void)none;
	turns_take(&turns_usual, t, hold);
}

void bare_urgent(const void *none, struct timing *t, void (*hold)(struct timing *))
{
	(void)none;
	turns_take(&turns_urgent, t, hold);
}
