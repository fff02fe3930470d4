/* SPDX-License-Identifier: MIT */
#include "net/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "priv/child.h"

/*
 * The process that makes the namespaces.  It becomes dumpable so that pasta, which
 * is root of these and of no others, may open its /proc/PID/ns; nobody outside may,
 * and it is gone before a packet is read.
 */
static void sandbox_run(int sock)
{
	cap_t none = cap_init(); /* who looks into a process must have all that this one has */
	char go = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for a bad signal alone */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		go = (char)errno;
	if (write(sock, &go, 1) != 1 || read(sock, &go, 1) != 1)
		_exit(1);
	go = 0;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 || !none ||
	    cap_set_proc(none) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) /* a change of ids clears it */
		go = (char)errno;
	if (write(sock, &go, 1) == 1)
		(void)!read(sock, &go, 1); /* until it is killed, or the other end goes */
	_exit(0);
}

void sandbox_done(struct net_sandbox *p)
{
	siginfo_t info;

	if (p->pidfd >= 0) {
		(void)pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
		nsi_closep(&p->sock); /* by which it ends, too */
		(void)waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED);
	}
	nsi_closep(&p->sock);
	nsi_closep(&p->pidfd);
	nsi_closep(&p->user_ns);
	nsi_closep(&p->net_ns);
}

static int sandbox_open_proc(int pid, const char *name, int flags)
{
	char path[48];
	int fd;

	text_fmt(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int sandbox_write_map(int pid, const char *name)
{
	static const char map[] = "0 65534 1\n";
	NSI_AUTO_FD int fd = sandbox_open_proc(pid, name, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, map, sizeof(map) - 1) == (ssize_t)sizeof(map) - 1 ? 0 : -errno;
}

static int sandbox_hear(int sock)
{
	char err = EPIPE;

	if (read(sock, &err, 1) != 1)
		return -EPIPE;
	return -err;
}

/* Reports that @step failed, of those that make the namespaces and the process that holds them. */
static int sandbox_fail(int err, const char *step, struct nsi_fail *f)
{
	return fail_errno(f, err, "cannot make the namespaces for the session's network: %s", step);
}

static int sandbox_furnish(struct net_sandbox *p, struct nsi_fail *f)
{
	int r = sandbox_hear(p->sock);

	if (r < 0)
		return sandbox_fail(r, "unshare(2)", f);
	r = sandbox_write_map(p->pid, "uid_map");
	if (r < 0)
		return sandbox_fail(r, "its uid_map", f);
	r = sandbox_write_map(p->pid, "gid_map");
	if (r < 0)
		return sandbox_fail(r, "its gid_map", f);
	if (write(p->sock, "", 1) != 1)
		return sandbox_fail(errno, "its process", f);
	r = sandbox_hear(p->sock);
	if (r < 0)
		return sandbox_fail(r, "the ids of its process", f);
	p->user_ns = sandbox_open_proc(p->pid, "ns/user", O_RDONLY);
	if (p->user_ns < 0)
		return sandbox_fail(p->user_ns, "a descriptor of the user namespace", f);
	p->net_ns = sandbox_open_proc(p->pid, "ns/net", O_RDONLY);
	return p->net_ns < 0 ? sandbox_fail(p->net_ns, "a descriptor of the network namespace", f)
			     : 0;
}

int sandbox_make(struct net_sandbox *p, struct nsi_fail *f)
{
	int socks[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return sandbox_fail(errno, "a socket", f);
	p->sock = socks[0];
	p->pid = child_fork(0, &p->pidfd);
	if (p->pid == 0) {
		close(socks[0]);
		sandbox_run(socks[1]);
	}
	close(socks[1]);
	return p->pid < 0 ? sandbox_fail(p->pid, "a process", f) : sandbox_furnish(p, f);
}
