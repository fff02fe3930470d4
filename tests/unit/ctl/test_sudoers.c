/* SPDX-License-Identifier: MIT */
/* Lines of sudoers(5) that hold only on hosts of certain names */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/lint.h"
#include "tests/unit/test.h"

static char dir[] = "/tmp/test_sudoers.XXXXXX";
static char found[1000];

static void note(void *arg, const char *file, unsigned line, const char *host)
{
	size_t used = strlen(found);

	(void)arg;
	(void)snprintf(found + used, sizeof(found) - used, "%s:%u:%s ", strrchr(file, '/') + 1,
		       line, host);
}

static void write_file(const char *name, const char *text)
{
	FILE *f;
	char path[100];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void assert_found(const char *text, const char *want)
{
	char path[100];

	write_file("sudoers", text);
	(void)snprintf(path, sizeof(path), "%s/sudoers", dir);
	found[0] = '\0';
	sudoers_find_hosts(path, note, NULL);
	if (strcmp(found, want) != 0)
		fail_msg("of:\n%sfound '%s', wanted '%s'", text, found, want);
}

TEST(test_rules)
{
	assert_found("root ALL=(ALL:ALL) ALL\n%sudo\tALL = (ALL) ALL\n", "");
	assert_found("alice lab1 = ALL\n", "sudoers:1:lab1 ");
	assert_found("alice, bob  ALL = ALL\n", "");
	assert_found("alice ,bob lab1, lab2 = ALL\n", "sudoers:1:lab1 ");
	assert_found("alice ALL, !lab2=ALL\n", "sudoers:1:!lab2 ");
	assert_found("#1000 lab1=ALL # a uid\n", "sudoers:1:lab1 ");
	assert_found("# alice lab1=ALL\n", "");
	assert_found("alice +labs=ALL\n", "sudoers:1:+labs ");
	assert_found("alice 10.0.0.0/8, fe80::1=ALL\n", "");
	assert_found("alice \\\n  lab1 = /bin/ls\nbob lab2=ALL\n", "sudoers:2:lab1 ");
	assert_found("Defaults env_reset\nDefaults:alice passwd_tries=1\n", "");
	assert_found("Defaults@lab1 log_host\n", "sudoers:1:lab1 ");
	assert_found("Host_Alias LABS = lab1, lab2\nUser_Alias US = alice\n", "");
	assert_found("Host_Alias LABS = lab1, lab2\nalice LABS=ALL\n", "sudoers:2:LABS ");
	assert_found("", "");
}

TEST(test_files_that_are_included)
{
	char sub[100];

	(void)snprintf(sub, sizeof(sub), "%s/d", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	write_file("d/one", "alice lab1=ALL\nbob lab2=ALL\n");
	write_file("d/two", "@include ../more\n");
	write_file("d/no.dot", "alice lab3=ALL\n");
	write_file("d/backup~", "alice lab4=ALL\n");
	write_file("more", "\ncarol lab5=ALL\n");
	assert_found("@includedir d\n", "one:1:lab1 more:2:lab5 ");
	assert_found("#include more\n@include nowhere\n", "more:2:lab5 ");
	assert_found("@include sudoers\n", ""); /* a circle comes to an end */
}

static bool opens_sessions(const char *text)
{
	char path[100];

	write_file("sudoers", text);
	(void)snprintf(path, sizeof(path), "%s/sudoers", dir);
	return sudoers_open_sessions(path);
}

TEST(test_sessions_that_are_turned_off)
{
	assert_true(opens_sessions("Defaults env_reset, pam_session\n"));
	assert_true(opens_sessions("# Defaults !pam_session\nalice ALL=(ALL) ALL\n"));
	assert_true(opens_sessions("Defaults !pam_session_more\n"));
	assert_false(opens_sessions("Defaults env_reset, \\\n !pam_session, !lecture\n"));
	write_file("more", "Defaults:alice !pam_session\n");
	assert_false(opens_sessions("@include more\n"));
	assert_true(opens_sessions("@include nowhere\n"));
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"d/one",     "d/two",   "d/no.dot",
					    "d/backup~", "sudoers", "more"};
	char path[100];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/d", dir);
	(void)rmdir(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_files_that_are_included),
		cmocka_unit_test(test_sessions_that_are_turned_off),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
