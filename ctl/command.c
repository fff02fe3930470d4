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
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/say.h"

static int command_exec_shell(const struct person *who)
{
	const char *base = strrchr(who->shell, '/');
	char name[NSI_PATH_SIZE + 1];
	char *argv[] = {name, NULL};
	int err;

	/* A "-" in front makes it a login shell. */
	text_fmt(name, sizeof(name), "-%s", base ? base + 1 : who->shell);
	(void)execv(who->shell, argv);
	err = errno;
	say_error("cannot run the shell %s: %s", who->shell, strerrordesc_np(err));
	return err;
}

/* Never returns. */
static void command_child(const struct command *c)
{
	struct nsi_fail f = {""};
	int err, r;

	/*
	 * A command of somebody else gets no hold of our terminal, into which it could
	 * type (ioctl_tty(2), TIOCSTI); su(1) does the same.  A shell needs it.
	 */
	if (c->argv[0] && c->who->uid != getuid())
		(void)setsid(); /* fails for a leader of a process group, which a child is not */
	r = person_become(c->who, &f);
	if (r == 0)
		r = person_settle(c->who, c->set, c->policy, &f);
	if (r < 0)
		_exit(say_fail(r, &f));
	if (c->argv[0]) {
		(void)execvp(c->argv[0], c->argv);
		err = errno;
		say_error("cannot run %s: %s", c->argv[0], strerrordesc_np(err));
	} else {
		err = command_exec_shell(c->who);
	}
	_exit(err == ENOENT ? CTL_NO_COMMAND : CTL_CANNOT_EXEC);
}

static int command_wait(pid_t pid, const sigset_t *passed_on)
{
	int status;

	for (;;) {
		siginfo_t info;
		int sig = sigwaitinfo(passed_on, &info);

		if (sig > 0 && sig != SIGCHLD)
			(void)kill(pid, sig); /* it may have ended just now */
		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		return WEXITSTATUS(status);
	}
}

/* A shell gets the terminal's signals itself; to a command in a session of its own they are sent. */
static void command_choose_signals(const struct command *c, sigset_t *ret)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN};

	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGCHLD);
	(void)sigaction(SIGCHLD, &usual, NULL); /* these fail for a bad number alone */
	if (c->argv[0] && c->who->uid != getuid()) {
		sigaddset(ret, SIGINT);
		sigaddset(ret, SIGQUIT);
	} else {
		(void)sigaction(SIGINT, &ignore, NULL);
		(void)sigaction(SIGQUIT, &ignore, NULL);
	}
}

int command_run(const struct command *c)
{
	struct sigaction on_int, on_quit;
	sigset_t mine, before;
	pid_t pid;
	int code;

	(void)fflush(stdout);                   /* or the child would print it again */
	(void)sigaction(SIGINT, NULL, &on_int); /* it fails for a bad signal alone */
	(void)sigaction(SIGQUIT, NULL, &on_quit);
	command_choose_signals(c, &mine);
	(void)sigprocmask(SIG_BLOCK, &mine, &before);
	pid = fork();
	if (pid == 0) {
		(void)sigaction(SIGINT, &on_int, NULL);
		(void)sigaction(SIGQUIT, &on_quit, NULL);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		command_child(c);
	}
	if (pid < 0)
		say_error("cannot fork: %s", strerrordesc_np(errno));
	code = pid < 0 ? CTL_SYSTEM : command_wait(pid, &mine);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return code;
}
