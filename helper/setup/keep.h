/* SPDX-License-Identifier: MIT */
/* The entries of the host's directory that stay visible in a private one */
#ifndef NSI_SETUP_KEEP_H
#define NSI_SETUP_KEEP_H

struct setup_report;

/*
 * Takes a copy of the mount of @name below @host_dir, before that is covered, if it is to be
 * trusted: see view/keep_place.h; @users as there.
 * Returns a detached mount, SETUP_KEEP_NONE if there is none to take (why: in the warnings of
 * @report unless it is just not there), or -errno.
 */
enum {
	SETUP_KEEP_NONE = -1000000
};
int setup_keep_take(int host_dir, const char *name, const char *users, struct setup_report *report);

/* Attaches it as @name below @instance, the root of an attached instance.  Returns 0 or -errno. */
int setup_keep_attach(int kept_mount, int instance, const char *name, struct setup_report *report);

#endif /* NSI_SETUP_KEEP_H */
