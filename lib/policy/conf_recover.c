/* SPDX-License-Identifier: MIT */
#include "policy/conf_recover.h"

#include <string.h>

#include "policy/conf_scan.h"
#include "policy/token.h"

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

static bool recover_is_empty(const struct recover_walk *w, size_t from)
{
	while (from < w->at && strchr(" \t\r\n", w->text[from]))
		from++;
	return from == w->at;
}

static void recover_close_group(struct recover_walk *w)
{
	struct group *g = &w->open[w->depth];

	if (g->is_braces && !g->is_done && g->line <= w->target && w->target <= w->line &&
	    !(w->further && recover_is_empty(w, g->start))) {
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
			recover_close_group(&w);
		}
	}
	*ret_top = w.has_top;
	return w.found;
}
