/* SPDX-License-Identifier: MIT */
/*
 * The rights of a running process, found by making it try.
 *
 *	reach PID PATH...		the process itself, which waits in a system call
 *	reach --children NAME PID PATH...  each child that PID starts, and theirs, as they end, until SIGTERM;
 *					one called NAME does not try execve(2)
 *	reach --call NAME PID		has the process make one call, and prints what becomes of it
 *	reach --landlock		prints the kernel's version of Landlock, 0 for none
 *
 * One line for each process, tabs between:
 *	NAME PERMITTED EFFECTIVE NO_NEW_PRIVS FILTERS CALL READS WRITES... TCP [EXECVE]
 * PERMITTED, EFFECTIVE: capabilities in hexadecimal.  FILTERS: filters of system calls.  CALL: the outcome of
 * getpriority(2), which no process needs.  READS: whether /etc/passwd can be opened.  WRITES: whether a file can be
 * made in each PATH.  TCP: whether there is a socket(2).  EXECVE, of children: whether a program can be
 * executed.  An outcome is "yes", an error, or "ends" for
 * a process that the kernel ends.
 *
 * The calls are put into the process by ptrace(2), which a filter of system calls does not see: what
 * the process would be refused, it is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(__x86_64__)

int main(void)
{
	(void)puts("only written for x86-64");
	return 77;
}

#else

enum {
	TRACEES = 4096,
	PATH_SIZE = 256,
	SYSCALL_SIZE = 2, /* the instruction */
	WRITES_MAX = 8,
};

static volatile sig_atomic_t is_over;

static void on_signal(int sig)
{
	(void)sig;
	is_over = 1;
}

/* The next stop of @pid.  Returns the status, or -1 when the process is no more. */
static int next_stop(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSTOPPED(status) ? status : -1;
}

struct tried {
	bool ended;
	bool refused; /* by SIGSYS, which the process did not get to see */
	long result;
};

/*
 * Has @pid, stopped with registers @at behind a system call instruction, make another call.  The
 * process is stopped behind it again.
 */
static struct tried try_call(pid_t pid, const struct user_regs_struct *at, long number, long a,
			     long b, long c, long d)
{
	struct user_regs_struct regs = *at;
	struct tried tried = {.result = 0};
	int status, stops = 0;

	regs.rip -= SYSCALL_SIZE;
	regs.rax = (unsigned long)number;
	regs.orig_rax = ~0ul;
	regs.rdi = (unsigned long)a;
	regs.rsi = (unsigned long)b;
	regs.rdx = (unsigned long)c;
	regs.r10 = (unsigned long)d;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	while (stops < 2) { /* at the beginning and the end of the call */
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		status = next_stop(pid);
		if (status < 0) {
			tried.ended = true;
			return tried;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			stops++;
		else if (WSTOPSIG(status) == SIGSYS)
			tried.refused = true;
	}
	(void)ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	tried.result = (long)regs.rax;
	/* A call that is refused by a signal ends before it. */
	if (tried.result == number && !tried.refused) {
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		status = next_stop(pid);
		tried.ended = status < 0;
		tried.refused = status >= 0 && WSTOPSIG(status) == SIGSYS;
	}
	return tried;
}

static const char *outcome(const struct tried *t)
{
	if (t->ended)
		return "ends";
	if (t->refused)
		return "refused";
	return t->result < 0 ? strerrorname_np((int)-t->result) : "yes";
}

/* A text in the memory of @pid, below what its stack has in use. */
static long poke(pid_t pid, const struct user_regs_struct *at, const char *text)
{
	const long place = (long)((at->rsp - 8192) & ~15ul);
	struct iovec ours = {(void *)(uintptr_t)text, strlen(text) + 1};
	struct iovec theirs = {(void *)(uintptr_t)place, ours.iov_len};

	(void)process_vm_writev(pid, &ours, 1, &theirs, 1, 0);
	return place;
}

static const char *try_open(pid_t pid, const struct user_regs_struct *at, const char *path,
			    int flags)
{
	struct tried t = try_call(pid, at, SYS_openat, AT_FDCWD, poke(pid, at, path), flags, 0600);

	if (!t.ended && !t.refused && t.result >= 0)
		(void)try_call(pid, at, SYS_close, t.result, 0, 0, 0);
	return outcome(&t);
}

/* "yes" if a new file can be made in @dir; it is removed again. */
static const char *try_write(pid_t pid, const struct user_regs_struct *at, const char *dir)
{
	char path[PATH_SIZE];
	const char *result;

	(void)snprintf(path, sizeof(path), "%s/reach", dir);
	result = try_open(pid, at, path, O_CREAT | O_WRONLY | O_CLOEXEC);
	(void)unlink(path);
	return result;
}

/* The word behind "KEY:" of /proc/PID/status. */
static void field(pid_t pid, const char *key, char buf[64])
{
	char path[48], line[256];
	FILE *file;

	buf[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
			(void)sscanf(line + strlen(key) + 1, "%63s", buf);
	if (file)
		(void)fclose(file);
}

static void report(pid_t pid, const struct user_regs_struct *at, char **paths)
{
	static const char *const keys[] = {"Name", "CapPrm", "CapEff", "NoNewPrivs",
					   "Seccomp_filters"};
	struct tried t;
	char text[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		field(pid, keys[i], text);
		(void)printf("%s\t", text);
	}
	t = try_call(pid, at, SYS_getpriority, PRIO_PROCESS, 0, 0, 0);
	(void)printf("%s\t", outcome(&t));
	(void)printf("%s\t", try_open(pid, at, "/etc/passwd", O_RDONLY | O_CLOEXEC));
	for (; *paths; paths++)
		(void)printf("%s\t", try_write(pid, at, *paths));
	t = try_call(pid, at, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, 0);
	if (!t.ended && !t.refused && t.result >= 0)
		(void)try_call(pid, at, SYS_close, t.result, 0, 0, 0);
	(void)printf("%s", outcome(&t));
}

/* Has the process go on with the call that it is in. */
static void go_on(pid_t pid, const struct user_regs_struct *at)
{
	struct user_regs_struct regs = *at;

	regs.rip -= SYSCALL_SIZE;
	regs.rax = regs.orig_rax;
	regs.orig_rax = ~0ul;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

/* Stops a process that waits in a system call.  Returns whether that is so. */
static bool seize(pid_t pid, struct user_regs_struct *at)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 || next_stop(pid) < 0 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, at) < 0) {
		perror("reach: ptrace");
		return false;
	}
	return (long)at->orig_rax >= 0;
}

static int reach_one(pid_t pid, char **paths)
{
	struct user_regs_struct at;

	if (!seize(pid, &at))
		return 1;
	report(pid, &at, paths);
	(void)puts("");
	go_on(pid, &at);
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0;
}

static int reach_call(const char *name, pid_t pid)
{
	const long number = strcmp(name, "getuid") == 0 ? SYS_getuid
			    : strcmp(name, "bpf") == 0  ? SYS_bpf
							: -1;
	struct user_regs_struct at;
	struct tried t;

	if (number < 0 || !seize(pid, &at))
		return 1;
	t = try_call(pid, &at, number, 0, 0, 0, 0);
	(void)puts(outcome(&t));
	if (t.ended)
		return 0;
	go_on(pid, &at);
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0;
}

/* Has the process execute nothing, and handle its signals itself. */
static const char *try_exec(pid_t pid, const struct user_regs_struct *at)
{
	struct user_regs_struct regs = *at;
	long sig = 0;
	int status;

	regs.rip -= SYSCALL_SIZE;
	regs.rax = SYS_execve;
	regs.orig_rax = ~0ul;
	regs.rdi = regs.rsi = regs.rdx = 0;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	for (;;) {
		(void)ptrace(PTRACE_CONT, pid, NULL, sig);
		if (waitpid(pid, &status, __WALL) < 0)
			return "lost";
		if (WIFSIGNALED(status))
			return WTERMSIG(status) == SIGSYS ? "ends" : "dies";
		if (WIFEXITED(status))
			return "fails";
		sig = status >> 16 == 0 ? WSTOPSIG(status) : 0;
	}
}

/* A child ends: it tries, and then it ends. */
static void on_call(pid_t pid, const char *spared, char **paths)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct at;
	static pid_t last; /* a process that was spared, and now ends */
	char name[64];

	if (pid == last || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != SYS_exit_group ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &at) < 0)
		return;
	field(pid, "Name", name);
	if (strncmp(name, "nsi-", 4) != 0 || strncmp(name, "nsi-set", 7) == 0)
		return; /* a child without a list, or an anchor, whose list has no call to try */
	/* Out of this call, by another one in its place. */
	at.orig_rax = SYS_getpid;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &at);
	(void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	if (next_stop(pid) < 0)
		return;
	report(pid, &at, paths);
	at.orig_rax = SYS_exit_group;
	if (strcmp(name, spared) == 0)
		go_on(last = pid, &at);
	(void)printf("\t%s\n", strcmp(name, spared) == 0 ? "" : try_exec(pid, &at));
	(void)fflush(stdout);
}

static int reach_children(const char *spared, pid_t pid, char **paths)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	const struct sigaction sa = {.sa_handler = on_signal};

	(void)sigaction(SIGTERM, &sa, NULL);
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0) {
		perror("reach: ptrace");
		return 1;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	while (!is_over) {
		int status, sig = 0;
		pid_t who = waitpid(-1, &status, __WALL);

		if (who < 0 && errno == EINTR)
			continue;
		if (who < 0)
			break;
		if (!WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			on_call(who, spared, paths);
		else if (status >> 16 == 0)
			sig = WSTOPSIG(status); /* one for the process */
		(void)ptrace(who == pid ? PTRACE_CONT : PTRACE_SYSCALL, who, NULL, (long)sig);
	}
	return 0; /* the processes that are traced go on by themselves */
}

static int reach_landlock(void)
{
	const long version = syscall(444, NULL, 0, 1);

	(void)printf("%ld\n", version < 0 ? 0 : version);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--landlock") == 0)
		return reach_landlock();
	if (argc >= 4 && strcmp(argv[1], "--call") == 0)
		return reach_call(argv[2], atoi(argv[3]));
	if (argc >= 4 && strcmp(argv[1], "--children") == 0)
		return reach_children(argv[2], atoi(argv[3]), argv + 4);
	if (argc >= 2)
		return reach_one(atoi(argv[1]), argv + 2);
	(void)fputs("usage: reach [--children NAME] PID PATH... | reach --call NAME PID | "
		    "reach --landlock\n",
		    stderr);
	return 2;
}

#endif
