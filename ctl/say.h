/* SPDX-License-Identifier: MIT */
/* Messages of the command to its user */
#ifndef NSI_CTL_SAY_H
#define NSI_CTL_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* "90s", "10m", "2h", "30d", as a policy would have it; returns @buf. */
const char *say_span(char buf[24], uint64_t seconds);

#endif /* NSI_CTL_SAY_H */
