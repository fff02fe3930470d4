/* SPDX-License-Identifier: MIT */
#include "log/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	TEXT_SIZE = 1024,
	FIELD_SIZE = 256,
	ENTRY_SIZE = TEXT_SIZE + 5 * FIELD_SIZE
};

/* One logger and how to reach it.  The paths are the loggers' own interfaces. */
struct logger {
	int sock;
	struct sockaddr_un address;
};

/* The one piece of state: a process has one log, as with syslog(3). */
static struct {
	struct logger journal, syslog;
	bool to_stderr;
} sink = {
	.journal = {.sock = -1, .address = {AF_UNIX, "/run/systemd/journal/socket"}},
	.syslog = {.sock = -1, .address = {AF_UNIX, "/dev/log"}},
};

void log_open(bool to_stderr)
{
	sink.to_stderr = to_stderr;
}

void log_forked(void)
{
	sink.journal.sock = -1;
	sink.syslog.sock = -1;
}

static void log_drop(struct logger *l)
{
	if (l->sock >= 0)
		close(l->sock);
	l->sock = -1;
}

static bool log_attach(struct logger *l)
{
	l->sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->sock >= 0 &&
	    connect(l->sock, (const struct sockaddr *)&l->address, sizeof(l->address)) < 0)
		log_drop(l);
	return l->sock >= 0;
}

/* Returns whether there is such a logger; a line that it cannot take now is lost. */
static bool log_send_to(struct logger *l, const char *text, size_t len)
{
	for (int i = 0; i < 2; i++) {
		if (l->sock < 0 && !log_attach(l))
			return false;
		if (send(l->sock, text, len, MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
			return true;
		log_drop(l); /* the logger was restarted: its socket is another one now */
	}
	return false;
}

static void log_make_printable(char *text)
{
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

/* "NAME=VALUE\n" at the end of @entry, which has room for all that may come. */
static void log_add_field(char *entry, const char *name, const char *value)
{
	size_t used = strlen(entry);
	char shown[FIELD_SIZE - 32];

	if (!value || !value[0])
		return;
	text_fmt(shown, sizeof(shown), "%s", value); /* cut short is fine */
	log_make_printable(shown);
	text_fmt(entry + used, ENTRY_SIZE - used, "NSISOLATE_%s=%s\n", name, shown);
}

/* systemd's journal: fields in any order, a line each (systemd.io/JOURNAL_NATIVE_PROTOCOL). */
static bool log_send_to_journal(const struct log_about *about, int priority, const char *text)
{
	char entry[ENTRY_SIZE], set[24] = "";

	text_fmt(entry, sizeof(entry),
		 "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_FACILITY=%d\n"
		 "SYSLOG_IDENTIFIER=nsisolate-helper\nSYSLOG_PID=%d\n",
		 text, priority, LOG_FAC(LOG_AUTHPRIV), (int)getpid());
	if (about && about->set)
		text_fmt(set, sizeof(set), "%" PRIu64, about->set);
	log_add_field(entry, "SET", set);
	log_add_field(entry, "USER", about ? about->user : NULL);
	log_add_field(entry, "POLICY", about ? about->policy : NULL);
	log_add_field(entry, "RULE", about ? about->rule : NULL);
	return log_send_to(&sink.journal, entry, strlen(entry));
}

__attribute__((format(printf, 3, 0))) static void log_put(const struct log_about *about,
							  int priority, const char *fmt, va_list ap)
{
	char text[TEXT_SIZE], line[TEXT_SIZE + 64];
	int n;

	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut short is fine */
	log_make_printable(text);
	if (sink.to_stderr) {
		dprintf(STDERR_FILENO, "<%d>%s\n", priority, text);
		return;
	}
	if (log_send_to_journal(about, priority, text))
		return;
	n = snprintf(line, sizeof(line), "<%d>nsisolate-helper[%d]: %s", LOG_AUTHPRIV | priority,
		     (int)getpid(), text);
	if (n > 0)
		(void)log_send_to(&sink.syslog, line, strlen(line)); /* nowhere else to say it */
}

void log_line(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(NULL, priority, fmt, ap);
	va_end(ap);
}

void log_about(const struct log_about *about, int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_put(about, priority, fmt, ap);
	va_end(ap);
}
