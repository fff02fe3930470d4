/* SPDX-License-Identifier: MIT */
/* The operations: calls of PAM, and what happens between them */
#include "tests/tools/host/host.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *code_name(int code)
{
	static const char *const names[] = {
		[PAM_SUCCESS] = "PAM_SUCCESS",
		[PAM_SERVICE_ERR] = "PAM_SERVICE_ERR",
		[PAM_SYSTEM_ERR] = "PAM_SYSTEM_ERR",
		[PAM_BUF_ERR] = "PAM_BUF_ERR",
		[PAM_PERM_DENIED] = "PAM_PERM_DENIED",
		[PAM_USER_UNKNOWN] = "PAM_USER_UNKNOWN",
		[PAM_SESSION_ERR] = "PAM_SESSION_ERR",
		[PAM_CONV_ERR] = "PAM_CONV_ERR",
		[PAM_IGNORE] = "PAM_IGNORE",
		[PAM_ABORT] = "PAM_ABORT",
		[PAM_OPEN_ERR] = "PAM_OPEN_ERR",
		[PAM_SYMBOL_ERR] = "PAM_SYMBOL_ERR",
		[PAM_MODULE_UNKNOWN] = "PAM_MODULE_UNKNOWN",
	};
	static char number[32];

	if (code >= 0 && (size_t)code < sizeof(names) / sizeof(*names) && names[code])
		return names[code];
	(void)snprintf(number, sizeof(number), "PAM_%d", code);
	return number;
}

static void say(const char *operation, const char *result)
{
	printf("%s %s\n", operation, result);
	(void)fflush(stdout); /* before a fork; a lost line fails the test anyway */
}

static int refuse_to_talk(int count, const struct pam_message **messages,
			  struct pam_response **answers, void *data)
{
	(void)messages;
	(void)data;
	*answers = NULL;
	printf("conversation %d\n", count);
	return PAM_CONV_ERR;
}

static int open_handle(struct host *host)
{
	/* libpam itself insists on the structure; an application may leave its function out. */
	static const struct pam_conv conv = {refuse_to_talk, NULL}, none = {NULL, NULL};
	const struct pam_conv *talk = host->no_conv ? &none : &conv;

	if (host->confdir)
		return pam_start_confdir(host->service, host->user, talk, host->confdir,
					 &host->pamh);
	return pam_start(host->service, host->user, talk, &host->pamh);
}

static int set_items(struct host *host)
{
	int code = PAM_SUCCESS;

	if (host->tty)
		code = pam_set_item(host->pamh, PAM_TTY, host->tty);
	if (code == PAM_SUCCESS && host->rhost)
		code = pam_set_item(host->pamh, PAM_RHOST, host->rhost);
	if (code == PAM_SUCCESS && host->ruser)
		code = pam_set_item(host->pamh, PAM_RUSER, host->ruser);
	return code;
}

int host_start(struct host *host)
{
	int code = open_handle(host);

	return code == PAM_SUCCESS ? set_items(host) : code;
}

static int become_user(const struct host *host)
{
	const struct passwd *pw = getpwnam(host->user);

	if (!pw || initgroups(host->user, pw->pw_gid) < 0)
		return -1;
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0)
		return -1;
	return setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid);
}

/* Waits for a child without its status, which the state of SIGCHLD may have taken away. */
static void wait_for_end(int pipe_end)
{
	char byte;
	ssize_t got;

	do
		got = read(pipe_end, &byte, 1);
	while (got > 0 || (got < 0 && errno == EINTR));
}

/* Runs @work in a child and waits until the last holder of the pipe is gone. */
static int in_child(struct host *host, int (*work)(struct host *host, const char *word),
		    const char *word)
{
	int ends[2];
	pid_t pid;

	if (host_set_limit(host, true) < 0 || pipe(ends) < 0)
		return PAM_SYSTEM_ERR;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(work(host, word));
	}
	close(ends[1]);
	wait_for_end(ends[0]);
	close(ends[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0); /* ECHILD is what some options are for */
	if (pid < 0 || host_set_limit(host, false) < 0)
		return PAM_SYSTEM_ERR;
	return PAM_SUCCESS;
}

static int end_as_user(struct host *host, const char *word)
{
	(void)word;
	if (become_user(host) < 0)
		return 1;
	return pam_end(host->pamh, PAM_SUCCESS | PAM_DATA_SILENT);
}

static int close_as_user(struct host *host, const char *word)
{
	(void)word;
	if (become_user(host) < 0)
		return 1;
	say("close-in-child", code_name(pam_close_session(host->pamh, host->flags)));
	return 0;
}

static int run_as_user(struct host *host, const char *word)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (become_user(host) < 0)
		return 1;
	execl("/bin/sh", "sh", "-c", word, (char *)NULL);
	return 127;
}

static int run_here(struct host *host, const char *word)
{
	(void)host;
	execl("/bin/sh", "sh", "-c", word, (char *)NULL);
	return 127;
}

static int op_open(struct host *host, const char *word)
{
	(void)word;
	return pam_open_session(host->pamh, host->flags);
}

static int op_close(struct host *host, const char *word)
{
	(void)word;
	return pam_close_session(host->pamh, host->flags);
}

static int op_setcred(struct host *host, const char *word)
{
	int flag = PAM_ESTABLISH_CRED;

	if (strcmp(word, "reinit") == 0)
		flag = PAM_REINITIALIZE_CRED;
	else if (strcmp(word, "delete") == 0)
		flag = PAM_DELETE_CRED;
	return pam_setcred(host->pamh, flag | host->flags);
}

static int op_end(struct host *host, const char *word)
{
	int code = pam_end(host->pamh, PAM_SUCCESS);

	(void)word;
	host->pamh = NULL;
	return code;
}

static int op_fork_end(struct host *host, const char *word)
{
	return in_child(host, end_as_user, word);
}

static int op_fork_close(struct host *host, const char *word)
{
	return in_child(host, close_as_user, word);
}

static int op_run(struct host *host, const char *word)
{
	return in_child(host, run_as_user, word);
}

static int op_drop(struct host *host, const char *word)
{
	(void)word;
	return become_user(host) < 0 ? PAM_SYSTEM_ERR : PAM_SUCCESS;
}

/* As whoever the host is: what it sees and whom it may ask. */
static int op_here(struct host *host, const char *word)
{
	return in_child(host, run_here, word);
}

static int op_exec(struct host *host, const char *word)
{
	(void)host;
	execl("/bin/sh", "sh", "-c", word, (char *)NULL);
	return PAM_SYSTEM_ERR;
}

static int op_sleep(struct host *host, const char *word)
{
	struct timespec left = {.tv_sec = atoi(word)};

	(void)host;
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
	return PAM_SUCCESS;
}

/* Goes on with a handle of its own for each word: a user, or "USER.N" for another one of the same. */
static int op_as(struct host *host, const char *word)
{
	struct person *p = host->people;
	char name[64];

	while (p->word && strcmp(p->word, word) != 0)
		if (++p == host->people + PEOPLE_MAX)
			return PAM_BUF_ERR;
	if (!p->word) {
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "."), word);
		p->word = word;
		host->user = strdup(name); /* as long as the process */
		if (host_start(host) != PAM_SUCCESS)
			return PAM_SYSTEM_ERR;
		p->pamh = host->pamh;
	}
	host->pamh = p->pamh;
	return PAM_SUCCESS;
}

static int op_chroot(struct host *host, const char *word)
{
	(void)host;
	return chroot(word) < 0 || chdir("/") < 0 ? PAM_SYSTEM_ERR : PAM_SUCCESS;
}

/* As a module of the stack may do between open and close. */
static int op_rename(struct host *host, const char *word)
{
	return pam_set_item(host->pamh, PAM_USER, word);
}

static int op_kill(struct host *host, const char *word)
{
	(void)host;
	(void)word;
	return raise(SIGKILL);
}

static const struct operation {
	const char *name;
	int (*run)(struct host *host, const char *word);
	bool takes_word;
} operations[] = {
	{"open", op_open, false},
	{"close", op_close, false},
	{"setcred", op_setcred, true},
	{"end", op_end, false},
	{"fork-end", op_fork_end, false},
	{"fork-close", op_fork_close, false},
	{"run", op_run, true},
	{"here", op_here, true},
	{"drop-to-user", op_drop, false},
	{"as", op_as, true},
	{"chroot", op_chroot, true},
	{"rename", op_rename, true},
	{"exec", op_exec, true},
	{"sleep", op_sleep, true},
	{"kill", op_kill, false},
};

int host_walk(struct host *host)
{
	int failed = 0;

	for (char **word = host->words; *word; word++) {
		const struct operation *op = operations;
		const struct operation *end = operations + sizeof(operations) / sizeof(*operations);
		int code;

		while (op < end && strcmp(op->name, *word) != 0)
			op++;
		if (op == end || (op->takes_word && !word[1]))
			return -1;
		code = op->run(host, op->takes_word ? *++word : "");
		say(op->name, code_name(code));
		failed += code != PAM_SUCCESS;
	}
	return failed;
}
