/* SPDX-License-Identifier: MIT */
/* The SELinux label of what a private directory covers, on file systems that keep it without SELinux, too */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "mnt/mnt.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static const char label[] = "system_u:object_r:tmp_t:s0"; /* with its NUL, as the kernel keeps it */
static const char name[] = "security.selinux";

struct fixture {
	struct scratch s;
	int covered, top; /* O_PATH */
	struct nsi_fail f;
};

static int set_up(void **state)
{
	static struct fixture x;

	memset(&x, 0, sizeof(x));
	if (geteuid() != 0)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    scratch_make(&x.s) < 0 || mount("tmpfs", x.s.top, "tmpfs", 0, NULL) < 0 ||
	    chdir(x.s.top) < 0 || mkdir("covered", 0700) < 0 || mkdir("top", 0700) < 0)
		return -1;
	x.covered = open("covered", O_PATH | O_CLOEXEC);
	x.top = open("top", O_PATH | O_CLOEXEC);
	*state = &x;
	return x.covered < 0 || x.top < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	if (!x)
		return 0;
	nsi_closep(&x->covered);
	nsi_closep(&x->top);
	if (chdir("/") < 0 || umount2(x->s.top, MNT_DETACH) < 0)
		return -1;
	scratch_done(&x->s);
	return 0;
}

static struct fixture *as_root(void **state)
{
	if (!*state)
		skip();
	return *state;
}

TEST(test_a_private_directory_gets_the_label_of_what_it_covers)
{
	struct fixture *x = as_root(state);
	char seen[100];

	assert_int_equal(setxattr("covered", name, label, sizeof(label), 0), 0);
	assert_int_equal(mnt_copy_label_of_dir(x->covered, x->top, &x->f), 0);
	assert_int_equal(getxattr("top", name, seen, sizeof(seen)), sizeof(label));
	assert_string_equal(seen, label);
}

TEST(test_another_label_is_replaced)
{
	struct fixture *x = as_root(state);
	char seen[100];

	assert_int_equal(setxattr("covered", name, label, sizeof(label), 0), 0);
	assert_int_equal(setxattr("top", name, "system_u:object_r:var_lib_t:s0", 31, 0), 0);
	assert_int_equal(mnt_copy_label_of_dir(x->covered, x->top, &x->f), 0);
	assert_int_equal(getxattr("top", name, seen, sizeof(seen)), sizeof(label));
	assert_string_equal(seen, label);
}

TEST(test_without_a_label_nothing_changes)
{
	struct fixture *x = as_root(state);

	assert_int_equal(mnt_copy_label_of_dir(x->covered, x->top, &x->f), 0);
	assert_int_equal(getxattr("top", name, NULL, 0), -1);
	assert_int_equal(errno, ENODATA);
}

/* A session with a label that is not the host's would be let in or kept out by rules for something else. */
TEST(test_a_label_that_cannot_be_given_is_an_error)
{
	struct fixture *x = as_root(state);

	assert_int_equal(setxattr("covered", name, label, sizeof(label), 0), 0);
	assert_int_equal(mount("top", "top", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, "top", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	nsi_closep(&x->top);
	x->top = open("top", O_PATH | O_CLOEXEC);
	assert_int_equal(mnt_copy_label_of_dir(x->covered, x->top, &x->f), -EROFS);
	assert_non_null(strstr(x->f.what, label));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_private_directory_gets_the_label_of_what_it_covers, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_another_label_is_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_a_label_nothing_changes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_label_that_cannot_be_given_is_an_error,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
