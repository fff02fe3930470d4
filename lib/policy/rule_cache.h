/* SPDX-License-Identifier: MIT */
/* A cache of rules by login */
#ifndef NSI_RULE_CACHE_H
#define NSI_RULE_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pol_image;
struct pol_login;
struct pol_rule;

enum {
	RULE_CACHE_ENTRIES = 64,
	RULE_CACHE_TEXT = 512
};

/*
 * policy_match() tries rules in turn, which for 10,000 of them takes longer than the rest
 * of a login.  Its verdict depends only on the image and on the properties of the login, so
 * the last ones are cached with all their texts: a user chooses some of the texts, and could
 * make a mere hash collide.  Logins whose groups are known are not cached.
 */
struct rule_cache {
	struct rule_cache_entry {
		bool used;
		uid_t uid, caller_uid;
		gid_t gid;
		int verdict;
		uint32_t rule;
		uint32_t size;
		char text[RULE_CACHE_TEXT]; /* user, service, tty and rhost, each with its end */
	} entry[RULE_CACHE_ENTRIES];
};

/* As policy_match(), with the results of equal logins cached. */
int rule_cache_match(struct rule_cache *m, const struct pol_image *image,
		     const struct pol_login *login, const struct pol_rule **ret);

/* There is another image. */
void rule_cache_clear(struct rule_cache *m);

#endif /* NSI_RULE_CACHE_H */
