/* SPDX-License-Identifier: MIT */
#include "ctl/pamd.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"

/* Where a parse stands. */
struct parse {
	const struct pamd_places *places;
	const char *only; /* of a file for all services: the one to read */
	struct pamd_stack *stack;
	unsigned depth;
	unsigned sub;
};

static int pamd_parse_file(struct parse *p, const char *name, struct nsi_fail *f);

const char *pamd_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool pamd_has_argument(const struct pamd_line *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = line->args; (at = strstr(at, word)) != NULL; at += len)
		if ((at == line->args || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
			return true;
	return false;
}

void pamd_done(struct pamd_stack *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		free(s->lines[i].file);
		free(s->lines[i].control);
		free(s->lines[i].module);
		free(s->lines[i].args);
	}
	free(s->lines);
	*s = (struct pamd_stack){0};
}

bool pamd_is_within(const struct pamd_stack *s, unsigned inner, unsigned outer)
{
	while (inner != outer && inner != 0)
		inner = s->parent[inner];
	return inner == outer;
}

bool pamd_includes(const struct pamd_stack *s, bool (*is_it)(const char *name))
{
	char names[sizeof(s->included)], *save = NULL;

	memcpy(names, s->included, sizeof(names));
	for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save))
		if (is_it(name))
			return true;
	return false;
}

/* More than fit are not worth a message: what is forgotten is reported once more. */
static void pamd_note_include(struct pamd_stack *s, const char *name)
{
	size_t used = strlen(s->included);

	text_fmt(s->included + used, sizeof(s->included) - used, " %s", pamd_base(name));
}

/* The next word of *at, ended in place; one in brackets may have spaces.  NULL at the end. */
static char *pamd_next_word(char **at)
{
	char *start = *at + strspn(*at, " \t");
	char *end;

	if (*start == '\0')
		return NULL;
	end = *start == '[' ? strchr(start, ']') : NULL;
	end = end ? end + 1 : start + strcspn(start, " \t");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return start;
}

/* Arguments with one space between them: "a  b" is "a b". */
static char *pamd_join_words(char *at)
{
	char *joined = calloc(1, strlen(at) + 1), *to = joined, *word;

	while (joined && (word = pamd_next_word(&at)) != NULL) {
		size_t len = strlen(word);

		if (to != joined)
			*to++ = ' ';
		memcpy(to, word, len); /* the replaced text was at least as long */
		to += len;
	}
	return joined;
}

static int pamd_add_line(struct parse *p, const char *file, unsigned line, char *control,
			 char *rest, bool is_quiet)
{
	struct pamd_stack *s = p->stack;
	struct pamd_line *more = realloc(s->lines, (s->count + 1) * sizeof(*more));
	char *module = pamd_next_word(&rest);
	struct pamd_line *row;

	if (!more)
		return -ENOMEM;
	s->lines = more;
	if (!module)
		return 0; /* no module: libpam drops the line, too */
	row = &s->lines[s->count++];
	*row = (struct pamd_line){
		.file = strdup(file),
		.line = line,
		.control = strdup(control),
		.module = strdup(module),
		.args = pamd_join_words(rest),
		.is_quiet = is_quiet,
		.sub = p->sub,
	};
	return row->file && row->control && row->module && row->args ? 0 : -ENOMEM;
}

static int pamd_include(struct parse *p, const char *name, bool is_substack, struct nsi_fail *f)
{
	unsigned sub = p->sub;
	int r;

	if (p->depth == PAMD_DEPTH)
		return fail_set(f, ELOOP, "%.100s: files include each other without end", name);
	if (is_substack && p->stack->subs + 1 < PAMD_SUBSTACKS) {
		p->stack->parent[++p->stack->subs] = sub;
		p->sub = p->stack->subs;
	}
	pamd_note_include(p->stack, name);
	p->depth++;
	r = pamd_parse_file(p, name, f);
	p->depth--;
	p->sub = sub;
	if (r == -ENOENT) {
		*f = (struct nsi_fail){""};
		text_fmt(p->stack->missing, sizeof(p->stack->missing), "%.200s", name);
		return 0;
	}
	return r;
}

static int pamd_parse_line(struct parse *p, const char *file, unsigned number, char *text,
			   struct nsi_fail *f)
{
	char *type = pamd_next_word(&text), *control;
	bool is_quiet;

	if (!type)
		return 0;
	if (strcasecmp(type, "@include") == 0) {
		char *name = pamd_next_word(&text);

		return name ? pamd_include(p, name, false, f) : 0;
	}
	is_quiet = type[0] == '-';
	if (strcasecmp(type + is_quiet, "session") != 0)
		return 0;
	control = pamd_next_word(&text);
	if (!control)
		return 0;
	if (strcasecmp(control, "include") == 0 || strcasecmp(control, "substack") == 0) {
		char *name = pamd_next_word(&text);

		return name ? pamd_include(p, name, tolower(control[0]) == 's', f) : 0;
	}
	return pamd_add_line(p, file, number, control, text, is_quiet);
}

/* A logical line: comments cut off, lines that end in "\" joined.  1, or 0 at the end. */
static int pamd_read_line(FILE *file, char **buf, size_t *room, unsigned *number, char *out,
			  size_t size)
{
	size_t used = 0;
	bool more = true;
	ssize_t n;

	out[0] = '\0';
	while (more && (n = getline(buf, room, file)) >= 0) {
		(*number)++;
		(*buf)[strcspn(*buf, "#\n")] = '\0';
		n = (ssize_t)strlen(*buf);
		more = n > 0 && (*buf)[n - 1] == '\\';
		if (more)
			(*buf)[n - 1] = ' ';
		used += (size_t)snprintf(out + used, size - used, "%s", *buf);
		if (used >= size) /* PAM's own limit is less */
			used = size - 1;
		if (!more)
			return 1;
	}
	return used > 0;
}

/* The first of the directories that has it, as libpam looks; a path stands for itself. */
static FILE *pamd_open_first(const struct pamd_places *places, const char *name,
			     char path[PATH_MAX])
{
	FILE *file = NULL;

	if (name[0] == '/') {
		text_fmt(path, PATH_MAX, "%s", name);
		return fopen(path, "re");
	}
	errno = ENOENT;
	for (unsigned i = 0; !file && places->dirs[i]; i++) {
		text_fmt(path, PATH_MAX, "%s/%s", places->dirs[i], name);
		file = fopen(path, "re");
		if (!file && errno != ENOENT)
			break; /* libpam goes on to the next one; that it is there is what counts */
	}
	return file;
}

static int pamd_parse_lines(struct parse *p, FILE *file, const char *path, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *buf = NULL;
	unsigned number = 0;
	char text[8192];
	size_t room = 0;
	int r = 0;

	while (r == 0 && pamd_read_line(file, &buf, &room, &number, text, sizeof(text))) {
		char *at = text;

		if (p->only) {
			char *service = pamd_next_word(&at);

			if (!service || strcasecmp(service, p->only) != 0)
				continue;
		}
		r = pamd_parse_line(p, path, number, at, f);
	}
	return r;
}

static int pamd_parse_file(struct parse *p, const char *name, struct nsi_fail *f)
{
	const char *only = p->only;
	char path[PATH_MAX] = "";
	NSI_AUTO_FILE FILE *file = pamd_open_first(p->places, name, path);
	int r;

	if (!file)
		return fail_errno(f, errno, "cannot read %.300s", path[0] ? path : name);
	if (p->depth == 0)
		text_fmt(p->stack->path, sizeof(p->stack->path), "%s", path);
	p->only = NULL; /* included files have no names of services */
	r = pamd_parse_lines(p, file, path, f);
	p->only = only;
	return r;
}

/* The lines of one service in the file for all. */
static int pamd_parse_conf(struct parse *p, const char *service, struct nsi_fail *f)
{
	NSI_AUTO_FILE FILE *file = fopen(p->places->conf, "re");

	if (!file)
		return fail_errno(f, errno, "cannot read %.300s", p->places->conf);
	text_fmt(p->stack->path, sizeof(p->stack->path), "%s", p->places->conf);
	p->only = service;
	return pamd_parse_lines(p, file, p->places->conf, f);
}

int pamd_read(const struct pamd_places *places, const char *service, struct pamd_stack *ret,
	      struct nsi_fail *f)
{
	struct parse p = {.places = places, .stack = ret};

	*ret = (struct pamd_stack){0};
	return places->dirs[0] ? pamd_parse_file(&p, service, f) : pamd_parse_conf(&p, service, f);
}
