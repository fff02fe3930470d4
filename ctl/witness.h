/* SPDX-License-Identifier: MIT */
/* Example accounts that a rule matches */
#ifndef NSI_CTL_WITNESS_H
#define NSI_CTL_WITNESS_H

#include <stdbool.h>

#include "ctl/person.h"
#include "policy/match.h"

struct pol_image;
struct pol_rule;

enum {
	WITNESS_MAX = 24
};

struct witness {
	struct person person;
	bool is_real; /* an account of this system */
};

struct witnesses {
	struct witness rows[WITNESS_MAX];
	unsigned count;
};

/*
 * Finds accounts that the lists "user", "uid" and "group" of @rule match: those that it
 * names, members of groups that it names, and where there is none of these, made-up ones
 * with ordinary numbers.  None for a rule that no account can match.  Asks the user
 * database; who cannot be looked up is left out.  witnesses_done() is due.
 */
void witnesses_find(const struct pol_image *image, const struct pol_rule *rule,
		    struct witnesses *ret);
void witnesses_done(struct witnesses *w);

/* A login of @p by @service, called by root, without terminal or host; points into @p. */
struct pol_login witness_login(const struct person *p, const char *service);

#endif /* NSI_CTL_WITNESS_H */
