/* SPDX-License-Identifier: MIT */
#include "policy/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/draft.h"
#include "policy/report.h"
#include "policy/utf8.h"

struct bracket {
	char kind; /* what opened it; 0 for the file itself */
	unsigned line;
	size_t first_key; /* in scan.keys: those of the brackets around it come before */
};

struct key_seen {
	const char *name;
	size_t len;
	unsigned line;
};

struct scan {
	struct draft *d;
	pol_str file;
	const char *at;
	const char *end;
	unsigned line;
	unsigned errors;
	unsigned stray_line; /* the last one that had a stray character */
	bool is_hopeless;    /* going on would only make noise */
	char last;           /* the token before: its first character, 'a' for a word */
	struct key_seen word;
	struct bracket open[SCAN_DEPTH_MAX + 1];
	size_t depth;
	struct table keys; /* struct key_seen */
};

#define scan_error(s, ...)                                                                  \
	do {                                                                                \
		(s)->errors++;                                                              \
		draft_error((s)->d, (struct pol_where){(s)->file, (s)->line}, __VA_ARGS__); \
	} while (0)

static void give_up(struct scan *s)
{
	s->is_hopeless = true;
	s->at = s->end;
}

static void skip_line(struct scan *s)
{
	const char *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));

	s->at = newline ? newline : s->end; /* the newline itself is counted by the caller */
}

static void skip_block_comment(struct scan *s)
{
	unsigned line = s->line;

	for (s->at += 2; s->at < s->end; s->at++) {
		if (s->at[0] == '*' && s->at[1] == '/') {
			s->at += 2;
			return;
		}
		s->line += *s->at == '\n';
	}
	s->line = line;
	scan_error(s, "the comment that starts here is never closed");
	give_up(s);
}

/* One character of a string; a string is one line of printable UTF-8. */
static bool string_char(struct scan *s)
{
	unsigned char c = (unsigned char)*s->at;
	size_t len = 1;

	if (c == '\\') {
		if (s->at[1] != '\\' && s->at[1] != '"') {
			scan_error(s, "a string may have the escapes \\\\ and \\\" alone");
			s->at++;
			return false;
		}
		len = 2;
	} else if (c < ' ' || c == 0x7f) {
		scan_error(s, "a string has the control character 0x%02x in it", c);
		s->at++;
		return false;
	} else if (c >= 0x80) {
		len = utf8_length(s->at, (size_t)(s->end - s->at));
		if (len == 0) {
			scan_error(s,
				   "a string has the byte 0x%02x in it, which starts no printable "
				   "UTF-8",
				   c);
			s->at++;
			return false;
		}
	}
	s->at += len;
	return true;
}

static void scan_string(struct scan *s)
{
	const char *start = ++s->at;
	bool is_good = true; /* one message a string */

	while (s->at < s->end && *s->at != '"' && *s->at != '\n') {
		if (is_good)
			is_good = string_char(s);
		else
			s->at += *s->at == '\\' && s->at + 1 < s->end && s->at[1] != '\n' ? 2 : 1;
	}
	if (s->at >= s->end || *s->at == '\n') {
		scan_error(s, "the string is not closed on its line");
		give_up(s);
		return;
	}
	if (s->at - start > SCAN_STRING_MAX)
		scan_error(s, "a string is longer than %d bytes", SCAN_STRING_MAX);
	s->at++;
}

/* A key may stand once in a group, and "Scope" beside "scope" is a mistake too. */
static void scan_key(struct scan *s)
{
	const struct bracket *in = &s->open[s->depth];
	size_t max = s->depth == 1 ? SCAN_POLICIES_MAX : SCAN_KEYS_MAX;

	for (size_t i = in->first_key; i < s->keys.count; i++) {
		const struct key_seen *k = draft_row(&s->keys, i);

		if (k->len != s->word.len || strncasecmp(k->name, s->word.name, k->len) != 0)
			continue;
		scan_error(s, "'%.*s' is given twice: it is in line %u already", (int)s->word.len,
			   s->word.name, k->line);
		return;
	}
	if (s->keys.count - in->first_key >= max) {
		scan_error(s, "more than %zu keys in one group", max);
		give_up(s);
		return;
	}
	(void)draft_add(s->d, &s->keys, &s->word); /* failure is sticky */
	if (s->d->out_of_memory)
		give_up(s);
}

static void open_bracket(struct scan *s, char c)
{
	if (s->depth == SCAN_DEPTH_MAX) {
		scan_error(s, "more than %d brackets within one another", SCAN_DEPTH_MAX);
		give_up(s);
		return;
	}
	s->open[++s->depth] = (struct bracket){c, s->line, s->keys.count};
}

static void close_bracket(struct scan *s, char c)
{
	char opens = c == ')' ? '(' : c == ']' ? '[' : '{';
	struct bracket *in = &s->open[s->depth];

	if (s->depth == 0) {
		scan_error(s, "'%c' closes nothing", c);
		give_up(s);
		return;
	}
	if (in->kind != opens) {
		scan_error(s, "'%c' cannot close the '%c' of line %u", c, in->kind, in->line);
		give_up(s);
		return;
	}
	if (s->last == ',' && c != '}')
		scan_error(s, "there must be no comma before '%c'", c);
	s->keys.count = in->first_key;
	s->depth--;
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '*' || c == '+' || c == '.';
}

static void scan_word(struct scan *s)
{
	s->word = (struct key_seen){.name = s->at, .line = s->line};
	while (s->at < s->end && is_word_char(*s->at))
		s->at++;
	s->word.len = (size_t)(s->at - s->word.name);
	s->last = 'a';
}

static void scan_mark(struct scan *s)
{
	char c = *s->at++;

	if (strchr("([{", c))
		open_bracket(s, c);
	else if (strchr(")]}", c))
		close_bracket(s, c);
	else if ((c == '=' || c == ':') && s->last == 'a')
		scan_key(s);
	s->last = c;
}

/* One message a line: an address without quotes is one mistake, not five. */
static void scan_stray(struct scan *s)
{
	unsigned char c = (unsigned char)*s->at++;

	s->last = '?';
	if (s->stray_line == s->line)
		return;
	s->stray_line = s->line;
	if (c == '@' && strncmp(s->at, "include", 7) == 0) /* the text is terminated */
		scan_error(s, "'@include' is refused: put the file into the drop-in directory");
	else if (c > ' ' && c < 0x7f)
		scan_error(s, "'%c' cannot stand here (are quotes missing?)", c);
	else
		scan_error(s, "the byte 0x%02x cannot stand here (are quotes missing?)", c);
}

static void scan_token(struct scan *s)
{
	char c = *s->at;

	if (c == '\n' || c == ' ' || c == '\t' || c == '\r') {
		s->line += c == '\n';
		s->at++;
	} else if (c == '#' || (c == '/' && s->at[1] == '/')) {
		skip_line(s);
	} else if (c == '/' && s->at[1] == '*') {
		skip_block_comment(s);
	} else if (c == '"') {
		scan_string(s);
		s->last = '"';
	} else if (is_word_char(c)) {
		scan_word(s);
	} else if (c != '\0' && strchr("=:,;()[]{}", c)) {
		scan_mark(s);
	} else {
		scan_stray(s);
	}
}

int scan_text(struct draft *d, pol_str file, const char *text, size_t size)
{
	struct scan s = {
		.d = d,
		.file = file,
		.at = text,
		.end = text + size,
		.line = 1,
		.keys.width = sizeof(struct key_seen),
	};

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
		scan_error(&s, "the file starts with a byte order mark; save it without");
		s.at += 3;
	}
	while (s.at < s.end && s.errors < REPORT_KEPT_MAX)
		scan_token(&s);
	if (s.depth > 0 && !s.is_hopeless) {
		s.line = s.open[s.depth].line;
		scan_error(&s, "the '%c' that is opened here is never closed",
			   s.open[s.depth].kind);
	}
	free(s.keys.rows);
	return s.errors > 0 ? -EINVAL : 0;
}
