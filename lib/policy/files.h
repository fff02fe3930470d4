/* SPDX-License-Identifier: MIT */
/* The files of a configuration, their checks and their text */
#ifndef NSI_POLICY_FILES_H
#define NSI_POLICY_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/load.h"

struct draft;
struct nsi_fail;

enum {
	FILES_DROPINS_MAX = 64,
	FILES_SIZE_MAX = 2 << 20,  /* of one: 10,000 rules take about 1 MiB */
	FILES_TOTAL_MAX = 4 << 20, /* of all */
};

struct file {
	char *path; /* owned */
	bool is_main;
};

struct file_list {
	struct file *rows; /* owned */
	size_t count;
};

void files_done(struct file_list *list);

/* "x.conf" -> "x.d", "x" -> "x.d".  Returns 0 or -ENAMETOOLONG. */
int files_dropin_dir(const char *config, char *buf, size_t size);

/* Whether a file of this name in a drop-in directory is part of the configuration. */
bool files_is_dropin(const char *name);

/*
 * Finds the files in the order in which they are to be read, see load.h.
 * Errors go into the report of @d.  Returns 0 or -ENOMEM.
 */
int files_find(struct draft *d, const struct pol_sources *sources, unsigned flags,
	       struct file_list *ret);

/*
 * Reads a file into NUL-terminated memory that the caller frees, with a line end appended,
 * which @ret_size counts: one version of the file, never parts of two.
 * Returns 0 or -errno with the reason in @f.
 */
int files_read(const char *path, unsigned flags, char **ret, size_t *ret_size, struct nsi_fail *f);

#endif /* NSI_POLICY_FILES_H */
