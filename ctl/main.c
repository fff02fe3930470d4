/* SPDX-License-Identifier: MIT */
/* The entry point of the command nsisolate */
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/verbs.h"

/* Readers of a policy accept absolute paths only. */
static void main_find_config(struct ctl *ctl, char whole[PATH_MAX])
{
	const char *path = ctl->config;
	size_t used;

	if (path[0] == '/' || !getcwd(whole, PATH_MAX - NAME_MAX - 1))
		return; /* reading it says what is wrong with it */
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	used = strlen(whole);
	if (snprintf(whole + used, PATH_MAX - used, "/%s", path) < (int)(PATH_MAX - used))
		ctl->config = whole;
}

static int main_call_verb(const struct verb *verb, struct ctl *ctl, int argc, char **argv,
			  uint32_t seen)
{
	enum options_end end = verb->is_command ? OPTIONS_COMMAND : OPTIONS_ANYWHERE;
	char config[PATH_MAX];
	int count;

	argv[0] = (char *)(uintptr_t) "nsisolate"; /* for what getopt(3) has to say */
	count = options_take(ctl, verb->options | OPTIONS_GLOBAL, end, argc, argv, &seen);
	if (count < 0)
		return usage_of_verb(stderr, verb);
	if (seen & option_bit(O_HELP))
		return usage_of_verb(stdout, verb);
	if (count < verb->least || count > verb->most) {
		(void)fprintf(stderr, "nsisolate: %s\n",
			      count < verb->least ? "an operand is missing"
						  : "there is an operand too many");
		return usage_of_verb(stderr, verb);
	}
	main_find_config(ctl, config);
	ctl->operands = argv;
	return verb->run(ctl);
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.config = NSI_CONFIG, .rundir = NSI_RUNDIR, .statedir = NSI_STATEDIR};
	const struct verb *verb;
	uint32_t seen = 0;
	int at, code;

	(void)setlocale(LC_ALL, ""); /* for dates and the lines of tables; "C" does as well */
	/* Stops at the verb: what is behind it is the verb's. */
	at = options_take(&ctl, OPTIONS_GLOBAL | option_bit(O_VERSION), OPTIONS_FIRST, argc, argv,
			  &seen);
	if (at < 0)
		return usage_of_all(stderr);
	if (seen & option_bit(O_HELP))
		return usage_of_all(stdout);
	if (seen & option_bit(O_VERSION))
		return printf("nsisolate " PACKAGE_VERSION "\n") < 0 ? CTL_SYSTEM : CTL_OK;
	if (at == 0)
		return usage_of_all(stderr);
	verb = verb_find(argv[0]);
	if (!verb) {
		(void)fprintf(stderr, "nsisolate: there is no verb %s\n", argv[0]);
		return usage_of_all(stderr);
	}
	code = main_call_verb(verb, &ctl, at, argv, seen);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "nsisolate: cannot write what was to be shown\n");
		return CTL_SYSTEM;
	}
	return code;
}
