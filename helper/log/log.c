/* SPDX-License-Identifier: MIT */
#include "log/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The one piece of state: a process has one log, as with syslog(3). */
static struct {
	int sock;
	bool to_stderr;
} sink = {.sock = -1};

void log_open(bool to_stderr)
{
	sink.to_stderr = to_stderr;
}

void log_forked(void)
{
	sink.sock = -1;
}

static bool send_to_logger(const char *text, size_t len)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

	for (int i = 0; i < 2; i++) {
		if (sink.sock < 0) {
			sink.sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
			if (sink.sock < 0)
				return false;
			if (connect(sink.sock, (const struct sockaddr *)&address, sizeof(address)) <
			    0) {
				close(sink.sock);
				sink.sock = -1;
				return false;
			}
		}
		if (send(sink.sock, text, len, MSG_NOSIGNAL) >= 0)
			return true;
		/* The logger was restarted: its socket is another one now. */
		close(sink.sock);
		sink.sock = -1;
	}
	return false;
}

void log_line(int priority, const char *fmt, ...)
{
	char text[1024], line[1200];
	va_list ap;
	int n;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut short is fine */
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	if (sink.to_stderr) {
		dprintf(STDERR_FILENO, "<%d>%s\n", priority, text);
		return;
	}
	n = snprintf(line, sizeof(line), "<%d>nsisolate-helper[%d]: %s", LOG_AUTHPRIV | priority,
		     (int)getpid(), text);
	if (n > 0)
		(void)send_to_logger(line, strlen(line)); /* nowhere else to say it */
}
