/* SPDX-License-Identifier: MIT */
/* Lines of sudoers(5) that hold on hosts of certain names alone. */
#ifndef NSI_CTL_SUDOERS_H
#define NSI_CTL_SUDOERS_H

typedef void (*sudoers_fn)(void *arg, const char *file, unsigned line, const char *host);

/*
 * Calls @each for the first such line of @path and of every file that it includes: a rule or
 * "Defaults@" that names a host, an alias of hosts or a netgroup.  ALL and addresses are
 * no names.  Files that cannot be read are skipped: sudo(8) reports them itself.
 */
void sudoers_find_hosts(const char *path, sudoers_fn each, void *arg);

#endif /* NSI_CTL_SUDOERS_H */
