/* SPDX-License-Identifier: MIT */
#include "cgroup/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/programs.h"
#include "base/text.h"

void bus_add(struct bus_call *c, const char *fmt, ...)
{
	va_list ap;

	if (c->count >= BUS_ARGS - 1)
		return; /* the longest call has room */
	va_start(ap, fmt);
	(void)vsnprintf(c->args[c->count++], BUS_ARG, fmt, ap);
	va_end(ap);
}

void bus_begin(struct bus_call *c, const char *method, const char *signature)
{
	c->count = 0;
	bus_add(c, PROGRAM_BUSCTL);
	bus_add(c, "--system");
	bus_add(c, "--timeout=5");
	bus_add(c, "call");
	bus_add(c, "org.freedesktop.systemd1");
	bus_add(c, "/org/freedesktop/systemd1");
	bus_add(c, "org.freedesktop.systemd1.Manager");
	bus_add(c, "%s", method);
	bus_add(c, "%s", signature);
}

static void bus_run_child(const struct bus_call *c, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
	char *const env[] = {path, locale, NULL};
	char args[BUS_ARGS][BUS_ARG], *argv[BUS_ARGS] = {NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	memcpy(args, c->args, sizeof(args));
	for (unsigned i = 0; i < c->count; i++)
		argv[i] = args[i];
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (syscall(SYS_close_range, 3u, ~0u, 0) < 0)
		_exit(126);
	(void)signal(SIGPIPE, SIG_DFL); /* as programs expect it; fails for a bad number alone */
	(void)execve(argv[0], argv, env);
	_exit(127);
}

int bus_run(const struct bus_call *c, char *ret, size_t size, const char *what, struct nsi_fail *f)
{
	/* Memory that reads like a file: unlike a pipe, it cannot fill up while nobody reads. */
	NSI_AUTO_FD int out = memfd_create("nsisolate", MFD_CLOEXEC);
	char text[512];
	ssize_t n = 0;
	int status;
	pid_t pid;

	if (out < 0)
		return fail_errno(f, errno, "no memory for the output of busctl");
	pid = fork();
	if (pid == 0)
		bus_run_child(c, out);
	if (pid < 0)
		return fail_errno(f, errno, "cannot run " PROGRAM_BUSCTL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail_errno(f, errno, "cannot wait for " PROGRAM_BUSCTL);
	}
	if (lseek(out, 0, SEEK_SET) == 0)
		n = fd_read_all(out, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return fail_set(f, ENOENT, "%s: " PROGRAM_BUSCTL " cannot be run", what);
	if (status != 0) {
		text[strcspn(text, "\n")] = '\0';
		return fail_set(f, EIO, "%.60s: systemd says: %.150s", what,
				text[0] ? text : "nothing");
	}
	if (ret)
		(void)snprintf(ret, size, "%s", text);
	return 0;
}

/* One line: its type, and the number: "t 512". */
static int bus_read_number(const char *line, const char *property, uint64_t *ret,
			   struct nsi_fail *f)
{
	if (line && strlen(line) > 2 && text_u64(line + 2, UINT64_MAX, ret) == 0)
		return 0;
	return fail_set(f, EBADMSG, "systemd says \"%.60s\" of %s", line ? line : "", property);
}

int bus_get(const struct bus_object *object, const char *const names[], unsigned count,
	    uint64_t ret[], struct nsi_fail *f)
{
	struct bus_call c = {.count = 0};
	char text[256], *rest = text;
	int r;

	bus_add(&c, PROGRAM_BUSCTL);
	bus_add(&c, "--system");
	bus_add(&c, "--timeout=5");
	bus_add(&c, "get-property");
	bus_add(&c, "%s", object->service);
	bus_add(&c, "%s", object->path);
	bus_add(&c, "%s", object->interface);
	for (unsigned i = 0; i < count; i++)
		bus_add(&c, "%s", names[i]);
	r = bus_run(&c, text, sizeof(text), "cannot ask for what is set", f);
	for (unsigned i = 0; i < count && r == 0; i++)
		r = bus_read_number(strsep(&rest, "\n"), names[i], &ret[i], f);
	return r;
}

void bus_escape(const char *name, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (const char *p = name; *p && used + 4 < size; p++) {
		const bool is_digit = *p >= '0' && *p <= '9';
		const bool is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');

		if (is_letter || (is_digit && p > name))
			used += (size_t)snprintf(buf + used, size - used, "%c", *p);
		else
			used += (size_t)snprintf(buf + used, size - used, "_%02x",
						 (unsigned char)*p);
	}
}
