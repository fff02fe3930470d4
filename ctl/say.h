/* SPDX-License-Identifier: MIT */
/* Messages of the command to its user */
#ifndef NSI_CTL_SAY_H
#define NSI_CTL_SAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct libscols_table;
struct nsi_fail;

/* "nsisolate: ..." on stderr. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints f->what on stderr.  Returns the exit code for @err. */
int say_fail(int err, const struct nsi_fail *f);

/* Prints that a verb needs root.  Returns CTL_NOT_PERMITTED. */
int say_need_root(const char *verb);

/* Whether @to is a terminal with colours, and NO_COLOR is not set. */
bool say_has_colour(FILE *to);

/* One line of progress on stderr, over the last one; nothing where that is no terminal. */
void say_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Takes the line of progress away. */
void say_progress_end(void);

/* "512", "4.0K", "1.5G"; returns @buf. */
const char *say_size(char buf[16], uint64_t bytes);

/* "2026-11-22 11:04" of seconds since the epoch, in local time; returns @buf. */
const char *say_time(char buf[32], uint64_t seconds);

/* Makes {"version": 1}, with which every answer starts; the caller's.  NULL without memory. */
json_t *json_answer(void);

/* Makes a string; bytes that are not UTF-8 become \\xNN.  NULL without memory. */
json_t *json_text(const char *text);

/* Make a number, or null for one that is not known, or that is 0.  NULL without memory. */
json_t *json_number(bool is_known, uint64_t n);
json_t *json_count(uint64_t n);

/* Prints @answer, or reports an error, and frees it.  Returns an exit code. */
int json_print(json_t *answer);

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

/*
 * Prints the table and frees it; @r, if it is not 0, says that making it has failed, as it has if it is NULL.  Returns an
 * exit code, after the failure was reported.
 */
int grid_print(struct libscols_table *t, int r);

#endif /* NSI_CTL_SAY_H */
