/* SPDX-License-Identifier: MIT */
/* The switch that turns isolation off: by a file of root's, and by the kernel's command line */
#include "login/off.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch run;

static int begin(void **state)
{
	(void)state;
	return scratch_make(&run);
}

static int end(void **state)
{
	(void)state;
	scratch_done(&run);
	return 0;
}

/* Compares whether the file in the directory is one that switches it off. */
static void expect_file(bool want)
{
	NSI_AUTO_FD int fd = open(run.top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char why[128] = "";

	assert_int_equal(off_is_set_at(fd, false, "/run/x", why, sizeof(why)), want);
	assert_string_equal(why,
			    want ? "isolation is switched off by the file /run/x/disabled" : "");
}

TEST(test_a_file_of_roots)
{
	const char *path = scratch_path(&run, 0, OFF_FILE);
	const bool is_root = geteuid() == 0;

	expect_file(false);
	assert_int_equal(scratch_write(&run, OFF_FILE, ""), 0);
	assert_int_equal(chmod(path, 0644), 0);
	expect_file(is_root); /* anybody else's is none */
	assert_int_equal(chmod(path, 0000), 0);
	expect_file(is_root);
	assert_int_equal(chmod(path, 0664), 0);
	expect_file(false);
	assert_int_equal(chmod(path, 0646), 0);
	expect_file(false);
	assert_int_equal(chmod(path, 0600), 0);
	if (is_root)
		assert_int_equal(chown(path, 65534, 0), 0);
	expect_file(false);
}

TEST(test_another_thing_of_that_name)
{
	const char *path = scratch_path(&run, 0, OFF_FILE);

	assert_int_equal(symlink("/etc/passwd", path), 0);
	expect_file(false);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	expect_file(false);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_file(false);
}

TEST(test_the_kernel_is_asked_behind_the_file)
{
	char why[128] = "", part[8];

	assert_true(off_is_set_at(-1, true, "/run/x", why, sizeof(why)));
	assert_string_equal(why,
			    "isolation is switched off by nsisolate=off on the kernel's command "
			    "line");
	assert_true(off_is_set_at(-1, true, "/run/x", part, sizeof(part)));
	assert_string_equal(part, "isolati");
	assert_false(off_is_set_at(-1, false, "/run/x", why, sizeof(why)));
}

/* A file in a directory that others may write to could be anybody's. */
TEST(test_the_way_to_the_file_must_be_roots)
{
	struct scratch trusted;
	char why[128] = "";

	if (geteuid() != 0 || off_by_kernel())
		skip();
	assert_int_equal(scratch_write(&run, OFF_FILE, ""), 0);
	assert_false(off_is_set(run.top, why, sizeof(why))); /* /tmp is everybody's */
	assert_false(off_is_set("/nowhere/at/all", why, sizeof(why)));
	assert_string_equal(why, "");
	if (scratch_make_below(&trusted, "/run") < 0)
		skip();
	assert_int_equal(scratch_write(&trusted, OFF_FILE, ""), 0);
	assert_true(off_is_set(trusted.top, why, sizeof(why)));
	assert_non_null(strstr(why, trusted.top));
	scratch_done(&trusted);
}

/* Puts @text in the place of the kernel's command line, and compares. */
static void check_line(const char *text, bool want)
{
	const char *path = scratch_path(&run, 0, "cmdline");

	faults_check(scratch_write(&run, "cmdline", text) == 0, "no file");
	faults_check(mount(path, "/proc/cmdline", NULL, MS_BIND, NULL) == 0, "no mount");
	faults_check(off_by_kernel() == want, "of: %.80s", text);
	faults_check(umount2("/proc/cmdline", MNT_DETACH) == 0, "it stays mounted");
}

static void check_lines(void *arg)
{
	static char text[8200];

	(void)arg;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(77);
	check_line("", false);
	check_line("root=/dev/sda quiet\n", false);
	check_line(OFF_WORD, true);
	check_line("quiet " OFF_WORD "\n", true);
	check_line("quiet\t" OFF_WORD " splash\n", true);
	check_line(OFF_WORD " -- x", true);
	check_line("quiet -- " OFF_WORD "\n", false); /* that is for init */
	check_line("x" OFF_WORD, false);
	check_line(OFF_WORD "x", false);
	check_line("nsisolate=on", false);
	check_line("NSISOLATE=OFF", false);
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, OFF_WORD, strlen(OFF_WORD));
	check_line(text, false); /* longer than any kernel's: not to be read */
	text[8191] = '\0';
	check_line(text, true);
}

TEST(test_the_words_of_the_kernel)
{
	if (geteuid() != 0)
		skip();
	faults_apart(check_lines, NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_file_of_roots),
		CASE(test_another_thing_of_that_name),
		cmocka_unit_test(test_the_kernel_is_asked_behind_the_file),
		CASE(test_the_way_to_the_file_must_be_roots),
		CASE(test_the_words_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
