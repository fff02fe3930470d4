/* SPDX-License-Identifier: MIT */
/* A set, as "list" shows it */
#ifndef NSI_CTL_LIST_H
#define NSI_CTL_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/sets.h"
#include "ctl/usage.h"

struct in_force;

/* A set with what its directories hold, and its network. */
struct listing {
	const struct view *view;
	struct usage usage[RECORD_DIRS];
	struct net_record network;
	struct limits limits;
	bool is_stale; /* its policy has changed since, or is gone, or it was refreshed */
};

enum {
	LIST_CELL_SIZE = 1024
};

/*
 * Writes the cell of @row in the column @name, one with a single value per set, to @buf of
 * LIST_CELL_SIZE.  Returns 0, or -ENOENT for an unknown column.
 */
int list_cell(const struct listing *row, const char *name, char *buf);

/* Whether there is such a column. */
bool list_has_cell(const char *name);

/*
 * Filters and sorts @rows by @operand (NULL: all) and the options of @ctl.  Returns an exit code;
 * errors are reported.
 */
struct ctl;
int list_select(const struct ctl *ctl, const char *operand, struct listing *rows, unsigned *count);

/* The answer of "list --json". */
/* Prints the sets as JSON; @in_force is NULL if it is unknown.  Returns an exit code. */
/* @fingerprint is that of the policy as it would be read now; 0: it cannot be used. */
int list_print_json(const struct listing *rows, unsigned count, const struct in_force *in_force,
		    uint64_t fingerprint);

/* One table of the columns named in @columns.  Returns an exit code. */
int list_print_columns(const struct listing *rows, unsigned count, const char *columns,
		       bool headings);

/* The names of all columns, separated by commas. */
void list_print_column_names(FILE *to);

/* How a directory is kept: the word of a policy; "" for one of a later version. */
const char *list_method(const struct record_dir *dir);

/* The tables for people: sets, sessions, directories.  Returns an exit code. */
int list_print_tables(const struct listing *rows, unsigned count, bool headings);

/* The subject of a row: a set, with one session (else NULL) or one directory (else -1). */
struct subject {
	const struct listing *of;
	const struct session_record *session;
	int dir;
};

enum column_about {
	ABOUT_SET,
	ABOUT_SESSION,
	ABOUT_DIR
};

struct column {
	const char *name;
	enum column_about about; /* a row for each of those */
	bool is_right;
	void (*fill)(const struct subject *s, int arg, char *buf);
	int arg;
};

/* Gets column @i of all columns.  Returns false behind the last one. */
bool column_get(unsigned i, struct column *ret);

/* Gets the column @name; capitals do not count.  Returns false if there is none. */
bool column_find(const char *name, struct column *ret);

#endif /* NSI_CTL_LIST_H */
