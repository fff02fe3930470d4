/* SPDX-License-Identifier: MIT */
#include "ctl/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/say.h"

static int exec_shell(const struct person *who)
{
	const char *base = strrchr(who->shell, '/');
	char name[NSI_PATH_SIZE + 1];
	char *argv[] = {name, NULL};
	int err;

	/* A "-" in front makes it a login shell. */
	(void)snprintf(name, sizeof(name), "-%s", base ? base + 1 : who->shell);
	(void)execv(who->shell, argv);
	err = errno;
	say_error("cannot run the shell %s: %s", who->shell, strerrordesc_np(err));
	return err;
}

/* Never returns. */
static void child(const struct command *c)
{
	struct nsi_fail f = {""};
	int err, r = person_become(c->who, &f);

	if (r == 0)
		r = person_settle(c->who, c->set, c->policy, &f);
	if (r < 0)
		_exit(say_fail(r, &f));
	if (c->argv[0]) {
		(void)execvp(c->argv[0], c->argv);
		err = errno;
		say_error("cannot run %s: %s", c->argv[0], strerrordesc_np(err));
	} else {
		err = exec_shell(c->who);
	}
	_exit(err == ENOENT ? CTL_NO_COMMAND : CTL_CANNOT_EXEC);
}

static int wait_for(pid_t pid, const sigset_t *passed_on)
{
	int status;

	for (;;) {
		siginfo_t info;
		int sig = sigwaitinfo(passed_on, &info);

		if (sig == SIGTERM || sig == SIGHUP)
			(void)kill(pid, sig); /* it may have ended just now */
		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		return WEXITSTATUS(status);
	}
}

int command_run(const struct command *c)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, stop_int, stop_quit;
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t mine, before;
	pid_t pid;
	int code;

	(void)fflush(stdout); /* or the child would print it again */
	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	sigaddset(&mine, SIGHUP);
	sigaddset(&mine, SIGCHLD);
	(void)sigaction(SIGCHLD, &usual, NULL); /* these fail for a bad number alone */
	(void)sigaction(SIGINT, &ignore, &stop_int);
	(void)sigaction(SIGQUIT, &ignore, &stop_quit);
	(void)sigprocmask(SIG_BLOCK, &mine, &before);
	pid = fork();
	if (pid == 0) {
		(void)sigaction(SIGINT, &stop_int, NULL);
		(void)sigaction(SIGQUIT, &stop_quit, NULL);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		child(c);
	}
	if (pid < 0)
		say_error("cannot fork: %s", strerrordesc_np(errno));
	code = pid < 0 ? CTL_SYSTEM : wait_for(pid, &mine);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return code;
}
