/* SPDX-License-Identifier: MIT */
/* The paths and names that a policy may contain */
#ifndef NSI_POLICY_PATHNAME_H
#define NSI_POLICY_PATHNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Absolute, shorter than PATH_MAX, no "//", ".", "..", and no "/" at its end (but for "/"). */
bool pathname_is_normal(const char *path);

/* One name within a directory: not empty, no "/", not "." or "..", at most NAME_MAX bytes. */
bool pathname_is_component(const char *name);

/* Whether normal path @path is @top or lies below it. */
bool pathname_is_within(const char *path, const char *top);

/*
 * Why no session may ever have a @path of its own, whatever the policy: the
 * system's programs, settings, devices, and the state in @rundir and @statedir.
 * Returns a clause that goes on after "cannot be private: ", or NULL.
 */
const char *pathname_denied(const char *path, const char *rundir, const char *statedir);

/* Results of pathname_inspect(). */
enum pathname_state {
	PATHNAME_GOOD,
	PATHNAME_MISSING, /* not there (yet) */
	PATHNAME_BAD,     /* somebody but root could move or replace it */
};

/*
 * Checks, with lstat(2), each component on the way to @path: a component that is
 * a symbolic link, not root's, or writable by others without the sticky bit lets
 * a user remove the mount or redirect it.  @why names the fault.
 */
enum pathname_state pathname_inspect(const char *path, char *why, size_t size);

#endif /* NSI_POLICY_PATHNAME_H */
