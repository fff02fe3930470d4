/* SPDX-License-Identifier: MIT */
/* The verbs of the command, and the options that they share */
#ifndef NSI_CTL_H
#define NSI_CTL_H

#include <stdbool.h>

/* The exit codes; nsisolate(8) has them. */
enum {
	CTL_OK = 0,
	CTL_REFUSED = 1, /* or invalid */
	CTL_USAGE = 2,
	CTL_NOT_FOUND = 3,
	CTL_NOT_PERMITTED = 4,
	CTL_SYSTEM = 5,
	CTL_CANNOT_EXEC = 126, /* a command that is there and cannot be run ... */
	CTL_NO_COMMAND = 127,  /* ... and one that is not, as shells have it */
};

/* All options; a verb accepts those that its row of the table names. */
struct ctl {
	const char *config;
	const char *rundir;
	const char *statedir;
	const char *service;
	const char *tty;
	const char *rhost;
	const char *from_user;
	const char *job;
	const char *image;
	const char *columns;
	const char *pamdir;
	const char *policy;
	const char *pid;
	const char *sort;
	const char *filter;
	char **operands; /* behind the verb; NULL is the last one */
	bool json;
	bool noheadings;
	bool strict;
	bool root;
	bool force;
	bool dry_run;
	bool adopt;
	bool watch;
	bool all;
	bool stale;
	bool remove;
	bool undo;
};

/* The name of the PAM service without --service. */
#define CTL_SERVICE "login"

/* The verbs, which return an exit code. */
int check_verb(const struct ctl *ctl);
int edit_verb(const struct ctl *ctl);
int show_verb(const struct ctl *ctl);
int status_verb(const struct ctl *ctl);
int why_verb(const struct ctl *ctl);
int list_verb(const struct ctl *ctl);
int matrix_verb(const struct ctl *ctl);
int run_verb(const struct ctl *ctl);
int enter_verb(const struct ctl *ctl);
int close_verb(const struct ctl *ctl);
int refresh_verb(const struct ctl *ctl);
int gc_verb(const struct ctl *ctl);
int convert_verb(const struct ctl *ctl);
int dirs_verb(const struct ctl *ctl);
int metrics_verb(const struct ctl *ctl);
int copy_verb(const struct ctl *ctl);
int enable_verb(const struct ctl *ctl);
int disable_verb(const struct ctl *ctl);
int list_enabled_verb(const struct ctl *ctl);
int doctor_verb(const struct ctl *ctl);

#endif /* NSI_CTL_H */
