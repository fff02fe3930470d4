/* SPDX-License-Identifier: MIT */
/* Lines of namespace.conf(5): fields, quotes, flags, lists of users, and what is refused with its line */
#include "ctl/namespace_conf.h"

#include <errno.h>

#include "base/cleanup.h"
#include "tests/unit/ctl/output.h"
#include "tests/unit/scratch.h"

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

static void read_text(struct namespace_conf *conf, const char *text)
{
	assert_int_equal(scratch_write(&s, "n.conf", text), 0);
	output_begin(&o);
	assert_int_equal(namespace_conf_read(conf, scratch_path(&s, 0, "n.conf")), 0);
	output_end(&o);
}

TEST(test_fields_and_flags)
{
	NSI_CLEANUP(namespace_conf_done) struct namespace_conf conf = {0};
	const struct namespace_line *l;

	read_text(&conf,
		  "# a comment\n\n"
		  "/tmp/// /tmp-inst/ user:create=0700,root,root:noinit:shared root,adm\n"
		  "\"/a b\" /x\\ty/ tmpfs:mntopts=size=1m,noexec:iscript=/bin/i ~alice,bob # end\n"
		  "$HOME $HOME/.i level:create:unknown=1\n");
	assert_string_equal(o.err, "");
	assert_int_equal(conf.errors, 0);
	assert_int_equal(conf.count, 3);
	l = &conf.lines[0];
	assert_int_equal(l->number, 3);
	assert_string_equal(l->dir, "/tmp");
	assert_string_equal(l->prefix, "/tmp-inst/");
	assert_string_equal(namespace_method_name(l->method), "user");
	assert_string_equal(l->create, "0700,root,root");
	assert_true(l->has_create && l->noinit && l->is_shared && !l->is_exclusive);
	assert_int_equal(l->user_count, 2);
	assert_string_equal(l->users[1], "adm");
	l = &conf.lines[1];
	assert_string_equal(l->dir, "/a b");
	assert_string_equal(l->prefix, "/x\ty/");
	assert_string_equal(l->mount, "size=1m,noexec");
	assert_string_equal(l->script, "/bin/i");
	assert_true(l->is_exclusive);
	assert_string_equal(l->users[0], "alice");
	l = &conf.lines[2];
	assert_true(l->has_create);
	assert_null(l->create);
}

TEST(test_a_wrong_line_is_named_and_left_out)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{"/tmp\n", ":1: error: the line lacks an instance prefix; see namespace.conf(5)\n"},
		{"/tmp /i\n", ":1: error: the line lacks a method; see namespace.conf(5)\n"},
		{"/tmp /i both\n",
		 ":1: error: the method 'both' is none of user, level, context, tmpfs, tmpdir\n"},
		{"/tmp /i :\n",
		 ":1: error: the method '' is none of user, level, context, tmpfs, tmpdir\n"},
		{"tmp /i user\n", ":1: error: a path must begin with '/' and have no '..' in it\n"},
		{"/a/../b /i user\n",
		 ":1: error: a path must begin with '/' and have no '..' in it\n"},
		{"/tmp i user\n", ":1: error: a path must begin with '/' and have no '..' in it\n"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		NSI_CLEANUP(namespace_conf_done) struct namespace_conf conf = {0};

		read_text(&conf, wrong[i].line);
		assert_int_equal(conf.errors, 1);
		assert_int_equal(conf.count, 0);
		assert_string_equal(o.err + strlen(scratch_path(&s, 0, "n.conf")), wrong[i].says);
	}
}

TEST(test_a_tmpfs_needs_no_prefix)
{
	NSI_CLEANUP(namespace_conf_done) struct namespace_conf conf = {0};

	read_text(&conf, "/ none tmpfs\n");
	assert_int_equal(conf.count, 1);
	assert_string_equal(conf.lines[0].dir, "/");
}

TEST(test_a_file_that_cannot_be_read)
{
	NSI_CLEANUP(namespace_conf_done) struct namespace_conf conf = {0};

	assert_int_equal(namespace_conf_read(&conf, scratch_path(&s, 0, "none")), -ENOENT);
	assert_int_equal(namespace_conf_read(&conf, s.top), -EISDIR);
	assert_int_equal(conf.count, 0);
}

#define CONF_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(test_fields_and_flags),
		CONF_TEST(test_a_wrong_line_is_named_and_left_out),
		CONF_TEST(test_a_tmpfs_needs_no_prefix),
		CONF_TEST(test_a_file_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
