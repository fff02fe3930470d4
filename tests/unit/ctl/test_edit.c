/* SPDX-License-Identifier: MIT */
/* "edit" with editors that change the draft, leave it, break it, or fail */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "tests/unit/ctl/output.h"
#include "tests/unit/scratch.h"

#define POLICY "version = 1;\n"

static struct scratch s;
static struct output o;
static char config[256];

static int set_up(void **state)
{
	(void)state;
	umask(022);
	if (scratch_make(&s) < 0)
		return -1;
	(void)snprintf(config, sizeof(config), "%s/x.conf", s.top);
	return scratch_write(&s, "x.conf", POLICY);
}

static int tear_down(void **state)
{
	(void)state;
	scratch_done(&s);
	return 0;
}

static int edit(const char *editor)
{
	char *operands[] = {NULL};
	const struct ctl ctl = {
		.config = config, .rundir = s.top, .statedir = s.top, .operands = operands};

	(void)unsetenv("VISUAL");
	(void)setenv("EDITOR", editor, 1);
	return output_of(&o, edit_verb, &ctl);
}

static const char *text_of(const char *name)
{
	static char text[1000];

	return fd_read_file(AT_FDCWD, scratch_path(&s, 0, name), text, sizeof(text)) < 0 ? "none"
											 : text;
}

TEST(test_a_valid_draft_takes_the_place_of_the_file)
{
	struct stat st;

	assert_int_equal(chmod(config, 0640), 0);
	assert_int_equal(edit("sed -i '$ a rules = ( );'"), CTL_OK);
	expect_text(o.out, "/x.conf: in place; the next login goes by it\n");
	assert_string_equal(text_of("x.conf"), POLICY "rules = ( );\n");
	assert_string_equal(text_of("x.conf.draft"), "none");
	assert_int_equal(stat(config, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

TEST(test_a_file_that_is_not_there_is_made)
{
	struct stat st;

	assert_int_equal(unlink(config), 0);
	assert_int_equal(edit("printf 'version = 1;\\n' >"), CTL_OK);
	assert_string_equal(text_of("x.conf"), POLICY);
	assert_int_equal(stat(config, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

TEST(test_an_unchanged_draft_is_removed)
{
	assert_int_equal(edit("true"), CTL_OK);
	expect_text(o.out, "/x.conf: unchanged\n");
	assert_string_equal(text_of("x.conf.draft"), "none");
}

TEST(test_a_draft_with_an_error_stays_and_the_file_is_as_it_was)
{
	assert_int_equal(edit("sed -i '$ a frobnicate = 1;'"), CTL_REFUSED);
	expect_text(o.err, "x.conf.draft:2: error: ");
	expect_text(o.err, "x.conf is as it was; the draft with the errors is ");
	assert_string_equal(text_of("x.conf"), POLICY);
	assert_string_equal(text_of("x.conf.draft"), POLICY "frobnicate = 1;\n");
	assert_int_equal(edit("true"), CTL_REFUSED);
	expect_text(o.err, "x.conf.draft is there: somebody else edits the policy, or an edit was "
			   "not finished; look at it, and remove it or put it in place\n");
}

TEST(test_an_editor_that_fails)
{
	assert_int_equal(edit("false"), CTL_REFUSED);
	expect_text(o.err, "nsisolate: the editor failed; ");
	assert_string_equal(text_of("x.conf"), POLICY);
	assert_string_equal(text_of("x.conf.draft"), POLICY);
}

/* As a user who may not write the directory, with this mode of the file. */
static void edit_without_permission(mode_t mode, const char *says)
{
	const bool is_root = geteuid() == 0;
	int code;

	assert_int_equal(chmod(config, mode), 0);
	assert_int_equal(chmod(s.top, 0555), 0);
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	code = edit("true");
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(chmod(s.top, 0755), 0);
	assert_int_equal(code, CTL_NOT_PERMITTED);
	expect_text(o.err, says);
}

TEST(test_the_exit_code_says_that_the_user_may_not)
{
	edit_without_permission(0644, "x.conf.draft: Permission denied\n");
	edit_without_permission(0, "x.conf: Permission denied\n");
}

#define EDIT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EDIT_TEST(test_a_valid_draft_takes_the_place_of_the_file),
		EDIT_TEST(test_a_file_that_is_not_there_is_made),
		EDIT_TEST(test_an_unchanged_draft_is_removed),
		EDIT_TEST(test_a_draft_with_an_error_stays_and_the_file_is_as_it_was),
		EDIT_TEST(test_an_editor_that_fails),
		EDIT_TEST(test_the_exit_code_says_that_the_user_may_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
