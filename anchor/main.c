/* SPDX-License-Identifier: MIT */
/*
 * The program of an anchor: the process that keeps a set's namespaces open once the set has
 * been built.  It reaps what becomes its child (in a PID namespace it is init) and ends at
 * SIGTERM.  The helper's child of helper/sets/anchor.c executes it, with no capability left,
 * every signal blocked, and open what is to be kept: the sealed copy of the set's record, and
 * the locks of its directories.
 *
 * Its one argument is the title that ps(1) shows.  The environment has, in this order,
 *	NAME=nsi-set-ID		the name of the process
 *	LEAVES=set=ID uid=UID	of a set with an IPC namespace: how a line of the log begins
 *
 * All of it runs on one page of stack and writes to no other: see kernel.h.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>

#include "anchor/allow.h"
#include "anchor/kernel.h"

enum {
	LINE_SIZE = 400,
	SIGNAL_SET_SIZE = 8 /* of the kernel's sigset_t */
};

/* A text under construction; what does not fit is cut off. */
struct line {
	char text[LINE_SIZE];
	unsigned long used;
};

static void anchor_line_add(struct line *line, const char *text)
{
	while (*text && line->used < LINE_SIZE)
		line->text[line->used++] = *text++;
}

static void anchor_line_add_number(struct line *line, unsigned long number)
{
	char digits[24];
	char *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	anchor_line_add(line, at);
}

/* Returns whether there is a logger at @path; a line that it cannot take now is lost. */
static bool anchor_line_send(const struct line *line, const char *path)
{
	long fd = kernel_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, 0);
	struct sockaddr_un address;
	long size = offsetof(struct sockaddr_un, sun_path);
	bool is_there;

	address.sun_family = AF_UNIX;
	for (const char *c = path; *c; c++)
		address.sun_path[size++ - (long)offsetof(struct sockaddr_un, sun_path)] = *c;
	is_there = fd >= 0 && kernel_call(SYS_connect, fd, (long)&address, size, 0) == 0;
	if (is_there)
		(void)kernel_call(SYS_write, fd, (long)line->text, (long)line->used, 0);
	return is_there; /* the process ends next: nothing is closed */
}

/* The lines of a table of sysvipc(7) behind its heading; 0 if it cannot be read. */
static unsigned long anchor_ipc_count(const char *path)
{
	long fd = kernel_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
	unsigned long lines = 0;
	char buf[512];
	long n;

	while (fd >= 0 && (n = kernel_call(SYS_read, fd, (long)buf, sizeof(buf), 0)) > 0)
		for (long i = 0; i < n; i++)
			lines += buf[i] == '\n';
	return lines > 0 ? lines - 1 : 0;
}

/* Objects that programs have left behind end with the namespace; the log says of which set. */
static void anchor_ipc_report(const char *whose)
{
	const unsigned long queues = anchor_ipc_count("/proc/sysvipc/msg");
	const unsigned long semaphores = anchor_ipc_count("/proc/sysvipc/sem");
	const unsigned long segments = anchor_ipc_count("/proc/sysvipc/shm");
	const unsigned long pid = (unsigned long)kernel_call(SYS_getpid, 0, 0, 0, 0);
	struct line text, line;

	if (queues + semaphores + segments == 0)
		return;
	text.used = line.used = 0;
	anchor_line_add(&text, whose);
	anchor_line_add(&text, " leaves IPC objects, which end with it: queues=");
	anchor_line_add_number(&text, queues);
	anchor_line_add(&text, " semaphores=");
	anchor_line_add_number(&text, semaphores);
	anchor_line_add(&text, " segments=");
	anchor_line_add_number(&text, segments);
	text.text[text.used < LINE_SIZE ? text.used : LINE_SIZE - 1] = '\0';
	/* As helper/log/log.c has it: the journal first, and syslog where there is none. */
	anchor_line_add(&line,
			"PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=nsisolate-helper\n"
			"SYSLOG_PID=");
	anchor_line_add_number(&line, pid);
	anchor_line_add(&line, "\nMESSAGE=");
	anchor_line_add(&line, text.text);
	anchor_line_add(&line, "\n");
	if (anchor_line_send(&line, "/run/systemd/journal/socket"))
		return;
	line.used = 0;
	anchor_line_add(&line, "<");
	anchor_line_add_number(&line, LOG_AUTHPRIV | LOG_INFO);
	anchor_line_add(&line, ">nsisolate-helper[");
	anchor_line_add_number(&line, pid);
	anchor_line_add(&line, "]: ");
	anchor_line_add(&line, text.text);
	(void)anchor_line_send(&line, "/dev/log"); /* there is no other place to report it */
}

/* The value behind the "=" of a variable, or NULL. */
static const char *anchor_env_value(const char *variable)
{
	while (variable && *variable && *variable != '=')
		variable++;
	return variable && *variable ? variable + 1 : NULL;
}

void anchor_run(char **argv, char **env)
{
	const char *name = anchor_env_value(env[0]);
	const char *whose = name ? anchor_env_value(env[1]) : NULL;
	const unsigned long awaited = 1ul << (SIGTERM - 1) | 1ul << (SIGCHLD - 1);

	(void)argv;
	/* Neither can fail for what is given here. */
	(void)kernel_call(SYS_prctl, PR_SET_NAME, (long)(name ? name : "nsi-set"), 0, 0);
	(void)kernel_call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0);
	(void)anchor_confine(whose != NULL); /* a kernel without filters keeps sets all the same */
	for (;;) {
		long sig = kernel_call(SYS_rt_sigtimedwait, (long)&awaited, 0, 0, SIGNAL_SET_SIZE);

		if (sig == SIGTERM)
			break;
		while (kernel_call(SYS_wait4, -1, 0, WNOHANG, 0) > 0)
			;
	}
	if (whose)
		anchor_ipc_report(whose);
	for (;;)
		(void)kernel_call(SYS_exit_group, 0, 0, 0, 0);
}
