/* SPDX-License-Identifier: MIT */
/* The printing of tables */
#ifndef NSI_CTL_GRID_H
#define NSI_CTL_GRID_H

#include <stdbool.h>

struct libscols_table;

struct grid_column {
	const char *name;
	bool is_right;   /* aligned so: numbers */
	bool is_wrapped; /* where a terminal is too narrow */
};

/* Makes a table for stdout with @count columns; grid_print() frees it.  NULL without memory. */
struct libscols_table *grid_new(const struct grid_column *columns, unsigned count, bool headings);

/*
 * Adds a row.  Cells are copied; NULL is an empty one, which prints as "-" so that
 * columns can be counted.  @dim (or NULL) says which are of less interest.
 * Returns 0 or -ENOMEM.
 */
int grid_row(struct libscols_table *t, const char *const *cells, unsigned count, const bool *dim);

/* Prints the table and frees it.  Returns 0 or -errno. */
int grid_print(struct libscols_table *t);

#endif /* NSI_CTL_GRID_H */
