/* SPDX-License-Identifier: MIT */
/* The files of a user that are copied into the set */
#ifndef NSI_IMPORT_FILES_H
#define NSI_IMPORT_FILES_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "state/record.h"

struct setup_plan;
struct nsi_fail;

/*
 * DOC: two steps
 *
 * A login that is refused must not have lost its ticket.  So the files are copied before the
 * login is let in, when the set is complete, and the originals are removed once it is inside.
 * Whatever goes wrong in between leaves the originals, and at worst a copy in the set.
 *
 * Names in a world-writable directory are anybody's to make.  A file is looked at with
 * fstatat(2) and opened only if it is the user's own; how many are moved, and how long it is
 * looked for them, is bounded: a login waits for this.
 */
enum {
	IMPORT_FILES_MAX = 64,
	IMPORT_BYTES_MAX = 16 << 20, /* of one file */
	IMPORT_TOTAL_MAX = 64 << 20,
	IMPORT_SECONDS = 2,
};

/* A file that was copied. */
struct import_file {
	int from; /* the host's directory; of struct import */
	dev_t dev;
	ino_t ino;
	struct timespec ctime; /* when it was copied; a later one means another content */
	char name[NAME_MAX + 1];
};

struct import {
	uint64_t end_us; /* of clock_now_us() */
	uint64_t bytes;  /* yet to be had */
	unsigned lines;  /* of the log, yet to be had */
	unsigned count;
	struct import_file files[IMPORT_FILES_MAX];
};

/*
 * Copies what the login has put into the host's directories and "import" or "copy" of the policy names
 * into the set of @anchor_pidfd.  For a child of its own, which moves into the set, with the
 * helper's capabilities effective.  A file that cannot be copied is left and logged, for it
 * must not be in a user's hands whether a login succeeds.
 * Fills in @ret, whose descriptors stay open as long as the child lives.  Returns 0, or
 * -errno if it could not look.
 */
int import_copy(const struct setup_plan *plan, int anchor_pidfd, struct import *ret,
		struct nsi_fail *f);

/* Removes the originals of what was copied, unless they have changed since. */
void import_remove(const struct import *import);

#endif /* NSI_IMPORT_FILES_H */
