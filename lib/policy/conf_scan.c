/* SPDX-License-Identifier: MIT */
#include "policy/conf_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/draft.h"
#include "policy/load.h"
#include "policy/values.h"

struct bracket {
	char kind; /* the opening bracket; 0 for the file itself */
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
	unsigned line; /* of the token that is looked at */
	unsigned errors;
	unsigned stray_line; /* the last one that had a stray character */
	bool is_hopeless;    /* going on would only make noise */
	bool is_over;
	char last; /* the token before: its first character, 'a' for a word */
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

static void scan_give_up(struct scan *s)
{
	s->is_hopeless = true;
	s->is_over = true;
}

/*
 * One character of a string, of one line of printable UTF-8.  Returns its length, or 0 with
 * what is wrong with it reported.
 */
static size_t scan_char(struct scan *s, const char *at, const char *end)
{
	unsigned char c = (unsigned char)*at;
	size_t len = 1;

	if (c == '\\') {
		if (at[1] == '\\' || at[1] == '"')
			return 2;
		scan_error(s, "a string may have the escapes \\\\ and \\\" alone");
		return 0;
	}
	if (c < ' ' || c == 0x7f) {
		scan_error(s, "a string has the control character 0x%02x in it", c);
		return 0;
	}
	if (c >= 0x80)
		len = utf8_length(at, (size_t)(end - at));
	if (len == 0)
		scan_error(s, "a string has the byte 0x%02x in it, which starts no printable UTF-8",
			   c);
	return len;
}

static void scan_string(struct scan *s, const struct token *t)
{
	const char *at = t->at + 1, *end = t->at + t->size - !t->is_open;
	size_t len = 1;

	while (at < end && len > 0) { /* one message a string */
		len = scan_char(s, at, end);
		at += len;
	}
	if (t->is_open) {
		scan_error(s, "the string is not closed on its line");
		scan_give_up(s);
	} else if (t->size - 2 > SCAN_STRING_MAX) {
		scan_error(s, "a string is longer than %d bytes", SCAN_STRING_MAX);
	}
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
		scan_give_up(s);
		return;
	}
	(void)draft_add(s->d, &s->keys, &s->word); /* failure is sticky */
	if (s->d->out_of_memory)
		scan_give_up(s);
}

static void scan_open_bracket(struct scan *s, char c)
{
	if (s->depth == SCAN_DEPTH_MAX) {
		scan_error(s, "more than %d brackets within one another", SCAN_DEPTH_MAX);
		scan_give_up(s);
		return;
	}
	s->open[++s->depth] = (struct bracket){c, s->line, s->keys.count};
}

static void scan_close_bracket(struct scan *s, char c)
{
	char opens = c == ')' ? '(' : c == ']' ? '[' : '{';
	struct bracket *in = &s->open[s->depth];

	if (s->depth == 0) {
		scan_error(s, "'%c' closes nothing", c);
		scan_give_up(s);
		return;
	}
	if (in->kind != opens) {
		scan_error(s, "'%c' cannot close the '%c' of line %u", c, in->kind, in->line);
		scan_give_up(s);
		return;
	}
	if (s->last == ',' && c != '}')
		scan_error(s, "there must be no comma before '%c'", c);
	s->keys.count = in->first_key;
	s->depth--;
}

static void scan_mark(struct scan *s, char c)
{
	if (strchr("([{", c))
		scan_open_bracket(s, c);
	else if (strchr(")]}", c))
		scan_close_bracket(s, c);
	else if ((c == '=' || c == ':') && s->last == 'a')
		scan_key(s);
	s->last = c;
}

/* One message a line: an address without quotes is one mistake, not five. */
static void scan_stray(struct scan *s, const char *at)
{
	unsigned char c = (unsigned char)*at;

	s->last = '?';
	if (s->stray_line == s->line)
		return;
	s->stray_line = s->line;
	if (c == '@' && strncmp(at + 1, "include", 7) == 0) /* the text is terminated */
		scan_error(s, "'@include' is refused: put the file into the drop-in directory");
	else if (c > ' ' && c < 0x7f)
		scan_error(s, "'%c' cannot stand here (are quotes missing?)", c);
	else
		scan_error(s, "the byte 0x%02x cannot stand here (are quotes missing?)", c);
}

static void scan_token(struct scan *s, const struct token *t)
{
	s->line = t->line;
	switch (t->type) {
	case TOKEN_END:
		s->is_over = true;
		break;
	case TOKEN_COMMENT:
		if (!t->is_open)
			break;
		scan_error(s, "the comment that starts here is never closed");
		scan_give_up(s);
		break;
	case TOKEN_STRING:
		scan_string(s, t);
		s->last = '"';
		break;
	case TOKEN_WORD:
		s->word = (struct key_seen){t->at, t->size, t->line};
		s->last = 'a';
		break;
	case TOKEN_MARK:
		scan_mark(s, *t->at);
		break;
	case TOKEN_STRAY:
		scan_stray(s, t->at);
		break;
	}
}

int scan_text(struct draft *d, pol_str file, const char *text, size_t size)
{
	struct scan s = {
		.d = d,
		.file = file,
		.line = 1,
		.keys.width = sizeof(struct key_seen),
	};
	struct tokens tokens = {text, text + size, 1};

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
		scan_error(&s, "the file starts with a byte order mark; save it without");
		tokens.at += 3;
	}
	while (!s.is_over && s.errors < REPORT_KEPT_MAX) {
		struct token t = token_next(&tokens);

		scan_token(&s, &t);
	}
	if (s.depth > 0 && !s.is_hopeless) {
		s.line = s.open[s.depth].line;
		scan_error(&s, "the '%c' that is opened here is never closed",
			   s.open[s.depth].kind);
	}
	free(s.keys.rows);
	return s.errors > 0 ? -EINVAL : 0;
}

struct group {
	size_t start; /* of what is between its brackets */
	unsigned line;
	bool is_braces;
	bool is_done; /* one within it has been emptied */
};

struct recover_walk {
	char *text;
	size_t at;       /* of the bracket that was read last */
	unsigned line;   /* of at */
	unsigned target; /* the line that the mistake is in */
	struct group open[SCAN_DEPTH_MAX + 1];
	unsigned depth;
	bool further; /* beyond groups that are empty already */
	unsigned found;
	bool has_top;
};

static bool scan_is_empty(const struct recover_walk *w, size_t from)
{
	while (from < w->at && strchr(" \t\r\n", w->text[from]))
		from++;
	return from == w->at;
}

static void scan_close_group(struct recover_walk *w)
{
	struct group *g = &w->open[w->depth];

	if (g->is_braces && !g->is_done && g->line <= w->target && w->target <= w->line &&
	    !(w->further && scan_is_empty(w, g->start))) {
		for (size_t i = g->start; i < w->at; i++)
			if (w->text[i] != '\n')
				w->text[i] = ' ';
		w->found++;
		w->has_top |= w->depth == 1;
		g->is_done = true;
	}
	w->depth--;
	w->open[w->depth].is_done |= g->is_done;
}

unsigned recover_empty(char *text, size_t size, unsigned line, bool further, bool *ret_top)
{
	struct tokens tokens = {text, text + size, 1};
	struct recover_walk w = {.text = text, .target = line, .further = further};
	struct token t;

	while ((t = token_next(&tokens)).type != TOKEN_END) {
		if (t.type != TOKEN_MARK)
			continue;
		w.at = (size_t)(t.at - text);
		w.line = t.line;
		if (strchr("{([", *t.at)) {
			if (w.depth == SCAN_DEPTH_MAX)
				break; /* the scanner will not have it either */
			w.open[++w.depth] = (struct group){w.at + 1, w.line, *t.at == '{', false};
		} else if (strchr("})]", *t.at) && w.depth > 0) {
			scan_close_group(&w);
		}
	}
	*ret_top = w.has_top;
	return w.found;
}
