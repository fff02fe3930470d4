/* SPDX-License-Identifier: MIT */
/* The drop-in that "enable" and "disable" write */
#ifndef NSI_CTL_ENABLED_H
#define NSI_CTL_ENABLED_H

#include <limits.h>
#include <stddef.h>

struct ctl;
struct nsi_fail;

/* Its name; it is read before other drop-ins, and its rules come before those of all other files. */
#define ENABLED_FILE "00-enabled.conf"

/* A rule for one user. */
struct enabled_row {
	char *user;   /* owned */
	char *policy; /* owned; NULL: not isolated */
};

struct enabled {
	struct enabled_row *rows; /* owned */
	size_t count;
	char dir[PATH_MAX];  /* the directory of drop-ins */
	char path[PATH_MAX]; /* the file in it */
};

/*
 * Reads the drop-in of the configuration of @ctl; none is no rows.  Returns 0; -EINVAL for a file
 * that has something in it that the command has not written; or another -errno.
 */
int enabled_read(const struct ctl *ctl, struct enabled *ret, struct nsi_fail *f);
void enabled_done(struct enabled *e);

/* Sets the row of @user; @policy is NULL for "not isolated".  Returns 0 or -ENOMEM. */
int enabled_set(struct enabled *e, const char *user, const char *policy);

/* Removes the row of @user.  Returns whether there was one. */
int enabled_remove(struct enabled *e, const char *user);

/*
 * Opens the directory of drop-ins, which is made if it is not there, with a lock that is held until
 * the descriptor is closed: one change at a time.  Returns a descriptor or -errno.
 */
int enabled_lock(const struct enabled *e, struct nsi_fail *f);

/*
 * Puts the rows into the file: writes a draft, loads the configuration with it, and renames it into
 * place if there is no error; without rows, removes the file instead.  @dir is enabled_lock()'s.
 * Returns 0; -EINVAL with the errors reported on standard error and nothing changed; or another -errno.
 */
int enabled_write(const struct ctl *ctl, const struct enabled *e, int dir, struct nsi_fail *f);

#endif /* NSI_CTL_ENABLED_H */
