/* SPDX-License-Identifier: MIT */
/* Policies made of namespace.conf(5): users, keys, what is lost; and that "check" takes each of them */
#include "tests/unit/ctl/output.h"
#include "tests/unit/image.h"

static struct scratch s;
static struct output o;

static int set_up(void **state)
{
	(void)state;
	return scratch_make(&s);
}

static int tear_down(void **state)
{
	(void)state;
	scratch_done(&s);
	return 0;
}

static int convert(const char *text)
{
	char path[256];
	char *operands[] = {path, NULL};
	const struct ctl ctl = {.operands = operands};

	if (text)
		assert_int_equal(scratch_write(&s, "n.conf", text), 0);
	(void)snprintf(path, sizeof(path), "%s", scratch_path(&s, 0, "n.conf"));
	return output_of(&o, convert_verb, &ctl);
}

/* Converts @text; what comes out must be a policy. */
static void convert_well(const char *text)
{
	struct pol_image *image;

	if (convert(text) != CTL_OK)
		fail_msg("%s", o.err);
	assert_string_equal(o.err, "");
	assert_int_equal(scratch_write(&s, "made.conf", o.out), 0);
	image = image_of_file(scratch_path(&s, 0, "made.conf"));
	free(image);
}

TEST(test_one_policy_for_everybody)
{
	convert_well("/tmp /tmp-inst/ user:noinit\n");
	expect_text(o.out, "  namespace = {\n    namespaces = [ \"mount\" ];\n");
	expect_text(o.out, "{ path = \"/tmp\"; method = \"disk\"; retain = \"forever\"; }\n");
	expect_text(o.out, "{ uid = \"1-\"; policy = \"namespace\"; }\n");
	expect_text(o.out, "n.conf:1: /tmp, /tmp-inst/, user\n");
}

TEST(test_users_with_the_same_lines_share_a_rule)
{
	convert_well(
		"/tmp /i/ user root,adm\n"
		"/var/tmp /j/ tmpdir ~alice,bob\n"
		"/srv none tmpfs:mntopts=size=10%,nr_inodes=1k,mode=1777,nosuid,noexec root\n");
	expect_text(o.out, "user = [ \"root\" ]; action = \"skip\"; }");
	expect_text(o.out, "user = [ \"adm\" ]; policy = \"namespace-2\"; }");
	expect_text(o.out, "user = [ \"alice\", \"bob\" ]; policy = \"namespace-3\"; }");
	expect_text(o.out, "retain = \"session\";");
	expect_text(o.out, "size = \"10%\"; inodes = \"1k\"; mode = \"1777\"; options = [ "
			   "\"nosuid\", \"noexec\" ];");
	expect_text(o.out, ", but for some users\n");
	expect_text(o.out, ", for some users alone\n");
}

TEST(test_what_is_lost_is_said_where_it_stood)
{
	convert_well("/tmp /i/ level:shared:create=0700,root,root:iscript=/bin/i\n"
		     "/srv none tmpfs:mntopts=huge=always\n"
		     "/opt /k/ tmpdir:create\n"
		     "$HOME /h/ user\n");
	expect_text(o.out, "# not kept: the SELinux level;");
	expect_text(o.out, "# not kept: \"shared\";");
	expect_text(o.out, "# not kept: \"create=0700,root,root\";");
	expect_text(o.out, "# not kept: \"create\";");
	expect_text(o.out, "# not kept: the script /bin/i;");
	expect_text(o.out, "# not kept: the mount option huge=always\n");
	expect_text(o.out, "# not kept: namespace.init,");
	expect_text(o.out, "# not kept: a path with $HOME or $USER;");
	expect_text(o.out, "scope = \"session\" gives each its own");
}

/* A field may have a line feed in it, "\n"; a comment ends there. */
TEST(test_no_text_leaves_its_comment)
{
	convert_well("/tmp\\n}; /i/\\n}; user:iscript=/bin/i\\n};\n"
		     "/srv none tmpfs:mntopts=huge\\n};\n"
		     "/opt /k/ tmpdir:create=1\\n};\n");
	assert_null(strstr(o.out, "\n};:"));
	expect_text(o.out, "the script /bin/i };");
}

TEST(test_nothing_to_convert)
{
	assert_int_equal(convert("# nothing\n"), CTL_REFUSED);
	assert_string_equal(o.err, "nsisolate: no directory is polyinstantiated there; nothing is "
				   "converted\n");
	assert_int_equal(convert("/tmp\n"), CTL_REFUSED);
	expect_text(o.err, "nsisolate: 1 line is wrong; nothing is converted\n");
	assert_int_equal(convert("/tmp\n/srv\n"), CTL_REFUSED);
	expect_text(o.err, "nsisolate: 2 lines are wrong; nothing is converted\n");
	assert_string_equal(o.out, "");
	(void)unlink(scratch_path(&s, 0, "n.conf"));
	assert_int_equal(convert(NULL), CTL_NOT_FOUND);
	expect_text(o.err, "n.conf: No such file or directory\n");
}

#define CONVERT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONVERT_TEST(test_one_policy_for_everybody),
		CONVERT_TEST(test_users_with_the_same_lines_share_a_rule),
		CONVERT_TEST(test_what_is_lost_is_said_where_it_stood),
		CONVERT_TEST(test_no_text_leaves_its_comment),
		CONVERT_TEST(test_nothing_to_convert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
