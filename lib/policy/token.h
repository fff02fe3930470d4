/* SPDX-License-Identifier: MIT */
/* The tokens of a configuration file */
#ifndef NSI_POLICY_TOKEN_H
#define NSI_POLICY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum token_type {
	TOKEN_END,
	TOKEN_COMMENT, /* open: the one in the style of C has no end */
	TOKEN_STRING,  /* with its quotes; open: the line ends within it */
	TOKEN_WORD,    /* letters, digits and - _ * + . */
	TOKEN_MARK,    /* one of = : , ; ( ) [ ] { } */
	TOKEN_STRAY,   /* one byte that cannot stand anywhere */
};

struct token {
	enum token_type type;
	const char *at;
	size_t size;
	unsigned line; /* in which it starts */
	bool is_open;  /* it lacks its end */
};

/* Where the next token is read. */
struct tokens {
	const char *at, *end;
	unsigned line;
};

/* The next token of a text that is terminated behind t->end; white space is left out. */
struct token token_next(struct tokens *t);

#endif /* NSI_POLICY_TOKEN_H */
