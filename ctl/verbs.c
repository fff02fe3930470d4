/* SPDX-License-Identifier: MIT */
#include "ctl/verbs.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/list.h"

#define LOGIN \
	(option_bit(O_SERVICE) | option_bit(O_TTY) | option_bit(O_RHOST) | option_bit(O_FROM_USER))
#define LIST                                                                                    \
	(option_bit(O_JSON) | option_bit(O_COLUMNS) | option_bit(O_NOHEADINGS) |                \
	 option_bit(O_POLICY) | option_bit(O_PID) | option_bit(O_SORT) | option_bit(O_FILTER) | \
	 option_bit(O_WATCH))

const struct verb verbs[] = {
	{"check", "[FILE...]", "check the policy and print its errors", check_verb,
	 option_bit(O_STRICT) | option_bit(O_JSON) | option_bit(O_IMAGE), 0, 1000, false},
	{"edit", "[FILE]", "edit the policy, and install it if it is valid", edit_verb,
	 option_bit(O_STRICT), 0, 1, false},
	{"show", "[USER]", "show what a login of USER would get, and why", show_verb,
	 LOGIN | option_bit(O_JSON) | option_bit(O_ALL), 0, 1, false},
	{"enable", "USER [POLICY]", "isolate USER, whatever the other rules say", enable_verb,
	 option_bit(O_UNDO), 1, 2, false},
	{"disable", "USER", "do not isolate USER, whatever the other rules say", disable_verb,
	 option_bit(O_UNDO), 1, 1, false},
	{"list-enabled", "", "list the users of enable and disable", list_enabled_verb,
	 option_bit(O_JSON) | option_bit(O_NOHEADINGS), 0, 0, false},
	{"status", "", "show whether all is well", status_verb, option_bit(O_JSON), 0, 0, false},
	{"metrics", "", "print the data of status as OpenMetrics text", metrics_verb, 0, 0, 0,
	 false},
	{"why", "USER", "show the last decisions about logins of USER", why_verb,
	 option_bit(O_JSON), 1, 1, false},
	{"list", "[USER|SET]", "list live sets, their sessions and directories", list_verb, LIST, 0,
	 1, false},
	{"dirs", "[USER [DIRECTORY]]", "list private directories that are kept on disk", dirs_verb,
	 option_bit(O_JSON) | option_bit(O_NOHEADINGS) | option_bit(O_REMOVE), 0, 2, false},
	{"matrix", "", "show who shares which namespace", matrix_verb,
	 option_bit(O_NOHEADINGS) | option_bit(O_JSON), 0, 0, false},
	{"run", "USER [--] [CMD...]", "run CMD as USER in a session of its own", run_verb,
	 LOGIN | option_bit(O_JOB), 1, 1000, true},
	{"enter", "USER|SET [--] [CMD...]", "run CMD in a live set", enter_verb, option_bit(O_ROOT),
	 1, 1000, true},
	{"copy", "SOURCE TARGET", "copy files out of a set (USER:/PATH), or into it", copy_verb, 0,
	 2, 2, false},
	{"close", "[USER|SET]", "end a set", close_verb,
	 option_bit(O_FORCE) | option_bit(O_ALL) | option_bit(O_STALE), 0, 1, false},
	{"refresh", "USER|SET", "give later logins a new set", refresh_verb, 0, 1, 1, false},
	{"gc", "", "end dead sets, delete expired directories", gc_verb,
	 option_bit(O_DRY_RUN) | option_bit(O_JSON), 0, 0, false},
	{"convert", "[FILE...]", "write a policy from pam_namespace's configuration", convert_verb,
	 option_bit(O_ADOPT), 0, 1000, false},
	{"doctor", "", "find what makes isolation fail or incomplete", doctor_verb,
	 option_bit(O_PAMDIR) | option_bit(O_STRICT) | option_bit(O_JSON), 0, 0, false},
};
const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < verb_count; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void verb_print_options(FILE *to, uint32_t options)
{
	for (int o = 0; o < O_MAX; o++) {
		const struct option_row *row = &option_rows[o];
		char text[40];

		if (!(options & option_bit(o)))
			continue;
		text_fmt(text, sizeof(text), "--%s%s%s", row->name, row->value ? " " : "",
			 row->value ? row->value : "");
		if (row->brief)
			(void)fprintf(to, "  -%c, %-16s  %s\n", row->brief, text, row->help);
		else
			(void)fprintf(to, "      %-16s  %s\n", text, row->help);
	}
}

int usage_of_verb(FILE *to, const struct verb *verb)
{
	(void)fprintf(to, "usage: nsisolate %s [OPTION...]%s%s\n", verb->name,
		      verb->operands[0] ? " " : "", verb->operands);
	if (to == stderr) {
		(void)fprintf(to, "\"nsisolate %s --help\" lists its options.\n", verb->name);
		return CTL_USAGE;
	}
	(void)fprintf(to, "%c%s.\n\n", verb->help[0] - ('a' - 'A'), verb->help + 1);
	verb_print_options(to, verb->options | OPTIONS_GLOBAL);
	if (verb->options & option_bit(O_COLUMNS)) {
		(void)fprintf(to, "\ncolumns: ");
		list_print_column_names(to);
		(void)fprintf(to, "\n");
	}
	(void)fprintf(to, "\nnsisolate(8) has the details.\n");
	return CTL_OK;
}

int usage_of_all(FILE *to)
{
	(void)fprintf(
		to, "usage: nsisolate [--config FILE] [--rundir DIR] [--statedir DIR] VERB ...\n");
	if (to == stderr) {
		(void)fprintf(to, "\"nsisolate --help\" lists the verbs.\n");
		return CTL_USAGE;
	}
	(void)fprintf(to, "Shows and manages the namespaces of login sessions.\n\n");
	for (size_t i = 0; i < verb_count; i++)
		(void)fprintf(to, "  %-12s %-21s %s\n", verbs[i].name, verbs[i].operands,
			      verbs[i].help);
	(void)fprintf(to, "\n");
	verb_print_options(to, OPTIONS_GLOBAL | option_bit(O_VERSION));
	(void)fprintf(to,
		      "\n\"nsisolate VERB --help\" lists the options of a verb; nsisolate(8) has "
		      "the details.\n");
	return CTL_OK;
}
