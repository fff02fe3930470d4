/* SPDX-License-Identifier: MIT */
/* Recovery of the rest of a file after a syntax error */
#ifndef NSI_POLICY_RECOVER_H
#define NSI_POLICY_RECOVER_H

#include <stdbool.h>
#include <stddef.h>

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

#endif /* NSI_POLICY_RECOVER_H */
