/* SPDX-License-Identifier: MIT */
/* The paths and names that a policy may contain */
#ifndef NSI_POLICY_PATHNAME_H
#define NSI_POLICY_PATHNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Whether @path is absolute, shorter than PATH_MAX, and has no "//", ".", ".." or final "/". */
bool pathname_is_normal(const char *path);

/*
 * Makes an absolute @path that an account source has given as normal as it can be without looking at files:
 * without "//", "." and a final "/".  ".." stays, as does a path that is not absolute.
 */
void pathname_simplify(char *path);

/* Whether @name is one component: not empty, no "/", not "." or "..", at most NAME_MAX bytes. */
bool pathname_is_component(const char *name);

/* Whether normal path @path is @top or lies below it. */
bool pathname_is_within(const char *path, const char *top);

/*
 * Checks for paths that no policy may make private: the system's programs,
 * settings and devices, and the state in @rundir and @statedir.
 * Returns the reason, a static clause to follow "cannot be private: ", or NULL.
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
