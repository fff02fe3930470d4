/* SPDX-License-Identifier: MIT */
/*
 * A PAM application with unusual process attributes, to load a module into.
 *
 * pamhost [OPTION...] OPERATION...: a PAM application, first put into the state that the options
 * ask for, then led through the operations, one after the other.  Prints "OPERATION RESULT" for
 * each; ends with 0 if every operation of PAM's succeeded, with 1 otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum {
	PEOPLE_MAX = 8
};

/* The options of the host, and its progress. */
struct host {
	const char *service;
	const char *user;
	const char *confdir;
	const char *tty;
	const char *rhost;
	const char *ruser;
	const char *sigchld; /* ignore, nocldwait, reap, block */
	const char *cwd;
	const char *umask;
	const char *limit; /* NUMBER=VALUE: a soft limit, by the number of its RLIMIT_ */
	int block_all;
	int close_stdio;
	int delete_cwd;
	int in_worker;
	int no_conv;
	int silent;
	unsigned extra_fds;
	unsigned threads;
	unsigned alarm;
	int flags; /* of every call of PAM's */
	char **words;
	pam_handle_t *pamh;
	/* for "as": a handle for each word */
	struct person {
		const char *word;
		pam_handle_t *pamh;
	} people[PEOPLE_MAX];
	int failed;
};

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

static int start(struct host *host)
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

static int become_user(const struct host *host)
{
	const struct passwd *pw = getpwnam(host->user);

	if (!pw || initgroups(host->user, pw->pw_gid) < 0)
		return -1;
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0)
		return -1;
	return setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid);
}

/* Sets the soft limit to what was asked for, or back up to the hard one. */
static int set_limit(const struct host *host, bool up)
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

	if (set_limit(host, true) < 0 || pipe(ends) < 0)
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
	if (pid < 0 || set_limit(host, false) < 0)
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
		if (start(host) != PAM_SUCCESS || set_items(host) != PAM_SUCCESS)
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

/* Leads @host through the words; the number of operations of PAM's that failed, -1 for a bad word. */
static int walk(struct host *host)
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

static void *walk_in_thread(void *data)
{
	struct host *host = data;

	host->failed = walk(host);
	return NULL;
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

/* Puts this process into the state that was asked for; 0, or -1 with errno. */
static int prepare(const struct host *host)
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

/* Reads the command line.  Returns 0, or -1 when it is invalid, which is reported. */
static int parse(struct host *host, int argc, char **argv)
{
	struct option options[] = {
		{"block-all", no_argument, &host->block_all, 1},
		{"close-stdio", no_argument, &host->close_stdio, 1},
		{"delete-cwd", no_argument, &host->delete_cwd, 1},
		{"worker", no_argument, &host->in_worker, 1},
		{"no-conv", no_argument, &host->no_conv, 1},
		{"silent", no_argument, &host->silent, 1},
		{"alarm", required_argument, NULL, 'a'},
		{"confdir", required_argument, NULL, 'c'},
		{"cwd", required_argument, NULL, 'd'},
		{"extra-fds", required_argument, NULL, 'f'},
		{"rhost", required_argument, NULL, 'h'},
		{"limit", required_argument, NULL, 'l'},
		{"umask", required_argument, NULL, 'm'},
		{"sigchld", required_argument, NULL, 'q'},
		{"ruser", required_argument, NULL, 'r'},
		{"service", required_argument, NULL, 's'},
		{"threads", required_argument, NULL, 't'},
		{"user", required_argument, NULL, 'u'},
		{"tty", required_argument, NULL, 'y'},
		{0},
	};
	const char **const texts[] = {
		['c'] = &host->confdir, ['d'] = &host->cwd,     ['h'] = &host->rhost,
		['l'] = &host->limit,   ['m'] = &host->umask,   ['q'] = &host->sigchld,
		['r'] = &host->ruser,   ['s'] = &host->service, ['u'] = &host->user,
		['y'] = &host->tty,
	};
	unsigned *const counts[] = {
		['a'] = &host->alarm,
		['f'] = &host->extra_fds,
		['t'] = &host->threads,
		['z'] = NULL,
	};
	int c;

	while ((c = getopt_long(argc, argv, "+s:u:", options, NULL)) != -1) {
		if (c == '?')
			return -1;
		if (c != 0 && texts[c])
			*texts[c] = optarg;
		else if (c != 0)
			*counts[c] = (unsigned)strtoul(optarg, NULL, 10);
	}
	host->flags = host->silent ? PAM_SILENT : 0;
	host->words = argv + optind;
	return 0;
}

int main(int argc, char **argv)
{
	static struct host host = {.service = "rig", .user = "nobody"};
	pthread_t worker;

	if (parse(&host, argc, argv) < 0)
		return 2;
	if (prepare(&host) < 0) {
		perror("pamhost");
		return 2;
	}
	if (start(&host) != PAM_SUCCESS || set_items(&host) != PAM_SUCCESS) {
		fprintf(stderr, "pamhost: pam_start failed\n");
		return 2;
	}
	if (set_limit(&host, false) < 0) /* not before: libpam itself needs what there is */
		return 2;
	if (!host.in_worker)
		host.failed = walk(&host);
	else if (pthread_create(&worker, NULL, walk_in_thread, &host) != 0 ||
		 pthread_join(worker, NULL) != 0)
		return 2;
	if (host.failed < 0)
		fprintf(stderr, "pamhost: no such operation\n");
	return host.failed < 0 ? 2 : host.failed > 0;
}
