/* SPDX-License-Identifier: MIT */
/* The session stacks of PAM: lines, includes, substacks, and the one file for all services */
#include "ctl/pamd.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch s;
static struct pamd_stack stack;
static struct nsi_fail f;

static int set_up(void **state)
{
	(void)state;
	stack = (struct pamd_stack){0};
	f = (struct nsi_fail){""};
	return scratch_make(&s);
}

static int tear_down(void **state)
{
	(void)state;
	pamd_done(&stack);
	scratch_done(&s);
	return 0;
}

static int read_text(const char *text)
{
	struct pamd_places places = pamd_places_of(s.top);

	pamd_done(&stack);
	assert_int_equal(scratch_write(&s, "sshd", text), 0);
	return pamd_read(&places, "sshd", &stack, &f);
}

static void expect_line(unsigned i, unsigned number, const char *control, const char *module,
			const char *args)
{
	assert_true(i < stack.count);
	assert_int_equal(stack.lines[i].line, number);
	assert_string_equal(stack.lines[i].control, control);
	assert_string_equal(stack.lines[i].module, module);
	assert_string_equal(stack.lines[i].args, args);
}

TEST(test_lines_of_type_session_alone)
{
	assert_int_equal(read_text("auth required pam_unix.so\n"
				   "# session required pam_no.so\n"
				   "\n"
				   "session\trequired  /lib/security/pam_a.so  one\t two # three\n"
				   "-SESSION [success=1 default=ignore] pam_b.so [a b] c\n"
				   "session required\n"
				   "session\n"
				   "session optional \\\n   pam_c.so \\\n   x\n"
				   "session required pam_last.so"),
			 0);
	assert_int_equal(stack.count, 4);
	expect_line(0, 4, "required", "/lib/security/pam_a.so", "one two");
	assert_string_equal(pamd_base(stack.lines[0].module), "pam_a.so");
	expect_line(1, 5, "[success=1 default=ignore]", "pam_b.so", "[a b] c");
	assert_true(stack.lines[1].is_quiet);
	expect_line(2, 10, "optional", "pam_c.so", "x");
	expect_line(3, 11, "required", "pam_last.so", "");
	assert_string_equal(stack.path, scratch_path(&s, 0, "sshd"));
}

TEST(test_arguments_are_whole_words)
{
	assert_int_equal(read_text("session required pam_a.so open closed\n"), 0);
	assert_true(pamd_has_argument(&stack.lines[0], "open"));
	assert_true(pamd_has_argument(&stack.lines[0], "closed"));
	assert_false(pamd_has_argument(&stack.lines[0], "close"));
	assert_false(pamd_has_argument(&stack.lines[0], "pen"));
}

static bool is_common(const char *name)
{
	return strcmp(name, "common") == 0;
}

TEST(test_includes_and_substacks)
{
	assert_int_equal(scratch_write(&s, "common", "session required pam_in.so\n"), 0);
	assert_int_equal(scratch_write(&s, "sub",
				       "session substack inner\n"
				       "session required pam_sub.so\n"),
			 0);
	assert_int_equal(scratch_write(&s, "inner", "session required pam_inner.so\n"), 0);
	assert_int_equal(read_text("@include common\nsession substack sub\n"
				   "session required pam_top.so\n"),
			 0);
	assert_int_equal(stack.count, 4);
	assert_string_equal(stack.lines[0].module, "pam_in.so");
	assert_int_equal(stack.lines[0].sub, 0);
	assert_string_equal(stack.lines[1].module, "pam_inner.so");
	assert_string_equal(stack.lines[2].module, "pam_sub.so");
	assert_true(pamd_is_within(&stack, stack.lines[1].sub, stack.lines[2].sub));
	assert_false(pamd_is_within(&stack, stack.lines[2].sub, stack.lines[1].sub));
	assert_false(pamd_is_within(&stack, stack.lines[3].sub, stack.lines[2].sub));
	assert_true(pamd_includes(&stack, is_common));
	assert_string_equal(stack.missing, "");
}

TEST(test_a_file_that_is_not_there)
{
	struct pamd_places places = pamd_places_of(s.top);

	assert_int_equal(read_text("session include nowhere\nsession required pam_a.so\n"), 0);
	assert_string_equal(stack.missing, "nowhere");
	assert_int_equal(stack.count, 1);
	assert_false(pamd_includes(&stack, is_common));
	pamd_done(&stack);
	assert_int_equal(pamd_read(&places, "login", &stack, &f), -ENOENT);
	assert_non_null(strstr(f.what, "/login"));
}

TEST(test_files_that_include_each_other_come_to_an_end)
{
	assert_int_equal(read_text("session include sshd\n"), -ELOOP);
	assert_non_null(strstr(f.what, "include each other without end"));
}

TEST(test_the_first_directory_that_has_it)
{
	char first[128], second[128];
	struct pamd_places places = {.dirs = {first, second}};

	(void)snprintf(first, sizeof(first), "%s/etc", s.top);
	(void)snprintf(second, sizeof(second), "%s/usr", s.top);
	assert_int_equal(scratch_write(&s, "usr/su", "session required pam_usr.so\n"), 0);
	assert_int_equal(scratch_write(&s, "usr/sudo", "session required pam_usr.so\n"), 0);
	assert_int_equal(scratch_write(&s, "etc/sudo", "session required pam_etc.so\n"), 0);
	assert_int_equal(pamd_read(&places, "su", &stack, &f), 0);
	assert_string_equal(stack.lines[0].module, "pam_usr.so");
	pamd_done(&stack);
	assert_int_equal(pamd_read(&places, "sudo", &stack, &f), 0);
	assert_string_equal(stack.lines[0].module, "pam_etc.so");
}

TEST(test_one_file_for_all_services)
{
	char conf[128];
	struct pamd_places places = {.conf = conf};

	(void)snprintf(conf, sizeof(conf), "%s/pam.conf", s.top);
	assert_int_equal(pamd_read(&places, "su", &stack, &f), -ENOENT);
	assert_int_equal(scratch_write(&s, "common", "session required pam_in.so\n"), 0);
	(void)snprintf(f.what, sizeof(f.what),
		       "su session required pam_a.so\n"
		       "login session required pam_b.so\n"
		       "SU session include %s/common\n",
		       s.top);
	assert_int_equal(scratch_write(&s, "pam.conf", f.what), 0);
	assert_int_equal(pamd_read(&places, "su", &stack, &f), 0);
	assert_int_equal(stack.count, 2);
	expect_line(0, 1, "required", "pam_a.so", "");
	expect_line(1, 1, "required", "pam_in.so", "");
	assert_string_equal(stack.path, conf);
}

TEST(test_more_substacks_than_are_told_apart)
{
	char text[4096] = "";

	assert_int_equal(scratch_write(&s, "sub", "session required pam_sub.so\n"), 0);
	for (int i = 0; i < PAMD_SUBSTACKS + 5; i++)
		(void)strcat(text, "session substack sub\n");
	assert_int_equal(read_text(text), 0);
	assert_int_equal(stack.count, PAMD_SUBSTACKS + 5);
	assert_true(stack.subs < PAMD_SUBSTACKS);
}

#define PAMD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAMD_TEST(test_lines_of_type_session_alone),
		PAMD_TEST(test_arguments_are_whole_words),
		PAMD_TEST(test_includes_and_substacks),
		PAMD_TEST(test_a_file_that_is_not_there),
		PAMD_TEST(test_files_that_include_each_other_come_to_an_end),
		PAMD_TEST(test_the_first_directory_that_has_it),
		PAMD_TEST(test_one_file_for_all_services),
		PAMD_TEST(test_more_substacks_than_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
