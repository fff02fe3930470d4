/* SPDX-License-Identifier: MIT */
/* The table of verbs and options */
#ifndef NSI_CTL_VERBS_H
#define NSI_CTL_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/ctl.h"

enum ctl_option {
	O_CONFIG,
	O_RUNDIR,
	O_STATEDIR,
	O_JSON,
	O_COLUMNS,
	O_NOHEADINGS,
	O_STRICT,
	O_SERVICE,
	O_TTY,
	O_RHOST,
	O_FROM_USER,
	O_JOB,
	O_IMAGE,
	O_ROOT,
	O_FORCE,
	O_DRY_RUN,
	O_PAMDIR,
	O_ADOPT,
	O_POLICY,
	O_PID,
	O_SORT,
	O_FILTER,
	O_WATCH,
	O_ALL,
	O_STALE,
	O_REMOVE,
	O_UNDO,
	O_HELP,
	O_VERSION,
	O_MAX,
};

#define option_bit(o) (UINT32_C(1) << (o))

struct option_row {
	const char *name;
	const char *value; /* its name in the help; NULL for a flag */
	const char *help;
	size_t offset; /* in struct ctl */
	char brief;    /* one letter that means the same, or 0 */
};

struct verb {
	const char *name;
	const char *operands; /* as the synopsis has them */
	const char *help;     /* one line */
	int (*run)(const struct ctl *ctl);
	uint32_t options; /* option_bit() of each */
	int least, most;  /* operands */
	bool is_command;  /* a command with its own options follows the first operand */
};

extern const struct option_row option_rows[O_MAX];
extern const struct verb verbs[];
extern const size_t verb_count;

/* The options that every verb takes. */
#define OPTIONS_GLOBAL \
	(option_bit(O_CONFIG) | option_bit(O_RUNDIR) | option_bit(O_STATEDIR) | option_bit(O_HELP))

/* The verb @name, or NULL. */
const struct verb *verb_find(const char *name);

/* Print the usage of the command, or of a verb: whole on stdout, one line on stderr.  Return an exit code. */
int usage_of_all(FILE *to);
int usage_of_verb(FILE *to, const struct verb *verb);

/* Where options end, unless "--" says so before. */
enum options_end {
	OPTIONS_ANYWHERE, /* nowhere: they may stand among the operands */
	OPTIONS_FIRST,    /* at the first operand */
	OPTIONS_COMMAND,  /* at the second one: it is a command, with options of its own */
};

/*
 * Moves the options of @allowed from @argv into @ctl.  Returns the number of operands,
 * which are then at the start of @argv with NULL behind them; or -1 after a wrong option
 * was reported on stderr.  *@seen gets the option_bit() of each given option.
 */
int options_take(struct ctl *ctl, uint32_t allowed, enum options_end end, int argc, char **argv,
		 uint32_t *seen);

#endif /* NSI_CTL_VERBS_H */
