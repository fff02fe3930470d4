/* SPDX-License-Identifier: MIT */
/* Settings of other programs, as their files have them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "tests/unit/test.h"

static char dir[] = "/tmp/nsi-setting.XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[100];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static const char *find(const char *pattern, const char *key, enum setting_order order)
{
	static char value[100];
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, pattern);
	return setting_find(path, key, order, value, sizeof(value)) ? value : "none";
}

TEST(test_lines_are_read_as_their_programs_read_them)
{
	write_file("a.conf", "# UsePAM no\n;UsePAM no\n  usepam \t yes  \r\nUsePAM no\n"
			     "UsePAMore no\nsession_support=YES\n\tobey pam restrictions = no\n"
			     "AuthOrder\t\tmod_auth_pam.c* mod_auth_unix.c\nempty =\n");
	assert_string_equal(find("a.conf", "UsePAM", SETTING_FIRST), "yes");
	assert_string_equal(find("a.conf", "UsePAM", SETTING_LAST), "no");
	assert_string_equal(find("a.conf", "session_support", SETTING_LAST), "YES");
	assert_string_equal(find("a.conf", "obey pam restrictions", SETTING_LAST), "no");
	assert_string_equal(find("a.conf", "AuthOrder", SETTING_LAST),
			    "mod_auth_pam.c* mod_auth_unix.c");
	assert_string_equal(find("a.conf", "empty", SETTING_LAST), "");
	assert_string_equal(find("a.conf", "pam", SETTING_LAST), "none");
	assert_string_equal(find("nowhere.conf", "UsePAM", SETTING_LAST), "none");
}

TEST(test_several_files_are_one)
{
	write_file("b.conf", "key 1\n");
	write_file("c.conf", "key no\n");
	assert_string_equal(find("{b,c}.conf", "key", SETTING_FIRST), "1");
	assert_string_equal(find("{b,c}.conf", "key", SETTING_LAST), "no");
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"a.conf", "b.conf", "c.conf"};
	char path[100];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_read_as_their_programs_read_them),
		cmocka_unit_test(test_several_files_are_one),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
