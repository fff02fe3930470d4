/* SPDX-License-Identifier: MIT */
/* Private directories that are stored below the statedir */
#ifndef NSI_CTL_STORED_H
#define NSI_CTL_STORED_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "ctl/usage.h"
#include "instance/meta.h"

struct ctl;
struct nsi_fail;
struct pol_image;
struct view_list;

enum dirs_state {
	DIRS_LIVE,   /* a live set uses it */
	DIRS_STORED, /* none does, and it waits for the next login */
	DIRS_OVER,   /* its time is over: the next sweep takes it away */
};

struct stored_dir {
	char parent[64];         /* below the statedir: "u1000", "g5", "s0123abcd-7" */
	char name[NAME_MAX + 1]; /* below that */
	char path[NAME_MAX + 1]; /* that it stands in for: "/tmp" */
	char owner[300];         /* a user's name, escaped; else parent */
	char job[128];           /* of a job's, which is retained; "" for none */
	char policies[300];      /* that ask for it, separated by commas; "" for none */
	char kind;               /* 'u', 'g' or 's' */
	uint64_t number;         /* uid, number of the group or set */
	uint32_t uid; /* of whom a live set of kind 's' was built for; UINT32_MAX: not known */
	enum dirs_state state;
	bool has_meta;
	struct instance_meta meta;
	struct usage usage;
};

struct stored_dirs {
	struct stored_dir *rows; /* owned; in the order of parents and names */
	unsigned count;
};

/*
 * Finds what is stored, of all owners.  @sets are all sets, dead ones too; @image may be NULL, and
 * then no policy asks for anything.  Sizes are left to dirs_measure().  No statedir is no directory.
 * Returns 0 or -errno.
 */
int dirs_find(const struct ctl *ctl, const struct view_list *sets, const struct pol_image *image,
	      struct stored_dirs *ret, struct nsi_fail *f);
void dirs_done(struct stored_dirs *dirs);

/* Counts what is in it, as far as that is quick. */
void dirs_measure(const struct ctl *ctl, struct stored_dir *dir);

/* When it is over by its age, in seconds since the epoch; 0 if age does not end it. */
uint64_t dirs_ends(const struct stored_dir *dir);

/* "live", "stored", "over". */
const char *dirs_state_word(enum dirs_state state);

#endif /* NSI_CTL_STORED_H */
