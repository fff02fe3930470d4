/* SPDX-License-Identifier: MIT */
/* Calls to systemd over D-Bus, by nsisolate-limits */
#include "cgroup/cgroup_limit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "priv/child.h"

#define PROGRAM "nsisolate-limits"

void bus_add(struct bus_call *c, const char *fmt, ...)
{
	va_list ap;

	if (c->count >= BUS_ARGS)
		return; /* the longest call has room */
	va_start(ap, fmt);
	(void)vsnprintf(c->args[c->count++], BUS_ARG, fmt, ap);
	va_end(ap);
}

void bus_begin(struct bus_call *c, const char *verb)
{
	c->count = 0;
	bus_add(c, PROGRAM);
	bus_add(c, "%s", verb);
}

static void bus_execute(const struct bus_call *c, int out)
{
	static const char *const env[] = {"LC_ALL=C", NULL};
	const char *argv[BUS_ARGS + 1] = {NULL};
	char path[PATH_MAX];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (unsigned i = 0; i < c->count; i++)
		argv[i] = c->args[i];
	if (proc_path_beside(PROGRAM, path, sizeof(path)) < 0)
		_exit(127);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	(void)child_exec(path, argv, env);
	_exit(127);
}

/* One line: a number. */
static int bus_read_number(const char *line, const char *what, uint64_t *ret, struct nsi_fail *f)
{
	if (line && text_u64(line, UINT64_MAX, ret) == 0)
		return 0;
	return fail_set(f, EBADMSG, "%s: systemd answers \"%.60s\"", what, line ? line : "");
}

int bus_run(const struct bus_call *c, uint64_t ret[], unsigned count, const char *what,
	    struct nsi_fail *f)
{
	/* Memory that reads like a file: unlike a pipe, it cannot fill up while nobody reads. */
	NSI_AUTO_FD int out = memfd_create("nsisolate", MFD_CLOEXEC);
	char text[512], *rest = text;
	ssize_t n = 0;
	int status;
	pid_t pid;

	if (out < 0)
		return fail_errno(f, errno, "no memory for the output of " PROGRAM);
	pid = fork();
	if (pid == 0)
		bus_execute(c, out);
	if (pid < 0)
		return fail_errno(f, errno, "cannot run " PROGRAM);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail_errno(f, errno, "cannot wait for " PROGRAM);
	}
	if (lseek(out, 0, SEEK_SET) == 0)
		n = fd_read_all(out, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return fail_set(f, ENOENT,
				"%s: " PROGRAM " cannot be run; it is built where libsystemd is, "
				"and lies beside the helper",
				what);
	if (status != 0) {
		text[strcspn(text, "\n")] = '\0';
		return fail_set(f, EIO, "%.60s: systemd says: %.150s", what,
				text[0] ? text : "nothing");
	}
	for (unsigned i = 0; i < count; i++) {
		int r = bus_read_number(strsep(&rest, "\n"), what, &ret[i], f);

		if (r < 0)
			return r;
	}
	return 0;
}
