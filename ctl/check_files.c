/* SPDX-License-Identifier: MIT */
/* check: whether the policy is right, whose it is, and what cannot work as it was meant. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "ctl/ctl.h"
#include "ctl/findings.h"
#include "ctl/lint.h"
#include "ctl/pamd.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "policy/image.h"
#include "policy/load.h"

/* The messages about one file, or about the whole configuration. */
struct tally {
	size_t errors;
	size_t warnings;
	json_t *messages; /* for JSON, or NULL: printed at once */
};

static void check_tally_add(struct tally *t, enum finding finding, const struct pol_message *m)
{
	if (m->severity == POL_ERROR)
		t->errors++;
	else
		t->warnings++;
	if (!t->messages)
		policy_say(m);
	else
		(void)json_array_append_new(
			t->messages, /* without memory the answer fails as a whole */
			json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", finding_rows[finding].id,
				  "severity", severity_word(finding_rows[finding].severity), "file",
				  json_text(m->file), "line",
				  m->line ? json_integer(m->line) : json_null(), "text",
				  json_text(m->text)));
}

static void check_tally_note(struct tally *t, enum finding finding, const char *file, unsigned line,
			     const char *text)
{
	char *owned[2] = {strdup(file), strdup(text)};
	struct pol_message m = {
		.severity = finding_rows[finding].severity == SEV_ERROR ? POL_ERROR : POL_WARNING,
		.file = owned[0],
		.line = line,
		.text = owned[1]};

	if (owned[0] && owned[1])
		check_tally_add(t, finding, &m);
	free(owned[0]);
	free(owned[1]);
}

static void check_tally_lint(void *arg, const struct lint *lint)
{
	check_tally_note(arg, lint->finding, lint->file, lint->line, lint->text);
}

static void check_tally_report(struct tally *t, const struct pol_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct pol_message *m = &report->messages[i];

		check_tally_add(
			t, m->severity == POL_ERROR ? FIND_POLICY_ERROR : FIND_POLICY_WARNING, m);
	}
}

/*
 * A draft may lie anywhere and be its author's; an installed file may not.  A file
 * that a third person could change is an error in either case.
 */
static void check_owner(const char *path, struct tally *t)
{
	NSI_AUTO_FREE char *whole = path[0] == '/' ? NULL : realpath(path, NULL);
	struct nsi_fail f = {""};
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		return; /* reading it has said why */
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		check_tally_note(t, FIND_POLICY_ERROR, path, 0,
				 "may be written by others than its owner (chmod go-w)");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		check_tally_note(t, FIND_POLICY_ERROR, path, 0, "belongs to neither root nor you");
	fd = path_open_trusted(whole ? whole : path, O_RDONLY, PATH_ROOT_OWNED, &f);
	if (fd < 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		check_tally_note(t, FIND_POLICY_WARNING, path, 0, f.what);
	nsi_closep(&fd);
}

static void check_say_summary(const struct pol_image *image, const char *file)
{
	uint64_t policies = image->table[POL_TABLE_POLICIES].count;
	uint64_t rules = image->table[POL_TABLE_RULES].count;

	(void)printf("%s: ok, %" PRIu64 " %s, %" PRIu64 " %s\n", file, policies,
		     policies == 1 ? "policy" : "policies", rules, rules == 1 ? "rule" : "rules");
}

/* Reports rules that are valid, but cannot work here as they were meant. */
static void check_lint(const struct pol_image *image, struct tally *t)
{
	struct pamd_places places = pamd_places_of(NULL);
	NSI_CLEANUP(pamd_names_done) struct pamd_names services = {0};

	if (pamd_list(&places, &services) == 0) { /* else doctor says what is wrong with them */
		lint_rules(image, &services, check_tally_lint, t);
		lint_desktops(image, &services, check_tally_lint, t);
	}
	lint_paths(image, check_tally_lint, t);
	lint_sudoers(image, check_tally_lint, t);
}

/* The configuration as the helper would read it, or one file alone. */
static int check_sources(const struct ctl *ctl, const struct pol_sources *sources, unsigned flags,
			 struct tally *all)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct tally t = {.messages = all->messages};
	int r = policy_load_from(sources, flags, &image, &report);

	check_tally_report(&t, &report);
	if (r < 0 && t.errors == 0) {
		say_error("cannot read %s: %s", sources->config, strerrordesc_np(-r));
		return CTL_SYSTEM;
	}
	if (image)
		check_lint(image, &t);
	if (flags & POL_LOAD_UNTRUSTED)
		check_owner(sources->config, &t);
	all->errors += t.errors;
	all->warnings += t.warnings;
	if (t.errors || (ctl->strict && t.warnings))
		return CTL_REFUSED;
	if (!t.messages)
		check_say_summary(image, sources->config);
	return CTL_OK;
}

static int check_file(const struct ctl *ctl, const char *path, struct tally *all)
{
	struct pol_sources sources = {
		.config = path,
		.rundir = ctl->rundir,
		.statedir = ctl->statedir,
	};

	return check_sources(ctl, &sources, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, all);
}

static int check_configuration(const struct ctl *ctl, struct tally *all)
{
	struct pol_sources sources = policy_sources_of(ctl);

	return check_sources(ctl, &sources, 0, all);
}

static int check_each(const struct ctl *ctl, struct tally *all)
{
	int code = CTL_OK;

	if (!ctl->operands[0])
		return check_configuration(ctl, all);
	for (char **file = ctl->operands; *file; file++) {
		/* The configuration by its name is the configuration. */
		int one = strcmp(*file, ctl->config) == 0 ? check_configuration(ctl, all)
							  : check_file(ctl, *file, all);

		code = one > code ? one : code;
	}
	return code;
}

static int check_answer_json(const struct tally *t)
{
	json_t *answer = json_answer();

	if (!answer || json_array_size(t->messages) != t->errors + t->warnings ||
	    json_object_set(answer, "messages", t->messages) < 0 ||
	    json_object_set_new(answer, "errors", json_integer((json_int_t)t->errors)) < 0 ||
	    json_object_set_new(answer, "warnings", json_integer((json_int_t)t->warnings)) < 0) {
		json_decref(answer);
		answer = NULL;
	}
	return json_print(answer);
}

/*
 * Goes into a system that is not running, such as an image for many machines.  Its accounts are those of
 * its files: the C library is told so before, and loads no module from there (CVE-2019-14271 was such a load).
 */
static int check_enter_image(const char *dir)
{
	if (geteuid() != 0)
		return say_need_root("check --root");
	if (__nss_configure_lookup("passwd", "files") < 0 ||
	    __nss_configure_lookup("group", "files") < 0 || getpwuid(0) == NULL ||
	    getgrgid(0) == NULL) {
		say_error("cannot restrict the look-up of accounts to files");
		return CTL_SYSTEM;
	}
	if (chroot(dir) < 0 || chdir("/") < 0) {
		say_error("cannot enter %s: %s", dir, strerrordesc_np(errno));
		return CTL_SYSTEM;
	}
	return CTL_OK;
}

int check_verb(const struct ctl *ctl)
{
	struct tally t = {.messages = ctl->json ? json_array() : NULL};
	int code = ctl->image ? check_enter_image(ctl->image) : CTL_OK, printed = CTL_OK;

	if (code != CTL_OK)
		return code;
	if (ctl->json && !t.messages)
		return json_print(NULL);
	code = check_each(ctl, &t);
	if (ctl->json)
		printed = check_answer_json(&t);
	json_decref(t.messages);
	return printed != CTL_OK ? printed : code;
}
