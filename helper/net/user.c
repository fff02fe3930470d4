/* SPDX-License-Identifier: MIT */
#include "net/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/programs.h"
#include "base/text.h"
#include "net/host_side.h"
#include "net/link.h"
#include "net/net.h"
#include "net/state.h"
#include "priv/child.h"

#define ADDRESS4 "10.0.2.15"
#define BITS4    "24"
#define GATEWAY4 "10.0.2.2"
#define ADDRESS6 "fd00::15" /* pasta takes a network of 64 bits for given */
#define BITS6    "64"
#define GATEWAY6 "fe80::2"

enum {
	FIXED_ARGS = 21, /* of pasta's */
	SAID = 4096,     /* the most that is read of pasta's standard error */
	STEP_MS = 10,    /* between looks at whether it has started */
	START_MS = 8000, /* within the time that the caller has */
	STOP_MS = 5000,
};

/* As a child of the helper's is, the last one to be killed for want of memory; pasta need not be. */
static void user_be_ordinary(void)
{
	NSI_AUTO_FD int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "0", 1); /* a preference: it runs as well without */
}

/*
 * pasta does without a family that the host has no default route for; the session must
 * not have a route then either, or it would wait for answers that never come.
 */
static int user_look(void *arg, const struct link_entry *e)
{
	struct net_record *rec = arg;

	if (e->prefix.bits != 0 || e->index == 0)
		return 0;
	if (e->prefix.family == AF_INET) {
		text_fmt(rec->address[NET_V4], INET_TEXT, ADDRESS4 "/" BITS4);
		text_fmt(rec->gateway[NET_V4], INET_TEXT, GATEWAY4);
	} else {
		text_fmt(rec->address[NET_V6], INET_TEXT, ADDRESS6 "/" BITS6);
		text_fmt(rec->gateway[NET_V6], INET_TEXT, GATEWAY6);
	}
	return 0;
}

static void user_put_families(const struct net_record *rec, const char **argv)
{
	const bool has4 = rec->address[NET_V4][0], has6 = rec->address[NET_V6][0];
	static const char *const v4[] = {"-a", ADDRESS4, "-n", BITS4, "-g", GATEWAY4};
	static const char *const v6[] = {"-a", ADDRESS6, "-g", GATEWAY6};

	if (!has6)
		*argv++ = "--ipv4-only";
	else if (!has4)
		*argv++ = "--ipv6-only";
	for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]) && has4; i++)
		*argv++ = v4[i];
	for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]) && has6; i++)
		*argv++ = v6[i];
	*argv = NULL;
}

/* @go brings a byte once the process is on record, and its end if that never comes to be. */
static void user_exec_pasta(const struct net_sandbox *p, const struct net_record *rec, int err,
			    int go)
{
	char byte;
	char path[48];
	const char *const env[] = {"LC_ALL=C", NULL};
	const char *argv[FIXED_ARGS + 12] = {
		PROGRAM_PASTA, "--foreground", "--quiet", "--netns-only", "--no-netns-quit",
		"--netns", path, "--ns-ifname", NET_INSIDE,
		/* nothing leads in, and the host's own loopback is not led to */
		"-t", "none", "-u", "none", "-T", "none", "-U", "none", "--no-map-gw", "--no-dhcp",
		"--no-dhcpv6", "--no-ra"};

	user_put_families(rec, argv + FIXED_ARGS);
	text_fmt(path, sizeof(path), "/proc/%d/ns/net", p->pid);
	if (read(go, &byte, 1) != 1)
		_exit(126);
	user_be_ordinary();
	if (setsid() < 0 || chdir("/") < 0 || dup2(err, 2) < 0 ||
	    setns(p->user_ns, CLONE_NEWUSER) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		_exit(126);
	umask(077);
	(void)child_exec(argv[0], argv, env);
	_exit(127);
}

/* How many filters of system calls a process has: a service manager may have given us some. */
static int user_count_filters(const char *pid)
{
	static const char key[] = "\nSeccomp_filters:";
	char path[32], text[4096], *at;
	int n = 0;

	text_fmt(path, sizeof(path), "/proc/%s/status", pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, key);
	return at && sscanf(at + sizeof(key) - 1, "%d", &n) == 1 ? n : 0;
}

/* pasta filters its system calls as the last step before it serves. */
static bool user_is_serving(int pid)
{
	char digits[16];

	text_fmt(digits, sizeof(digits), "%d", pid);
	return user_count_filters(digits) > user_count_filters("self");
}

static int user_complain(int pidfd, int err, struct nsi_fail *f)
{
	char text[SAID + 1] = "", *line = text;
	siginfo_t info = {0};

	(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED); /* it is ours, and it has ended */
	if (info.si_code == CLD_EXITED && info.si_status == 127)
		return fail_set(f, ENOENT,
				"%s cannot be run, which mode \"user\" takes: install the package "
				"passt",
				PROGRAM_PASTA);
	if (pread(err, text, SAID, 0) <= 0)
		text[0] = '\0';
	for (char *at = text; *at; at++) { /* the last line says why */
		if (*at == '\n' && at[1])
			line = at + 1;
	}
	line[strcspn(line, "\n")] = '\0';
	return fail_set(f, EIO, "%s does not serve the session: %.160s", PROGRAM_PASTA,
			line[0] ? line : "it ended without a message");
}

static int user_await_serving(int pid, int pidfd, int err, struct nsi_fail *f)
{
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	for (int ms = 0; ms < START_MS; ms += STEP_MS) {
		if (poll(&ended, 1, STEP_MS) > 0)
			return user_complain(pidfd, err, f);
		if (user_is_serving(pid))
			return 0;
	}
	return fail_set(f, ETIMEDOUT, "%s has not begun to serve the session within %d s",
			PROGRAM_PASTA, START_MS / 1000);
}

/* Memory for what it says: of a fixed size, as it may go on for as long as the session. */
static int user_make_said(void)
{
	NSI_AUTO_FD int fd = memfd_create("nsisolate", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, SAID) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)
		return -errno;
	return nsi_take_fd(&fd);
}

/* Puts it on record, and only then lets it run: who is on record is ended by whoever undoes that. */
static int user_let_run(const struct net_host *h, struct net_record *rec, int pid, int go,
			struct nsi_fail *f)
{
	uint64_t start;
	int r = proc_start_time(pid, &start);

	if (r < 0)
		return fail_errno(f, r, "cannot start %s", PROGRAM_PASTA);
	text_fmt(rec->process, sizeof(rec->process), "%d %" PRIu64, pid, start);
	r = state_write(h->net_fd, h->set, rec, f);
	if (r < 0)
		return r;
	return write(go, "", 1) == 1 ? 0 : fail_errno(f, errno, "cannot start %s", PROGRAM_PASTA);
}

static int user_run_pasta(const struct net_host *h, const struct net_sandbox *p,
			  struct net_record *rec, struct nsi_fail *f)
{
	NSI_AUTO_FD int said = user_make_said();
	NSI_AUTO_FD int pidfd = -EBADF;
	int go[2], r;
	pid_t pid;

	if (said < 0 || pipe2(go, O_CLOEXEC) < 0)
		return fail_errno(f, said < 0 ? said : errno, "cannot prepare %s", PROGRAM_PASTA);
	pid = child_fork(0, &pidfd);
	if (pid == 0) {
		close(go[1]);
		user_exec_pasta(p, rec, said, go[0]);
	}
	close(go[0]);
	r = pid < 0 ? fail_errno(f, pid, "cannot run %s", PROGRAM_PASTA)
		    : user_let_run(h, rec, pid, go[1], f);
	close(go[1]);
	if (r == 0)
		r = user_await_serving(pid, pidfd, said, f);
	if (r < 0 && pidfd >= 0)
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0); /* or it has ended already */
	return r;
}

/* In the sandbox's network. */
static int user_move_interface(const struct net_host *h, struct nsi_fail *f)
{
	struct link_info info;
	NSI_CLEANUP(link_done) struct link_socket l = {0};
	int r = link_open(&l, f);

	if (r < 0)
		return r;
	r = link_find(&l, NET_INSIDE, &info);
	if (r < 0)
		return link_fail(&l, r, f,
				 "cannot find the interface that " PROGRAM_PASTA " has made");
	r = link_move(&l, info.index, h->ns_fd, NET_INSIDE);
	return r < 0 ? link_fail(&l, r, f, "cannot give the session its interface") : 0;
}

/*
 * The tap goes from the sandbox over to the session: pasta keeps the descriptor by which it
 * reads and writes packets, and needs no privilege over the session's namespace.
 */
static int user_hand_over(const struct net_host *h, const struct net_sandbox *p, struct nsi_fail *f)
{
	NSI_AUTO_FD int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int r;

	if (home < 0 || setns(p->net_ns, CLONE_NEWNET) < 0)
		return fail_errno(f, errno, "cannot enter the network that %s serves",
				  PROGRAM_PASTA);
	r = user_move_interface(h, f);
	if (setns(home, CLONE_NEWNET) < 0)
		_exit(1); /* this child must not go on in the wrong one */
	return r;
}

int user_start(const struct net_host *h, struct link_socket *l, struct net_record *rec,
	       struct nsi_fail *f)
{
	NSI_CLEANUP(sandbox_done) struct net_sandbox p = SANDBOX_NONE;
	int r = link_each_route(l, user_look, rec);

	if (r < 0)
		return link_fail(l, r, f, "cannot list the host's routes");
	r = sandbox_make(&p, f);
	if (r < 0)
		return r;
	r = user_run_pasta(h, &p, rec, f);
	return r < 0 ? r : user_hand_over(h, &p, f);
}

int user_stop(const struct net_record *rec, struct nsi_fail *f)
{
	struct pollfd ended = {.events = POLLIN};
	NSI_AUTO_FD int pidfd = -EBADF;
	uint64_t start;
	int pid;

	if (sscanf(rec->process, "%d %" SCNu64, &pid, &start) != 2 || pid <= 1)
		return fail_set(f, EINVAL, "the record of the set's %s is damaged", PROGRAM_PASTA);
	pidfd = proc_open(pid, start, 0, NULL);
	if (pidfd == -ESRCH || pidfd == -ENOENT) /* it has ended */
		return 0;
	if (pidfd < 0)
		return fail_errno(f, pidfd, "cannot find the set's %s", PROGRAM_PASTA);
	ended.fd = pidfd;
	(void)pidfd_send_signal(pidfd, SIGTERM, NULL, 0); /* killed below if it does not end */
	if (poll(&ended, 1, STOP_MS) > 0)
		return 0;
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return fail_errno(f, errno, "cannot end the set's %s", PROGRAM_PASTA);
	return 0;
}
