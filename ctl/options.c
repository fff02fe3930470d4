/* SPDX-License-Identifier: MIT */
/* The parsing of options */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/verbs.h"

#define AT(member) offsetof(struct ctl, member)

const struct option_row option_rows[O_MAX] = {
	[O_CONFIG] = {"config", "FILE", "the policy, instead of " NSI_CONFIG, AT(config), 0},
	[O_RUNDIR] = {"rundir", "DIR", "where the helper keeps its records", AT(rundir), 0},
	[O_STATEDIR] = {"statedir", "DIR", "where private directories on disk are", AT(statedir),
			0},
	[O_JSON] = {"json", NULL, "print JSON", AT(json), 'J'},
	[O_JOB] = {"job", "JOB", "in this job of the resource manager", AT(job), 0},
	[O_IMAGE] = {"root", "DIR", "in the system that is installed in DIR", AT(image), 0},
	[O_COLUMNS] = {"output", "COLS", "these columns, separated by commas", AT(columns), 'o'},
	[O_NOHEADINGS] = {"noheadings", NULL, "no headings", AT(noheadings), 'n'},
	[O_STRICT] = {"strict", NULL, "warnings fail as well", AT(strict), 0},
	[O_SERVICE] = {"service", "NAME", "the PAM service of the login (" CTL_SERVICE ")",
		       AT(service), 0},
	[O_TTY] = {"tty", "NAME", "the terminal of the login", AT(tty), 0},
	[O_RHOST] = {"rhost", "HOST", "the remote host of the login", AT(rhost), 0},
	[O_FROM_USER] = {"from-user", "USER", "the user who calls su or sudo (root)", AT(from_user),
			 0},
	[O_ROOT] = {"root", NULL, "stay root inside", AT(root), 0},
	[O_FORCE] = {"force", NULL, "end its sessions as well", AT(force), 0},
	[O_DRY_RUN] = {"dry-run", NULL, "only list what would be removed", AT(dry_run), 'n'},
	[O_PAMDIR] = {"pamdir", "DIR", "the PAM configuration, instead of the system's", AT(pamdir),
		      0},
	[O_ADOPT] = {"adopt", NULL, "move the contents of the old directories", AT(adopt), 0},
	[O_POLICY] = {"policy", "NAME", "only sets of this policy", AT(policy), 0},
	[O_PID] = {"pid", "PID", "only the set that this process is in", AT(pid), 0},
	[O_SORT] = {"sort", "COL", "sort by this column", AT(sort), 0},
	[O_FILTER] = {"filter", "COL=VALUE", "only sets with this value", AT(filter), 0},
	[O_WATCH] = {"watch", NULL, "repeat every two seconds", AT(watch), 0},
	[O_ALL] = {"all", NULL, "all accounts (show), all sets (close)", AT(all), 0},
	[O_STALE] = {"stale", NULL, "all sets that an older policy has made", AT(stale), 0},
	[O_REMOVE] = {"remove", NULL, "move those that no set uses to the trash", AT(remove), 0},
	[O_UNDO] = {"undo", NULL, "remove what enable or disable wrote for USER", AT(undo), 0},
	[O_HELP] = {"help", NULL, "print this text", 0, 'h'},
	[O_VERSION] = {"version", NULL, "print the version", 0, 'V'},
};

/* The allowed options in the form of getopt_long(3). */
struct plan {
	struct option longs[O_MAX + 1];
	char shorts[2 * O_MAX + 3];
};

static void options_plan(struct plan *plan, uint32_t allowed, enum options_end end)
{
	int n = 0, at = 0;

	*plan = (struct plan){0};
	if (end != OPTIONS_ANYWHERE)
		plan->shorts[at++] = '+';
	for (int o = 0; o < O_MAX; o++) {
		const struct option_row *row = &option_rows[o];

		if (!(allowed & option_bit(o)))
			continue;
		plan->longs[n++] = (struct option){
			.name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = 256 + o,
		};
		if (row->brief)
			plan->shorts[at++] = row->brief;
		if (row->brief && row->value)
			plan->shorts[at++] = ':';
	}
}

/* The option that getopt_long(3) has found, or -1. */
static int options_which(int c, uint32_t allowed)
{
	if (c >= 256)
		return c - 256;
	for (int o = 0; o < O_MAX; o++)
		if ((allowed & option_bit(o)) && option_rows[o].brief == c)
			return o;
	return -1;
}

static void options_store(struct ctl *ctl, int o)
{
	char *to = (char *)ctl + option_rows[o].offset;

	if (o == O_HELP || o == O_VERSION)
		return;
	if (option_rows[o].value)
		memcpy(to, &optarg, sizeof(optarg));
	else
		*(bool *)to = true;
}

/* All options up to the next operand, or to the last one.  Returns -1 for one that is wrong. */
static int options_take_some(struct ctl *ctl, const struct plan *plan, uint32_t allowed, int argc,
			     char **argv, uint32_t *seen)
{
	int c;

	while ((c = getopt_long(argc, argv, plan->shorts, plan->longs, NULL)) != -1) {
		int o = options_which(c, allowed);

		if (o < 0)
			return -1;
		options_store(ctl, o);
		*seen |= option_bit(o);
	}
	return 0;
}

int options_take(struct ctl *ctl, uint32_t allowed, enum options_end end, int argc, char **argv,
		 uint32_t *seen)
{
	char *first = NULL, **to = argv;
	struct plan plan;

	options_plan(&plan, allowed, end);
	optind = 0; /* starts anew, as getopt(3) says */
	if (options_take_some(ctl, &plan, allowed, argc, argv, seen) < 0)
		return -1;
	/* "run alice --service sshd -- id": more options may stand behind the first operand. */
	if (end == OPTIONS_COMMAND && optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		first = argv[optind++];
		if (options_take_some(ctl, &plan, allowed, argc, argv, seen) < 0)
			return -1;
	}
	if (first)
		*to++ = first;
	memmove(to, argv + optind, (size_t)(argc - optind + 1) * sizeof(*to));
	return argc - optind + (first ? 1 : 0);
}
