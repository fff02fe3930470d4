/* SPDX-License-Identifier: MIT */
/* A sweep over the system calls of a function: each of them fails, one at a time. */
#ifndef NSI_TEST_FAULTS_H
#define NSI_TEST_FAULTS_H

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h> /* once in a source: the header of glibc 2.43 has a guard that it never sets */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/test.h"

/*
 * The function runs in a child whose system calls come to this process first (seccomp_unotify(2)).  This one
 * lets all of them go on but one, which fails, and the child with its own children sees nothing else.  So
 * every way out behind a call is taken, as tests/fault does with strace(1) for whole logins, in milliseconds.
 *
 * FAULTS=N tries every Nth call only (default: FAULTS_EVERY; 1: all), and FAULTS_FIRST=I begins at the Ith.
 */
struct faults_shared {
	volatile int listener; /* of the child, 0: it has none yet, below 0: it cannot have one */
	volatile int is_on;
	volatile unsigned calls; /* while it was on */
	volatile int failed;     /* the number of the call that has failed; -1: none */
	int error;               /* of that call */
};

struct faults {
	/* Prepares, calls faults_begin(), the function and faults_end(), and checks by faults_check(). */
	void (*run)(struct faults *f);
	void *arg;
	struct faults_shared *shared;
	unsigned every; /* which part of the calls fails without FAULTS */
	int fds;
};

static const int faults_errors[] = {EIO, ENOENT, EINTR};

/* The child fails with this sentence. */
#define faults_check(is_right, ...)                         \
	do {                                                \
		if (!(is_right)) {                          \
			(void)fprintf(stderr, __VA_ARGS__); \
			(void)fputc('\n', stderr);          \
			_exit(1);                           \
		}                                           \
	} while (0)

static inline int faults_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		(void)closedir(dir);
	return count;
}

static inline void faults_begin(struct faults *f)
{
	f->fds = faults_count_fds();
	f->shared->is_on = 1;
}

static inline void faults_end(struct faults *f)
{
	f->shared->is_on = 0;
}

static inline void faults_show_fds(void)
{
	char name[32], target[256];

	for (int fd = 0; fd < 64; fd++) {
		ssize_t len;

		(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		len = readlink(name, target, sizeof(target));
		if (len >= 0)
			(void)fprintf(stderr, "%d: %.*s\n", fd, (int)len, target);
	}
}

/* To be called when the function's results have been closed. */
static inline void faults_check_fds(const struct faults *f)
{
	const int now = faults_count_fds();

	if (now > f->fds)
		faults_show_fds();
	faults_check(now <= f->fds, "%d descriptors were left open", now - f->fds);
}

/* Calls that are never made to fail: memory, the end of a process, and what cannot fail or is asked by the tests. */
static inline int faults_filter(void)
{
	static const int spared[] = {
		SYS_brk,
		SYS_mmap,
		SYS_munmap,
		SYS_mremap,
		SYS_mprotect,
		SYS_madvise,
		SYS_exit,
		SYS_exit_group,
		SYS_futex,
		SYS_rt_sigreturn,
		SYS_close,
		SYS_getpid,
		SYS_rt_sigprocmask,
		SYS_rt_sigaction,
		SYS_gettid,
		SYS_clock_gettime,
		SYS_sched_yield,
		SYS_umask,
	};
	enum {
		COUNT = sizeof(spared) / sizeof(spared[0])
	};
	struct sock_filter code[COUNT + 3];
	struct sock_fprog program = {.len = COUNT + 3, .filter = code};

	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < COUNT; i++)
		code[1 + i] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)spared[i],
						     (unsigned char)(COUNT - i), 0);
	code[1 + COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	code[2 + COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

/* The removal of a descriptor from epoll(7), where it is, cannot fail. */
static inline bool faults_is_spared(const struct seccomp_notif *call)
{
	return call->data.nr == SYS_epoll_ctl && call->data.args[1] == EPOLL_CTL_DEL;
}

/* Answers one call of the child's; call number @number fails with @error.  Returns false when there is none. */
static inline bool faults_answer(struct faults_shared *shared, int listener, unsigned number,
				 int error)
{
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp answer = {0};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return errno == EINTR || errno == ENOENT;
	answer.id = call.id;
	answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (shared->is_on && !faults_is_spared(&call) && shared->calls++ == number) {
		answer.flags = 0;
		answer.error = -error;
		shared->failed = call.data.nr;
	}
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer); /* it may have been killed */
	return true;
}

/* Serves the child until it ends.  Returns its status; below 0 if it had to be killed. */
static inline int faults_serve(struct faults_shared *shared, pid_t pid, unsigned number, int error)
{
	const struct timespec patience = {.tv_sec = 20};
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), listener, status = 0;
	struct pollfd fds[2];

	(void)syscall(SYS_futex, &shared->listener, FUTEX_WAIT, 0,
		      &patience); /* or it is known by now */
	listener = shared->listener <= 0
			   ? -1
			   : (int)syscall(SYS_pidfd_getfd, pidfd, shared->listener, 0);
	fds[0] = (struct pollfd){.fd = pidfd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
	for (;;) {
		if (poll(fds, 2, 20000) == 0) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			status = -1;
			break;
		}
		if (fds[1].revents & POLLIN)
			(void)faults_answer(shared, listener, number, error);
		else if (fds[1].revents)
			fds[1].fd =
				-1; /* the last call has been made, and the kernel still removes the mounts of the child */
		if (fds[0].revents) {
			(void)waitpid(pid, &status, 0);
			break;
		}
	}
	if (listener >= 0)
		(void)close(
			listener); /* children that are left get ENOSYS for each call, and end */
	(void)close(pidfd);
	return status;
}

/* Runs the function once, with call number @number failing.  Returns 0, or the status of the child. */
static inline int faults_run_one(struct faults *f, unsigned number, int error)
{
	pid_t pid;

	*f->shared = (struct faults_shared){.failed = -1, .error = error};
	pid = fork();
	if (pid == 0) {
		int listener = faults_filter();

		f->shared->listener = listener < 0 ? -1 : listener;
		(void)syscall(SYS_futex, &f->shared->listener, FUTEX_WAKE, 1);
		if (listener < 0)
			_exit(77);
		f->run(f);
		faults_check_fds(f);
		_exit(0);
	}
	assert_true(pid > 0);
	return faults_serve(f->shared, pid, number, error);
}

/* From here on each call of this number fails with @error, in this process and its children; for faults_apart(). */
static inline void faults_refuse(int call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(77);
}

/*
 * Calls @run in a child, so that the rest of the test goes on without what it has changed.  Fails if the child does;
 * is skipped if the child cannot have a filter.
 */
static inline void faults_apart(void (*run)(void *arg), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		run(arg);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == 77 << 8)
		skip();
	assert_int_equal(status, 0);
}

static inline unsigned faults_number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text && atoi(text) > 0 ? (unsigned)atoi(text) : otherwise;
}

static inline void faults_report(const struct faults_shared *shared, unsigned number, int error,
				 int status)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, shared->failed);

	print_error("call %u, %s, fails with %s: %s %d\n", number, name ? name : "none",
		    strerrorname_np(error),
		    status < 0          ? "hangs"
		    : WIFEXITED(status) ? "exit"
					: "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	free(name);
}

/* Runs it with call @number failing, once with each error.  Returns whether there is such a call, and counts in *@bad. */
static inline bool faults_try_call(struct faults *f, unsigned number, unsigned *bad)
{
	for (unsigned i = 0; i < sizeof(faults_errors) / sizeof(faults_errors[0]); i++) {
		const int status = faults_run_one(f, number, faults_errors[i]);

		if (status != 0 && ++*bad <= 20)
			faults_report(f->shared, number, faults_errors[i], status);
		if (f->shared->failed == -1)
			return false;
	}
	return true;
}

/*
 * Runs @run for every @every-th call that it makes and each error.  Without seccomp_unotify(2) it is skipped.  Fails if
 * the function made no call, or if the child found a fault, crashed or hung.
 */
static inline void faults_sweep(void (*run)(struct faults *f), void *arg, unsigned every)
{
	struct faults f = {.run = run, .arg = arg};
	unsigned bad = 0, number = faults_number("FAULTS_FIRST", 0);
	int status;

	f.shared = mmap(NULL, sizeof(*f.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	assert_true(f.shared != MAP_FAILED);
	status = faults_run_one(&f, UINT32_MAX, EIO);
	if (status == 77 << 8)
		skip();
	assert_int_equal(status, 0); /* without a fault */
	assert_true(f.shared->calls > 0 && f.shared->calls < 20000);
	while (faults_try_call(&f, number, &bad))
		number += faults_number("FAULTS", every);
	(void)munmap(f.shared, sizeof(*f.shared));
	assert_int_equal(bad, 0);
}

#endif /* NSI_TEST_FAULTS_H */
