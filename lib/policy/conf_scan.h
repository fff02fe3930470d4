/* SPDX-License-Identifier: MIT */
/* A check of a file's text before libconfig reads it */
#ifndef NSI_POLICY_SCAN_H
#define NSI_POLICY_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/image.h"

struct draft;

/*
 * DOC: why a text is scanned before it is parsed
 *
 * libconfig 1.5 opens the files that "@include" names, wherever they are; takes
 * time that grows with the square of the keys in one group (60,000 keys: 39 s);
 * drops a "\x00" from a string without a word; and stops at the first error.  The
 * scanner knows the same tokens, comments and strings, refuses what must not reach
 * libconfig, and counts.  A text that it accepts is parsed within milliseconds.
 */
enum {
	SCAN_DEPTH_MAX = 8,       /* of brackets within brackets; policies need 5 */
	SCAN_KEYS_MAX = 64,       /* in one group ... */
	SCAN_POLICIES_MAX = 1024, /* ... but a group at the top, such as policies */
	SCAN_STRING_MAX = 4096,   /* bytes between two quotes */
};

/*
 * Checks @text of @size bytes, NUL-terminated, and reports all errors.
 * Returns 0, or -EINVAL if there was an error.
 */
int scan_text(struct draft *d, pol_str file, const char *text, size_t size);

/*
 * DOC: why groups are emptied
 *
 * libconfig stops at the first syntax error and reports its line.  The innermost
 * group in braces there (a rule, a directory, a policy) is then emptied, and the
 * text is parsed again, so that one pass reports the errors of all other groups.
 * No policy is made of such a text; it only serves to find errors.
 */
enum {
	RECOVER_TIMES_MAX = 16 /* a parse of the largest file takes a tenth of a second */
};

/*
 * Empties the innermost groups of @text that touch @line; lines stay where they are.
 * With @further, groups that are empty already did not help, and those around them
 * are next.  Returns how many it found; @ret_top says whether one of them was at the
 * top, such as all policies.
 */
unsigned recover_empty(char *text, size_t size, unsigned line, bool further, bool *ret_top);

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

#endif /* NSI_POLICY_SCAN_H */
