/* SPDX-License-Identifier: MIT */
/*
 * Each file of bad/ says in "# expect: LINE: ..." comments which messages it must
 * give, all of them and no other; each file of good/ says what it must come to:
 *
 *	# expect: LINE: warning: TEXT
 *	# login user=alice uid=1000 groups=1000,4 service=sshd -> policy lab
 *	# policy lab scope=user namespaces=mount,ipc linger=10m
 *	# dir lab /tmp method=disk retain=boot
 *
 * A new key needs nothing here: each stands there as KEY=VALUE, with the value as
 * "nsisolate show" prints it, but without spaces.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "policy/format.h"
#include "policy/image.h"
#include "policy/load.h"
#include "policy/match.h"
#include "tests/unit/test.h"

static const char good_dir[] = "tests/unit/policy/good";
static const char bad_dir[] = "tests/unit/policy/bad";

static int load(const char *path, struct pol_image **image, struct pol_report *report)
{
	struct pol_sources sources = {
		.config = path,
		.rundir = "/run/nsisolate",
		.statedir = "/var/lib/nsisolate",
	};

	return policy_load_from(&sources, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, image, report);
}

/* Compares the report of @path with the "# expect: " comments of the file. */
static void check_report(const char *path, const struct pol_report *report)
{
	NSI_AUTO_FILE FILE *f = fopen(path, "re");
	char line[1024], want[1200], got[1200];
	size_t next = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		static const char mark[] = "# expect: ";

		if (strncmp(line, mark, sizeof(mark) - 1) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line + sizeof(mark) - 1, "0: ", 3) == 0)
			(void)snprintf(want, sizeof(want), "%s: %s", path, line + sizeof(mark) + 2);
		else
			(void)snprintf(want, sizeof(want), "%s:%s", path, line + sizeof(mark) - 1);
		if (next >= report->count)
			fail_msg("not said: %s", want);
		assert_string_equal(
			policy_message_format(&report->messages[next++], got, sizeof(got)), want);
	}
	if (next < report->count)
		fail_msg("said besides: %s",
			 policy_message_format(&report->messages[next], got, sizeof(got)));
}

static void check_bad(const char *path)
{
	struct pol_report report = {0};
	struct pol_image *image = NULL;

	assert_int_equal(load(path, &image, &report), -EINVAL);
	assert_null(image);
	assert_true(report.errors > 0);
	check_report(path, &report);
	policy_report_done(&report);
}

/* The value of @key=VALUE among the words of @line, or NULL. */
static const char *word(const char *line, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);

	for (const char *at = line; (at = strstr(at, key)); at++) {
		if (at[-1] != ' ' || at[len] != '=')
			continue;
		(void)snprintf(buf, size, "%.*s", (int)strcspn(at + len + 1, " "), at + len + 1);
		return buf;
	}
	return NULL;
}

struct login_text {
	char text[8][128];
	char cgroups[160];
	gid_t groups[2][32];
};

static size_t parse_groups(const char *text, gid_t *ret)
{
	size_t count = 0;

	while (text && *text) {
		char *end;

		ret[count++] = (gid_t)strtoul(text, &end, 10);
		text = *end == ',' ? end + 1 : end;
	}
	return count;
}

static struct pol_login parse_login(const char *line, struct login_text *t)
{
	const char *uid = word(line, "uid", t->text[0], 128);
	char path[128];
	const char *groups = word(line, "groups", t->text[1], 128);
	const char *from = word(line, "from_groups", t->text[2], 128);
	struct pol_login login = {
		.user = {.name = word(line, "user", t->text[3], 128), .groups = t->groups[0]},
		.caller = {.name = word(line, "from_user", t->text[4], 128),
			   .groups = t->groups[1]},
		.service = word(line, "service", t->text[5], 128),
		.tty = word(line, "tty", t->text[6], 128),
		.rhost = word(line, "rhost", t->text[7], 128),
	};

	if (word(line, "cgroup", path, sizeof(path)))
		(void)snprintf(t->cgroups, sizeof(t->cgroups), "0::%s\n", path);
	login.cgroups = t->cgroups;
	login.user.uid = uid ? (uid_t)strtoul(uid, NULL, 10) : 1000;
	login.user.group_count = parse_groups(groups, t->groups[0]);
	login.caller.group_count = parse_groups(from, t->groups[1]);
	if (!login.user.name)
		login.user.name = "nobody-in-particular";
	if (!login.caller.name)
		login.caller.name = "root";
	return login;
}

/* Gives what is asked for only when it is asked for; notes in @asked what that was. */
static int match_lazily(const struct pol_image *image, const struct pol_login *all,
			const struct pol_rule **rule, char asked[static 32])
{
	struct pol_login login = *all;
	int r;

	login.user.groups = NULL;
	login.caller.groups = NULL;
	login.caller.name = NULL;
	login.cgroups = NULL;
	asked[0] = '\0';
	for (int i = 0; i < 4; i++) {
		r = policy_match(image, &login, rule);
		if (r == POL_NEED_GROUPS) {
			login.user = all->user;
			strcat(asked, *asked ? ",groups" : "groups");
		} else if (r == POL_NEED_CALLER) {
			login.caller = all->caller;
			strcat(asked, *asked ? ",caller" : "caller");
		} else if (r == POL_NEED_CGROUPS) {
			login.cgroups = all->cgroups;
			strcat(asked, *asked ? ",cgroups" : "cgroups");
		} else {
			return r;
		}
	}
	return r;
}

static void check_login(const char *where, const struct pol_image *image, const char *line)
{
	const struct pol_rule *rule = NULL, *lazy = NULL;
	const char *want = strstr(line, " -> ");
	char got[128] = "none", asks[64], asked[32];
	struct login_text text = {0};
	struct pol_login login = parse_login(line, &text);
	int r = policy_match(image, &login, &rule);

	assert_non_null(want);
	assert_int_equal(match_lazily(image, &login, &lazy, asked), r);
	assert_ptr_equal(lazy, rule);
	if (r == 0 && rule->action == POL_ACTION_POLICY)
		(void)snprintf(got, sizeof(got), "policy %s",
			       policy_str(image, policy_get(image, rule->policy)->name));
	else if (r == 0)
		(void)snprintf(got, sizeof(got), "%s",
			       rule->action == POL_ACTION_SKIP ? "skip" : "host");
	else if (r == POL_UNSURE_GROUP || r == POL_UNSURE_HOST)
		strcpy(got, "unsure");
	if (r == 0 && rule->audit)
		strcat(got, " audit");
	if (r == 0 && rule->on_error != POL_ERROR_MAX)
		strcat(got, rule->on_error == POL_ERROR_DENY ? " deny" : " allow");
	if (strcmp(got, want + 4) != 0)
		fail_msg("%s: %s: got \"%s\"", where, line, got);
	if (word(line, "asks", asks, sizeof(asks)) && strcmp(asks, asked) != 0)
		fail_msg("%s: %s: asked for \"%s\"", where, line, asked);
}

/* Each word of @line must stand in @all, which has a space before and behind each of its own. */
static void check_words(const char *where, const char *line, const char *all)
{
	char words[512], one[520], *rest = words;

	(void)snprintf(words, sizeof(words), "%s", line);
	for (const char *at; (at = strsep(&rest, " "));) {
		(void)snprintf(one, sizeof(one), " %s ", at);
		if (*at && !strstr(all, one))
			fail_msg("%s: no%sin%s", where, one, all);
	}
}

/* Every key of @row as " key=value", with the value as "nsisolate show" has it, but no space. */
static void check_keys(const char *where, const struct pol_image *image, enum key_block block,
		       const void *row, const char *line)
{
	char all[4096] = " ", value[1024];

	for (size_t i = 0; i < K_MAX; i++) {
		char *to = value;

		if (keys[i].block != block)
			continue;
		value[0] = '\0';
		key_format(image, &keys[i], row, value, sizeof(value));
		for (const char *from = value; *from; from++)
			if (*from != ' ')
				*to++ = *from;
		*to = '\0';
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s=%s ", keys[i].name,
			       value);
	}
	check_words(where, line, all);
}

static const struct pol_policy *find_policy(const struct pol_image *image, const char *name)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		if (strcmp(policy_str(image, policy_get(image, i)->name), name) == 0)
			return policy_get(image, i);
	}
	fail_msg("no policy %s", name);
	return NULL;
}

/* "lab /tmp method=disk" */
static void check_dir_line(const char *where, const struct pol_image *image, const char *line)
{
	char name[64], path[256];
	const struct pol_policy *p;
	int used = 0;

	assert_int_equal(sscanf(line, "%63s %255s%n", name, path, &used), 2);
	p = find_policy(image, name);
	for (uint32_t i = 0; i < p->dirs.count; i++) {
		const struct pol_dir *dir = policy_dir(image, p->dirs.first + i);

		if (strcmp(policy_str(image, dir->path), path) == 0) {
			check_keys(where, image, KEY_DIR, dir, line + used);
			return;
		}
	}
	fail_msg("%s: policy %s has no %s", where, name, path);
}

static void check_line(const char *path, const struct pol_image *image, const char *line)
{
	char name[64];
	int used = 0;

	if (strncmp(line, "# login", 7) == 0)
		check_login(path, image, line + 7);
	else if (sscanf(line, "# policy %63s%n", name, &used) == 1)
		check_keys(path, image, KEY_POLICY, find_policy(image, name), line + used);
	else if (strncmp(line, "# dir ", 6) == 0)
		check_dir_line(path, image, line + 6);
}

static void check_good(const char *path)
{
	NSI_AUTO_FILE FILE *f = fopen(path, "re");
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct pol_report report = {0};
	char line[1024];
	int r = load(path, &image, &report);

	assert_non_null(f);
	check_report(path, &report);
	assert_int_equal(r, 0);
	assert_int_equal(policy_image_check(image, image->size), 0);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		check_line(path, image, line);
	}
	policy_report_done(&report);
}

static void for_each_file(const char *dir, void (*check)(const char *path), int at_least)
{
	struct dirent **names;
	int count = scandir(dir, &names, NULL, alphasort), files = 0;

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		char path[512];

		if (strstr(names[i]->d_name, ".conf")) {
			(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
			print_message("%s\n", path);
			check(path);
			files++;
		}
		free(names[i]);
	}
	free(names);
	assert_true(files >= at_least);
}

TEST(test_bad_files_are_refused_with_these_words)
{
	for_each_file(bad_dir, check_bad, 60);
}

TEST(test_good_files_come_to_these_outcomes)
{
	for_each_file(good_dir, check_good, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_files_are_refused_with_these_words),
		cmocka_unit_test(test_good_files_come_to_these_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
