/* SPDX-License-Identifier: MIT */
/* "copy": its operands, and files out of and into a stored directory of a user without a live set */
#include "base/cleanup.h"
#include "base/fail.h"
#include "instance/instance.h"
#include "tests/unit/ctl/machine.h"

static struct output o;

static int copy(const char *from, const char *to)
{
	static char paths[2][300];

	text_fmt(paths[0], sizeof(paths[0]), "%s", from);
	text_fmt(paths[1], sizeof(paths[1]), "%s", to);
	machine.operands[0] = paths[0];
	machine.operands[1] = paths[1];
	return output_of(&o, copy_verb, &machine.ctl);
}

static void make_stored(const char *owner)
{
	const struct instance_key key = {.kind = 'u', .user = owner};
	const struct instance_retention keep = {.age = 0};
	NSI_AUTO_FD int state = open(machine.statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int lock = -EBADF;
	struct nsi_fail f = {""};
	int fd;

	umask(0);
	fd = instance_open(state, &key, "/var/tmp", 01777, &keep, &lock, &f);
	if (fd < 0)
		fail_msg("%s", f.what);
	(void)close(fd);
}

TEST(test_operands)
{
	static const char *const wrong[][2] = {
		{"/a", "/b"},
		{"root:/a", "bob:/b"},
		{"root:/", "/b"},
		{"root:/a/..", "/b"},
	};

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(copy(wrong[i][0], wrong[i][1]), CTL_USAGE);
		assert_string_equal(o.err,
				    "nsisolate: one of SOURCE and TARGET must be USER:/PATH, "
				    "and SOURCE must end in a name\n");
	}
	assert_int_equal(copy("", "/b"), CTL_USAGE);
	assert_string_equal(o.err, "nsisolate: a path is empty\n");
	assert_int_equal(copy("no-such-user:/a", "/b"), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
}

TEST(test_nothing_that_has_the_path)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(copy("root:/var/tmp/a", machine.s.top), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: root has no live set, and no stored directory has "
				   "/var/tmp/a\n");
	make_stored("root");
	assert_int_equal(copy("root:/var/tmp/a", machine.s.top), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: root:/var/tmp/a: No such file or directory\n");
}

TEST(test_out_of_a_stored_directory_and_into_it)
{
	char path[300];

	if (geteuid() != 0)
		skip();
	make_stored("root");
	assert_int_equal(scratch_write(&machine.s, "state/u0/var-tmp/dir/file", "text"), 0);
	assert_int_equal(copy("root:/var/tmp/dir", machine.s.top), CTL_OK);
	assert_int_equal(access(scratch_path(&machine.s, 0, "dir/file"), F_OK), 0);
	assert_int_equal(copy("root:/var/tmp/dir", machine.s.top), CTL_REFUSED);
	expect_text(o.err, "the name is taken at the target\n");
	text_fmt(path, sizeof(path), "%s/dir/file", machine.s.top);
	assert_int_equal(copy(path, "root:/var/tmp/new"), CTL_OK); /* under another name */
	assert_int_equal(access(scratch_path(&machine.s, 0, "state/u0/var-tmp/new"), F_OK), 0);
	assert_int_equal(copy(path, "root:/var/tmp/none/"), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: root:/var/tmp/none: No such file or directory\n");
}

TEST(test_no_link_is_followed)
{
	if (geteuid() != 0)
		skip();
	make_stored("root");
	assert_int_equal(symlink("/etc", scratch_path(&machine.s, 0, "state/u0/var-tmp/link")), 0);
	assert_int_equal(copy("root:/var/tmp/link/passwd", machine.s.top), CTL_REFUSED);
	assert_string_equal(o.err,
			    "nsisolate: root:/var/tmp/link/passwd: there is a symbolic link in "
			    "this path, and none is followed\n");
}

TEST(test_directories_of_a_former_owner_of_the_number)
{
	if (geteuid() != 0)
		skip();
	make_stored("somebody-else");
	assert_int_equal(copy("root:/var/tmp/a", machine.s.top), CTL_SYSTEM);
	assert_string_equal(o.err,
			    "nsisolate: what is stored for uid 0 belongs to somebody-else\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_operands),
		MACHINE_TEST(test_nothing_that_has_the_path),
		MACHINE_TEST(test_out_of_a_stored_directory_and_into_it),
		MACHINE_TEST(test_no_link_is_followed),
		MACHINE_TEST(test_directories_of_a_former_owner_of_the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
