/* SPDX-License-Identifier: MIT */
/* The switch that turns isolation off */
#ifndef NSI_LOGIN_OFF_H
#define NSI_LOGIN_OFF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * DOC: the way out when nobody can log in
 *
 * A regular file <rundir>/disabled of root that nobody else may write, or the word
 * "nsisolate=off" on the kernel's command line, switches isolation off for all
 * logins that come after.  Both take root, or the boot loader.  It is asked before
 * any rule, and by the module itself where no helper is to be had; every login that
 * it lets through is logged as a warning.
 */
#define OFF_FILE "disabled"
#define OFF_WORD "nsisolate=off"

/* Whether the kernel was started with the word. */
bool off_by_kernel(void);

/*
 * Asks both, by the path of the rundir, which must be root's alone on all its way.
 * If so, writes one sentence that says which it is into @why and returns true.
 */
bool off_is_set(const char *rundir, char *why, size_t size);

/*
 * As off_is_set(), for a caller that has the rundir open (a negative @run_fd: no file), and has
 * called off_by_kernel() once, as the command line does not change.
 */
bool off_is_set_at(int run_fd, bool by_kernel, const char *rundir, char *why, size_t size);

#endif /* NSI_LOGIN_OFF_H */
