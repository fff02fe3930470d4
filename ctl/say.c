/* SPDX-License-Identifier: MIT */
#include "ctl/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"

void say_error(const char *fmt, ...)
{
	va_list ap;

	say_progress_end();
	(void)fputs("nsisolate: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

int say_fail(int err, const struct nsi_fail *f)
{
	say_error("%s", f->what[0] ? f->what : strerrordesc_np(abs(err)));
	switch (abs(err)) {
	case EPERM:
	case EACCES:
		return CTL_NOT_PERMITTED;
	default:
		return CTL_SYSTEM;
	}
}

int say_need_root(const char *verb)
{
	say_error("%s needs root", verb);
	return CTL_NOT_PERMITTED;
}

bool say_has_colour(FILE *to)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(fileno(to)) && term && strcmp(term, "dumb") != 0 && !(no && *no);
}

void say_progress(const char *fmt, ...)
{
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	(void)fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fflush(stderr);
}

void say_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		(void)fputs("\r\033[K", stderr);
}

const char *say_size(char buf[16], uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes;
	int unit = -1;

	while (value >= 1024 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (unit < 0)
		text_fmt(buf, 16, "%" PRIu64, bytes);
	else
		text_fmt(buf, 16, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
	return buf;
}

const char *say_time(char buf[32], uint64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	buf[0] = '\0';
	if (localtime_r(&t, &tm))
		(void)strftime(buf, 32, "%Y-%m-%d %H:%M", &tm);
	return buf;
}

const char *say_span(char buf[24], uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};

	text_fmt(buf, 24, "0");
	for (size_t i = 0; seconds && i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds % units[i].seconds)
			continue;
		text_fmt(buf, 24, "%" PRIu64 "%c", seconds / units[i].seconds, units[i].letter);
		break;
	}
	return buf;
}
