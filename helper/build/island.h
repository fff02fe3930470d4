/* SPDX-License-Identifier: MIT */
/* The entries of the host's directory that stay visible in a private one */
#ifndef NSI_ISLAND_H
#define NSI_ISLAND_H

struct build_report;

/*
 * Takes a copy of the mount of @name below @host_dir, before that is covered, if it is to be
 * trusted: see view/kept.h; @users as there.
 * Returns a detached mount, ISLAND_NONE if there is none to take (why: in the warnings of
 * @report unless it is just not there), or -errno.
 */
enum {
	ISLAND_NONE = -1000000
};
int island_take(int host_dir, const char *name, const char *users, struct build_report *report);

/* Attaches it as @name below @instance, the root of an attached instance.  Returns 0 or -errno. */
int island_attach(int island, int instance, const char *name, struct build_report *report);

#endif /* NSI_ISLAND_H */
