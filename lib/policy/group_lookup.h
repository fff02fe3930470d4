/* SPDX-License-Identifier: MIT */
/* The groups that rules name, and their numbers */
#ifndef NSI_POLICY_GROUPS_H
#define NSI_POLICY_GROUPS_H

#include <stdbool.h>
#include <sys/types.h>

struct draft;

/* Positive outcomes of groups_find(). */
enum {
	GROUPS_UNKNOWN = 1, /* there is no such group */
	GROUPS_LAST = 2,    /* the look-up failed; the number is that of d->last */
	GROUPS_UNSURE = 3,  /* the look-up failed, and the number was not known before */
};

struct group_found {
	gid_t gid;
	bool is_local; /* /etc/group has it: no directory service is needed to know its members */
	int err;       /* GROUPS_LAST, GROUPS_UNSURE: the error of the look-up, as errno(3) */
};

/*
 * Asks the group database, once for each name.  "No such group" is what getgrnam_r(3) says by
 * 0 and no entry, and nothing else: of libnss-sss and libnss-ldapd, ENOENT is the word for a
 * daemon that does not answer.
 * Returns 0, one of the above, or -ENOMEM.
 */
int groups_find(struct draft *d, const char *name, struct group_found *ret);

/* Whether @low and @high are the same group, and /etc/group has it. */
bool groups_are_local(gid_t low, gid_t high);

/*
 * Asks the group database itself, in this process.  Returns 0 and the number, GROUPS_UNKNOWN, or
 * -errno.
 */
int groups_ask(const char *name, gid_t *ret);

/* Frees the names that were looked up. */
void groups_done(struct draft *d);

#endif /* NSI_POLICY_GROUPS_H */
