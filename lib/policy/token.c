/* SPDX-License-Identifier: MIT */
/* The tokens of a configuration file */
#include "policy/conf_scan.h"

#include <string.h>

static bool token_is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '*' || c == '+' || c == '.';
}

static void token_skip_space(struct tokens *t)
{
	for (; t->at < t->end && *t->at != '\0' && strchr(" \t\r\n", *t->at); t->at++)
		t->line += *t->at == '\n';
}

static void token_take_line_comment(struct tokens *t)
{
	const char *newline = memchr(t->at, '\n', (size_t)(t->end - t->at));

	t->at = newline ? newline : t->end;
}

static void token_take_block_comment(struct tokens *t, struct token *ret)
{
	for (t->at += 2; t->at < t->end; t->at++) {
		if (t->at[0] == '*' && t->at[1] == '/') {
			t->at += 2;
			return;
		}
		t->line += *t->at == '\n';
	}
	t->at = t->end; /* of two characters at the end of the text, "/" and "*" */
	ret->is_open = true;
}

static void token_take_string(struct tokens *t, struct token *ret)
{
	for (t->at++; t->at < t->end && *t->at != '"' && *t->at != '\n'; t->at++)
		t->at += *t->at == '\\' && t->at + 1 < t->end && t->at[1] != '\n';
	ret->is_open = t->at >= t->end || *t->at == '\n';
	t->at += !ret->is_open;
}

struct token token_next(struct tokens *t)
{
	struct token ret = {.type = TOKEN_END};

	token_skip_space(t);
	ret.at = t->at;
	ret.line = t->line;
	if (t->at >= t->end)
		return ret;
	if (*t->at == '#' || (*t->at == '/' && t->at[1] == '/')) {
		ret.type = TOKEN_COMMENT;
		token_take_line_comment(t);
	} else if (*t->at == '/' && t->at[1] == '*') {
		ret.type = TOKEN_COMMENT;
		token_take_block_comment(t, &ret);
	} else if (*t->at == '"') {
		ret.type = TOKEN_STRING;
		token_take_string(t, &ret);
	} else if (token_is_word_char(*t->at)) {
		ret.type = TOKEN_WORD;
		while (t->at < t->end && token_is_word_char(*t->at))
			t->at++;
	} else {
		ret.type =
			*t->at != '\0' && strchr("=:,;()[]{}", *t->at) ? TOKEN_MARK : TOKEN_STRAY;
		t->at++;
	}
	ret.size = (size_t)(t->at - ret.at);
	return ret;
}
