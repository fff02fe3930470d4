/* SPDX-License-Identifier: MIT */
/* The state of the process: signals, descriptors, limits, directory, threads */
#include "tests/tools/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

int host_set_limit(const struct host *host, bool up)
{
	struct rlimit limit;
	char *end;
	__rlimit_resource_t which;

	if (!host->limit)
		return 0;
	which = (__rlimit_resource_t)strtol(host->limit, &end, 10);
	if (*end != '=' || getrlimit(which, &limit) < 0)
		return -1;
	limit.rlim_cur = up ? limit.rlim_max : (rlim_t)strtoul(end + 1, NULL, 10);
	return setrlimit(which, &limit);
}

static void reap_any(int number)
{
	int saved = errno;

	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	errno = saved;
}

static int set_sigchld(const char *how)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;

	if (strcmp(how, "block") == 0) {
		(void)sigemptyset(&set);
		(void)sigaddset(&set, SIGCHLD);
		return sigprocmask(SIG_BLOCK, &set, NULL);
	}
	if (strcmp(how, "ignore") == 0)
		action.sa_handler = SIG_IGN;
	else if (strcmp(how, "nocldwait") == 0)
		action.sa_flags = SA_NOCLDWAIT;
	else if (strcmp(how, "reap") == 0)
		action.sa_handler = reap_any;
	return sigaction(SIGCHLD, &action, NULL);
}

static void *idle(void *data)
{
	for (;;)
		(void)pause();
	return data;
}

static int set_directory(const struct host *host)
{
	if (host->cwd && chdir(host->cwd) < 0)
		return -1;
	return host->delete_cwd ? rmdir(host->cwd) : 0;
}

/* Descriptors that a careless host leaves open to its children, of a file that matters. */
static int open_extra(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (open("/etc/shadow", O_RDONLY) < 0) /* NOLINT: not close-on-exec is the point */
			return -1;
	return 0;
}

static int set_signals(const struct host *host)
{
	sigset_t all;

	if (host->sigchld && set_sigchld(host->sigchld) < 0)
		return -1;
	(void)alarm(host->alarm);
	(void)sigfillset(&all);
	return host->block_all ? sigprocmask(SIG_SETMASK, &all, NULL) : 0;
}

int host_prepare(const struct host *host)
{
	pthread_t thread;

	/* libpam logs through libc, which keeps its socket: let it be there before the first look. */
	syslog(LOG_AUTHPRIV | LOG_DEBUG, "pamhost begins");
	if (host->umask)
		(void)umask((mode_t)strtoul(host->umask, NULL, 8));
	if (set_directory(host) < 0 || open_extra(host->extra_fds) < 0 || set_signals(host) < 0)
		return -1;
	for (unsigned i = 0; i < host->threads; i++)
		if (pthread_create(&thread, NULL, idle, NULL) != 0)
			return -1;
	/* Its output goes to a copy, as the module must work without descriptors 0 to 2. */
	if (host->close_stdio) {
		stdout = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100), "w");
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
	}
	return stdout ? 0 : -1;
}
