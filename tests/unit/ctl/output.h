/* SPDX-License-Identifier: MIT */
/* Standard output and standard error of a function of the command */
#ifndef NSI_TEST_OUTPUT_H
#define NSI_TEST_OUTPUT_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "tests/unit/test.h"

struct output {
	char out[65536];
	char err[8192];
	int saved[2], files[2];
};

/* Standard output and standard error go into @o from here on. */
static inline void output_begin(struct output *o)
{
	(void)fflush(NULL);
	for (int i = 0; i < 2; i++) {
		o->files[i] = memfd_create("output", MFD_CLOEXEC);
		o->saved[i] = dup(1 + i);
		assert_true(o->files[i] >= 0 && o->saved[i] >= 0);
		assert_int_equal(dup2(o->files[i], 1 + i), 1 + i);
	}
}

static inline void output_read(int file, char *buf, size_t size)
{
	ssize_t n = pread(file, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	(void)close(file);
}

/* They go where they went before. */
static inline void output_end(struct output *o)
{
	(void)fflush(NULL);
	for (int i = 0; i < 2; i++) {
		(void)dup2(o->saved[i], 1 + i);
		(void)close(o->saved[i]);
	}
	output_read(o->files[0], o->out, sizeof(o->out));
	output_read(o->files[1], o->err, sizeof(o->err));
}

/* Calls a verb.  Returns its exit code, with what it has printed in @o. */
static inline int output_of(struct output *o, int (*verb)(const struct ctl *ctl),
			    const struct ctl *ctl)
{
	int code;

	output_begin(o);
	code = verb(ctl);
	output_end(o);
	return code;
}

/* The text of a table with one blank between its cells and none at the ends of lines; how wide a cell is, libsmartcols decides. */
static inline const char *output_cells(struct output *o)
{
	char *to = o->out;

	for (const char *at = o->out; *at; at++) {
		bool is_end = to == o->out || to[-1] == '\n' || at[1] == '\n' || at[1] == '\0';

		if (*at == ' ' && (is_end || at[1] == ' '))
			continue;
		*to++ = *at;
	}
	*to = '\0';
	return o->out;
}

static inline void expect_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* The value at @path in the JSON that was printed ("sets.0.user"), in compact form, or "nothing". */
static inline const char *output_json(const struct output *o, const char *path)
{
	static char buf[4096];
	char copy[200], *save = NULL;
	json_t *answer = json_loads(o->out, 0, NULL), *at = answer;

	if (!answer)
		fail_msg("this is no JSON:\n%s", o->out);
	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *word = strtok_r(copy, ".", &save); word; word = strtok_r(NULL, ".", &save))
		at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10))
				       : json_object_get(at, word);
	(void)snprintf(buf, sizeof(buf), "nothing");
	if (at)
		buf[json_dumpb(at, buf, sizeof(buf) - 1, JSON_COMPACT | JSON_ENCODE_ANY)] = '\0';
	json_decref(answer);
	return buf;
}

static inline void expect_json(const struct output *o, const char *path, const char *value)
{
	if (strcmp(output_json(o, path), value) != 0)
		fail_msg("%s is %s, not %s", path, output_json(o, path), value);
}

#endif /* NSI_TEST_OUTPUT_H */
