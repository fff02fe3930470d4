/* SPDX-License-Identifier: MIT */
/* The answer to a system call that is not in a process's list */

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "confine/calls.h"
#include "log/log.h"

enum {
	REFUSE_NUMBERS = 1024 /* each is logged once */
};

static struct {
	const char *name;
	bool is_logged[REFUSE_NUMBERS];
} refuse;

/* Sets the result of the call that was refused.  False: not known how on this machine. */
static bool refuse_set_result(ucontext_t *context, long result)
{
#if defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RAX] = result;
#elif defined(__i386__)
	context->uc_mcontext.gregs[REG_EAX] = result;
#elif defined(__aarch64__)
	context->uc_mcontext.regs[0] = (unsigned long)result;
#elif defined(__arm__)
	context->uc_mcontext.arm_r0 = (unsigned long)result;
#elif defined(__riscv)
	context->uc_mcontext.__gregs[REG_A0] = (unsigned long)result;
#else
	(void)context;
	(void)result;
	return false;
#endif
	return true;
}

static bool refuse_is_never(int number)
{
	for (const char *const *call = confine_never; *call; call++)
		if (filter_number(*call) == number)
			return true;
	return false;
}

/* Another call that no list has, while SIGSYS is blocked: the kernel ends the process. */
static void refuse_die(void)
{
	(void)syscall(SYS_execve, NULL, NULL, NULL);
	_exit(128 + SIGSYS);
}

static void refuse_on_signal(int sig, siginfo_t *info, void *context)
{
	const int saved = errno, number = info->si_syscall;
	bool *is_logged = &refuse.is_logged[(unsigned)number % REFUSE_NUMBERS];
	bool is_never;
	char *name;

	(void)sig;
	/* A tracer has taken this call out and sets its result (ptrace(2)). */
	if (number == -1)
		return;
	name = seccomp_syscall_resolve_num_arch(info->si_arch, number);
	is_never = refuse_is_never(number);
	if (!*is_logged)
		log_line(
			is_never ? LOG_ERR : LOG_WARNING,
			"%s: the system call %s (number %d) is refused, as this process should not "
			"need it%s; please report it with the versions of kernel and C library",
			refuse.name, name ? name : "unknown here", number,
			is_never ? ", and ends it" : "");
	*is_logged = true;
	if (is_never || !refuse_set_result(context, name ? -EPERM : -ENOSYS))
		refuse_die();
	free(name);
	errno = saved;
}

int refuse_watch(const char *name)
{
	struct sigaction sa = {.sa_sigaction = refuse_on_signal, .sa_flags = SA_SIGINFO};
	sigset_t set;

	refuse.name = name;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	if (sigaction(SIGSYS, &sa, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0)
		return -errno;
	return 0;
}
