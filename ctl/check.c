/* SPDX-License-Identifier: MIT */
/* Is the policy right, and whose is it? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "ctl/ctl.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "policy/image.h"
#include "policy/load.h"

/* What was found in one file, or in the whole configuration. */
struct tally {
	size_t errors;
	size_t warnings;
};

static void note(struct tally *t, enum pol_severity severity, const char *file, const char *text)
{
	char *owned[2] = {strdup(file), strdup(text)};
	struct pol_message m = {.severity = severity, .file = owned[0], .text = owned[1]};

	if (owned[0] && owned[1])
		policy_say(&m);
	free(owned[0]);
	free(owned[1]);
	if (severity == POL_ERROR)
		t->errors++;
	else
		t->warnings++;
}

/*
 * A draft may lie anywhere and be its author's; once installed, it may not.  What
 * somebody else could change is an error even so.
 */
static void check_owner(const char *path, struct tally *t)
{
	struct nsi_fail f = {""};
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		return; /* reading it has said why */
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		note(t, POL_ERROR, path, "may be written by others than its owner (chmod go-w)");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		note(t, POL_ERROR, path, "belongs to neither root nor you");
	fd = path_open_trusted(path, O_RDONLY, PATH_ROOT_OWNED, &f);
	if (fd < 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		note(t, POL_WARNING, path, f.what);
	nsi_closep(&fd);
}

static void say_summary(const struct pol_image *image, const char *file)
{
	uint64_t policies = image->table[POL_TABLE_POLICIES].count;
	uint64_t rules = image->table[POL_TABLE_RULES].count;

	(void)printf("%s: ok, %" PRIu64 " %s, %" PRIu64 " %s\n", file, policies,
		     policies == 1 ? "policy" : "policies", rules, rules == 1 ? "rule" : "rules");
}

/* The configuration as the helper would read it, or one file alone. */
static int check_sources(const struct ctl *ctl, const struct pol_sources *sources, unsigned flags)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct tally t = {0};
	int r = policy_load_from(sources, flags, &image, &report);

	t.warnings = policy_say_all(&report);
	t.errors = report.errors;
	if (r < 0 && t.errors == 0) {
		say_error("cannot read %s: %s", sources->config, strerrordesc_np(-r));
		return CTL_SYSTEM;
	}
	if (flags & POL_LOAD_UNTRUSTED)
		check_owner(sources->config, &t);
	if (t.errors || (ctl->strict && t.warnings))
		return CTL_REFUSED;
	say_summary(image, sources->config);
	return CTL_OK;
}

static int check_file(const struct ctl *ctl, const char *path)
{
	struct pol_sources sources = {
		.config = path,
		.rundir = ctl->rundir,
		.statedir = ctl->statedir,
	};

	return check_sources(ctl, &sources, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS);
}

int check_verb(const struct ctl *ctl, int argc, char **argv)
{
	struct pol_sources sources = policy_sources(ctl->config);
	int code = CTL_OK;

	sources.rundir = ctl->rundir;
	sources.statedir = ctl->statedir;
	if (argc == 0)
		return check_sources(ctl, &sources, 0);
	for (int i = 0; i < argc; i++) {
		/* The configuration by its name is the configuration. */
		int one = strcmp(argv[i], ctl->config) == 0 ? check_sources(ctl, &sources, 0)
							    : check_file(ctl, argv[i]);

		code = one > code ? one : code;
	}
	return code;
}
