/* SPDX-License-Identifier: MIT */
#include "policy/recover.h"

#include <string.h>

#include "policy/scan.h"

struct group {
	size_t start; /* of what is between its brackets */
	unsigned line;
	bool is_braces;
	bool is_done; /* one within it has been emptied */
};

struct walk {
	char *text;
	size_t size;
	size_t at;
	unsigned line;   /* of at */
	unsigned target; /* the line that the mistake is in */
	struct group open[SCAN_DEPTH_MAX + 1];
	unsigned depth;
	bool further; /* beyond groups that are empty already */
	unsigned found;
	bool has_top;
};

static char look(const struct walk *w, size_t ahead)
{
	return w->at + ahead < w->size ? w->text[w->at + ahead] : '\0';
}

/* Over a comment or a string, if there is one. */
static bool skip(struct walk *w)
{
	char c = look(w, 0);

	if (c == '#' || (c == '/' && look(w, 1) == '/')) {
		while (w->at < w->size && w->text[w->at] != '\n')
			w->at++;
		return true;
	}
	if (c == '/' && look(w, 1) == '*') {
		for (w->at += 2; w->at < w->size; w->at++) {
			if (look(w, 0) == '*' && look(w, 1) == '/')
				break;
			w->line += w->text[w->at] == '\n';
		}
		w->at += 2;
		return true;
	}
	if (c != '"')
		return false;
	for (w->at++; w->at < w->size && look(w, 0) != '"' && look(w, 0) != '\n'; w->at++)
		w->at += look(w, 0) == '\\';
	w->at++;
	return true;
}

static bool is_empty(const struct walk *w, size_t from)
{
	while (from < w->at && strchr(" \t\r\n", w->text[from]))
		from++;
	return from == w->at;
}

static void close_group(struct walk *w)
{
	struct group *g = &w->open[w->depth];

	if (g->is_braces && !g->is_done && g->line <= w->target && w->target <= w->line &&
	    !(w->further && is_empty(w, g->start))) {
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
	struct walk w = {.text = text, .size = size, .line = 1, .target = line, .further = further};

	while (w.at < w.size) {
		char c = w.text[w.at];

		if (skip(&w))
			continue;
		w.line += c == '\n';
		if (c != '\0' && strchr("{([", c)) {
			if (w.depth == SCAN_DEPTH_MAX)
				break; /* the scanner will not have it either */
			w.open[++w.depth] = (struct group){w.at + 1, w.line, c == '{', false};
		} else if (c != '\0' && strchr("})]", c) && w.depth > 0) {
			close_group(&w);
		}
		w.at++;
	}
	*ret_top = w.has_top;
	return w.found;
}
