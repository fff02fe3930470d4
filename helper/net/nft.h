/* SPDX-License-Identifier: MIT */
/* Programs of other packages, run with a clean environment */
#ifndef NSI_NET_RUN_H
#define NSI_NET_RUN_H

#include <stddef.h>

struct nsi_fail;

/*
 * Has nft(8) load @text as its ruleset, in the network namespace of the caller; all of
 * it or nothing.  Its complaint is in @f, behind @what.  It gets a fixed
 * environment, no descriptor of ours, and CAP_NET_ADMIN alone (see priv.h).
 * Returns 0 or -errno.
 */
int run_nft(const char *text, size_t size, const char *what, struct nsi_fail *f);

/*
 * Runs @argv, with @text as its standard input, until it ends.  Returns 0 if it says
 * so, or -errno with the first line of its standard error in @f.
 */
int run_program(const char *const argv[], const char *text, size_t size, const char *what,
		struct nsi_fail *f);

#endif /* NSI_NET_RUN_H */
