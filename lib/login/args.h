/* SPDX-License-Identifier: MIT */
/* The arguments of the module's line in /etc/pam.d */
#ifndef NSI_LOGIN_ARGS_H
#define NSI_LOGIN_ARGS_H

#include <stdbool.h>

struct nsi_fail;

struct module_args {
	const char *config;
	const char *rundir;
	const char *statedir;
	const char *helper;
	unsigned timeout; /* seconds for the whole hook */
	bool allow;       /* on_error=allow */
	bool isolate_root;
	bool debug;
	bool only_open;  /* the line is for pam_open_session(3) alone ... */
	bool only_close; /* ... or for pam_close_session(3) alone */
};

/*
 * Fills @ret from the module's arguments; strings point into @argv.  An argument
 * that is unknown, doubled or malformed is an error, as it may be a misspelt
 * restriction.  Returns 0, or -EINVAL with a sentence about the first one in @f; then @ret has
 * all the others, by which root and the way out (login/off.h) are still known.
 */
int args_parse(int argc, const char **argv, struct module_args *ret, struct nsi_fail *f);

#endif /* NSI_LOGIN_ARGS_H */
