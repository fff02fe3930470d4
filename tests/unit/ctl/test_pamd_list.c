/* SPDX-License-Identifier: MIT */
/* The names of PAM services: without leftovers, fragments and doubles, in order */
#include "ctl/pamd.h"

#include <errno.h>

#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch s;
static struct pamd_names names;

static int set_up(void **state)
{
	(void)state;
	names = (struct pamd_names){0};
	return scratch_make(&s);
}

static int tear_down(void **state)
{
	(void)state;
	pamd_names_done(&names);
	scratch_done(&s);
	return 0;
}

static void expect_names(const char *want)
{
	char all[1000] = "";

	for (unsigned i = 0; i < names.count; i++) {
		(void)strcat(all, names.names[i]);
		(void)strcat(all, " ");
	}
	assert_string_equal(all, want);
}

TEST(test_leftovers_and_fragments_are_no_services)
{
	static const char *const files[] = {
		"d/sshd",      "d/login",          "d/su.dpkg-dist", "d/su.dpkg-old",
		"d/sudo~",     "d/.swp",           "d/x.rpmnew",     "d/y.ucf-dist",
		"d/z.pam-old", "d/common-session", "d/system-auth",  "d/password-auth",
		"d/postlogin", "d/other",
	};
	char dir[128];
	struct pamd_places places;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(scratch_write(&s, files[i], ""), 0);
	(void)snprintf(dir, sizeof(dir), "%s/d", s.top);
	places = pamd_places_of(dir);
	assert_int_equal(pamd_list(&places, &names), 0);
	expect_names("login other sshd ");
	assert_true(pamd_names_have(&names, "sshd"));
	assert_false(pamd_names_have(&names, "ssh"));
}

TEST(test_a_service_of_two_directories_is_one)
{
	char first[128], second[128];
	struct pamd_places places = {.dirs = {first, second}};

	(void)snprintf(first, sizeof(first), "%s/etc", s.top);
	(void)snprintf(second, sizeof(second), "%s/usr", s.top);
	assert_int_equal(scratch_write(&s, "etc/su", ""), 0);
	assert_int_equal(scratch_write(&s, "usr/su", ""), 0);
	assert_int_equal(scratch_write(&s, "usr/cron", ""), 0);
	assert_int_equal(pamd_list(&places, &names), 0);
	expect_names("cron su ");
}

TEST(test_the_first_words_of_one_file_for_all)
{
	char conf[128];
	struct pamd_places places = {.conf = conf};

	(void)snprintf(conf, sizeof(conf), "%s/pam.conf", s.top);
	assert_int_equal(pamd_list(&places, &names), -ENOENT);
	assert_int_equal(
		scratch_write(&s, "pam.conf", "# su\n\n SU auth x\nsu session y\nlogin#x\n"), 0);
	assert_int_equal(pamd_list(&places, &names), 0);
	expect_names("login su ");
}

TEST(test_a_directory_that_is_not_there)
{
	struct pamd_places places = pamd_places_of("/nonexistent/pam.d");

	assert_int_equal(pamd_list(&places, &names), -ENOENT);
	assert_int_equal(names.count, 0);
}

TEST(test_this_system_has_directories_or_a_file)
{
	struct pamd_places places = pamd_places_of(NULL);

	assert_true(places.dirs[0] ? !places.conf : places.conf != NULL);
}

#define NAMES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NAMES_TEST(test_leftovers_and_fragments_are_no_services),
		NAMES_TEST(test_a_service_of_two_directories_is_one),
		NAMES_TEST(test_the_first_words_of_one_file_for_all),
		NAMES_TEST(test_a_directory_that_is_not_there),
		NAMES_TEST(test_this_system_has_directories_or_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
