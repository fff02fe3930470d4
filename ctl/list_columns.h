/* SPDX-License-Identifier: MIT */
/* Columns of "list" and what stands in their cells */
#ifndef NSI_CTL_LIST_COLUMNS_H
#define NSI_CTL_LIST_COLUMNS_H

#include <stdbool.h>

#include "ctl/list.h"

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

#endif /* NSI_CTL_LIST_COLUMNS_H */
