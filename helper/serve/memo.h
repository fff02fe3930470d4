/* SPDX-License-Identifier: MIT */
/* A cache of rules by login */
#ifndef NSI_MEMO_H
#define NSI_MEMO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pol_image;
struct pol_login;
struct pol_rule;

enum {
	MEMO_ENTRIES = 64,
	MEMO_TEXT = 512
};

/*
 * policy_match() tries rules in turn, which for 10,000 of them takes longer than the rest
 * of a login.  Its verdict depends only on the image and on the properties of the login, so
 * the last ones are cached with all their texts: a user chooses some of the texts, and could
 * make a mere hash collide.  Logins whose groups are known are not cached.
 */
struct memo {
	struct memo_entry {
		bool used;
		uid_t uid, caller_uid;
		gid_t gid;
		int verdict;
		uint32_t rule;
		uint32_t size;
		char text[MEMO_TEXT]; /* user, service, tty and rhost, each with its end */
	} entry[MEMO_ENTRIES];
};

/* As policy_match(), with the results of equal logins cached. */
int memo_match(struct memo *m, const struct pol_image *image, const struct pol_login *login,
	       const struct pol_rule **ret);

/* There is another image. */
void memo_clear(struct memo *m);

#endif /* NSI_MEMO_H */
