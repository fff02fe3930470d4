/* SPDX-License-Identifier: MIT */
#include "ctl/say.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "base/cleanup.h"
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

	/* A value that would be rounded to 1024 of a unit is 1.0 of the next one. */
	while (value >= (unit < 0 ? 1024 : 1023.5) && units[unit + 1]) {
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

json_t *json_answer(void)
{
	return json_pack("{s:i}", "version", 1);
}

json_t *json_text(const char *text)
{
	json_t *s = json_string(text);
	char escaped[4096];

	return s ? s : json_string(text_escape(escaped, sizeof(escaped), text));
}

json_t *json_number(bool is_known, uint64_t n)
{
	return is_known ? json_integer((json_int_t)n) : json_null();
}

json_t *json_count(uint64_t n)
{
	return json_number(n != 0, n);
}

int json_print(json_t *answer)
{
	int r = answer ? json_dumpf(answer, stdout, JSON_INDENT(2)) : -1;

	json_decref(answer);
	if (r < 0 || putchar('\n') == EOF) {
		say_error("cannot print JSON");
		return CTL_SYSTEM;
	}
	return CTL_OK;
}

struct libscols_table *grid_new(const struct grid_column *columns, unsigned count, bool headings)
{
	struct libscols_table *t = scols_new_table();

	if (!t)
		return NULL;
	(void)scols_table_enable_noheadings(t, !headings); /* fails without a table alone */
	(void)scols_table_enable_noencoding(t, true);
	(void)scols_table_enable_colors(t, say_has_colour(stdout));
	for (unsigned i = 0; i < count; i++) {
		int flags = (columns[i].is_right ? SCOLS_FL_RIGHT : 0) |
			    (columns[i].is_wrapped ? SCOLS_FL_WRAP : 0);

		if (!scols_table_new_column(t, columns[i].name, 0, flags)) {
			scols_unref_table(t);
			return NULL;
		}
	}
	return t;
}

/*
 * Returns @text as a terminal can show it, in memory of its own, or NULL: control characters and bytes that are
 * no text of the locale become \xNN.  smartcols' own encoding is not used, as it escapes the backslashes of
 * text_escape() once more.
 */
static char *say_encode(const char *text)
{
	char *cell = malloc(4 * strlen(text) + 1), *to = cell;
	mbstate_t state = {0};
	wchar_t c;

	while (cell && *text) {
		size_t len = mbrtowc(&c, text, MB_CUR_MAX, &state);

		if (len <= MB_LEN_MAX && iswprint((wint_t)c)) {
			to = mempcpy(to, text, len);
			text += len;
		} else {
			text_fmt(to, 5, "\\x%02x", (unsigned char)*text++); /* room was made */
			to += 4;
			memset(&state, 0, sizeof(state));
		}
	}
	if (cell)
		*to = '\0';
	return cell;
}

int grid_row(struct libscols_table *t, const char *const *cells, unsigned count, const bool *dim)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);

	if (!line)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		NSI_AUTO_FREE char *cell = say_encode(cells[i] && cells[i][0] ? cells[i] : "-");

		if (!cell || scols_line_set_data(line, i, cell) < 0)
			return -ENOMEM;
		if (dim && dim[i])
			(void)scols_cell_set_color(scols_line_get_cell(line, i), "darkgray");
	}
	return 0;
}

int grid_print(struct libscols_table *t, int r)
{
	if (t && r == 0)
		r = scols_print_table(t);
	scols_unref_table(t);
	if (t && r == 0)
		return CTL_OK;
	say_error("cannot make the table");
	return CTL_SYSTEM;
}
