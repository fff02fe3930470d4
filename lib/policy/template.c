/* SPDX-License-Identifier: MIT */
#include "policy/template.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

enum {
	LABEL_MAX_BYTES = 63, /* RFC 1123, 2.1 */
	HOST_MAX_BYTES = 64,  /* HOST_NAME_MAX of Linux: __NEW_UTS_LEN */
	EXPANDED_MAX = 4096,
};

enum word {
	WORD_USER,
	WORD_UID,
	WORD_GID,
	WORD_GROUP,
	WORD_HOST,
	WORD_SERVICE,
	WORD_HOME,
	WORD_JOB,
	WORD_MAX
};

static const char *const words[WORD_MAX] = {
	[WORD_USER] = "user",   [WORD_UID] = "uid",   [WORD_GID] = "gid",
	[WORD_GROUP] = "group", [WORD_HOST] = "host", [WORD_SERVICE] = "service",
	[WORD_HOME] = "home",   [WORD_JOB] = "job",
};

/* The text of one word; @num holds the digits of a number.  NULL: there is no such word. */
static const char *template_value(const char *name, size_t len, const struct template_values *v,
				  char num[static 16])
{
	int word = 0;

	while (word < WORD_MAX &&
	       (strlen(words[word]) != len || memcmp(words[word], name, len) != 0))
		word++;
	if (word == WORD_MAX)
		return NULL;
	if (!v)
		return "";
	if (word == WORD_UID || word == WORD_GID) {
		text_fmt(num, 16, "%u", word == WORD_UID ? v->uid : v->gid); /* 10 digits */
		return num;
	}
	switch (word) {
	case WORD_USER:
		return v->user ? v->user : "";
	case WORD_GROUP:
		return v->group ? v->group : "";
	case WORD_HOST:
		return v->host ? v->host : "";
	case WORD_SERVICE:
		return v->service ? v->service : "";
	case WORD_JOB:
		return v->job ? v->job : "";
	default:
		return v->home ? v->home : "";
	}
}

/*
 * Reads the element at @at: a plain character, or a "%" with its word.
 * Returns its length in characters of the template, or -EINVAL.
 */
static int template_next_piece(const char *at, const struct template_values *v, char num[static 16],
			       const char **ret, size_t *ret_len)
{
	const char *end, *text;

	if (at[0] != '%' || at[1] == '%') {
		*ret = at;
		*ret_len = 1;
		return at[0] == '%' ? 2 : 1;
	}
	end = at[1] == '{' ? strchr(at, '}') : NULL;
	if (!end)
		return -EINVAL;
	text = template_value(at + 2, (size_t)(end - at - 2), v, num);
	if (!text)
		return -EINVAL;
	*ret = text;
	*ret_len = strlen(text);
	return (int)(end - at) + 1;
}

/* @buf may be NULL, to check only. */
static int template_expand_all(const char *template, const struct template_values *v, char *buf,
			       size_t size)
{
	size_t used = 0;

	for (const char *at = template; *at;) {
		const char *piece;
		char num[16];
		size_t len;
		int step = template_next_piece(at, v, num, &piece, &len);

		if (step < 0)
			return step;
		at += step;
		if (!buf)
			continue;
		if (len >= size - used)
			return -ENAMETOOLONG;
		memcpy(buf + used, piece, len);
		used += len;
	}
	if (buf)
		buf[used] = '\0';
	return 0;
}

int template_expand(const char *template, const struct template_values *values, char *buf,
		    size_t size)
{
	int r;

	if (size == 0)
		return -ENAMETOOLONG;
	r = template_expand_all(template, values, buf, size);
	if (r < 0)
		buf[0] = '\0'; /* never a part of it: half a name is another name */
	return r;
}

int template_check(const char *template)
{
	return template_expand_all(template, NULL, NULL, 0);
}

/* Returns the character of a host name that stands for @c. */
static char template_host_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')
		return c;
	return '-';
}

/* Takes "-" and "." off the end: no label ends in the one, no name in the other. */
static size_t template_trim(const char *name, size_t len)
{
	while (len > 0 && (name[len - 1] == '-' || name[len - 1] == '.'))
		len--;
	return len;
}

/* Writes the host name that @text comes nearest to into @out; returns its length. */
static size_t template_make_host(const char *text, char out[static HOST_MAX_BYTES + 1])
{
	size_t used = 0, label = 0;

	for (; *text && used < HOST_MAX_BYTES; text++) {
		char c = template_host_char(*text);

		if (c == '.') {
			used = template_trim(out, used);
			if (used > 0)
				out[used++] = '.';
			label = 0;
		} else if (label < LABEL_MAX_BYTES && (c != '-' || label > 0)) {
			out[used++] = c;
			label++;
		}
	}
	used = template_trim(out, used);
	out[used] = '\0';
	return used;
}

int template_hostname(const char *template, const struct template_values *values, char *buf,
		      size_t size)
{
	char text[EXPANDED_MAX], host[HOST_MAX_BYTES + 1];
	size_t len;
	int r;

	r = template_expand(template, values, text, sizeof(text));
	if (r < 0)
		return r;
	len = template_make_host(text, host);
	if (len == 0)
		return -EINVAL;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, host, len + 1);
	return 0;
}
