/* SPDX-License-Identifier: MIT */
/* Changes to mounts while a system call fails: they are made, or the failure is reported */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "mnt/mnt.h"
#include "tests/unit/faults.h"

static bool has_mark(const char *path)
{
	return access(path, F_OK) == 0;
}

static void make_mark(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	faults_check(fd >= 0, "no mark %s", path);
	(void)close(fd);
}

static void mount_tmpfs(const char *path, unsigned long flags)
{
	faults_check(mount("test", path, "tmpfs", flags, "mode=0755") == 0, "no tmpfs at %s: %s",
		     path, strerror(errno));
}

/* /run/place with a mark of its own, below two mounts; /run/tree with a mount below it; another root. */
static void make_places(void)
{
	static const char *const dirs[] = {"/run/place", "/run/tree", "/run/plain", "/run/noexec",
					   "/run/root"};

	umask(0);
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
		     "no mount namespace");
	mount_tmpfs("/run", 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		faults_check(mkdir(dirs[i], 0755) == 0, "no %s", dirs[i]);
	make_mark("/run/place/below");
	mount_tmpfs("/run/place", 0);
	mount_tmpfs("/run/place", 0);
	mount_tmpfs("/run/tree", 0);
	faults_check(mkdir("/run/tree/dir", 0755) == 0, "no directory");
	mount_tmpfs("/run/tree/dir", 0);
	mount_tmpfs("/run/noexec", MS_NOEXEC | MS_NOSUID);
	mount_tmpfs("/run/root", 0);
}

/* A change by its number, and whether it is in force. */
static int change(int which, struct nsi_fail *f)
{
	switch (which) {
	case 0:
		return mnt_remove("/run/place", f);
	case 1:
		return mnt_make_readonly("/run/tree", f);
	case 2:
		return mnt_make_readonly("/run/plain", f);
	case 3:
		return mnt_set_propagation("/run/plain", MS_SHARED, f);
	default:
		return mnt_remove_top("/run/place", f);
	}
}

static bool is_readonly(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

static bool is_in_force(int which)
{
	switch (which) {
	case 0:
		return has_mark("/run/place/below");
	case 1:
		return is_readonly("/run/tree") && is_readonly("/run/tree/dir");
	case 2:
		return is_readonly("/run/plain") && !is_readonly("/run");
	default:
		return true;
	}
}

enum {
	CHANGES = 5
};

static void change_with_a_fault(struct faults *f)
{
	const int which = *(int *)f->arg;
	struct nsi_fail fail = {""};
	int r;

	make_places();
	faults_begin(f);
	r = change(which, &fail);
	faults_end(f);
	faults_check_fds(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(r < 0 || is_in_force(which), "change %d is not in force", which);
}

TEST(test_a_change_is_in_force_or_reported)
{
	if (geteuid() != 0)
		skip();
	for (int which = 0; which < CHANGES; which++)
		faults_sweep(change_with_a_fault, &which, 2);
}

/* Else a private directory would allow what the host's forbids. */
static void ask_for_restrictions(struct faults *f)
{
	uint32_t attrs;
	int fd;

	make_places();
	fd = open("/run/noexec", O_PATH | O_CLOEXEC);
	faults_begin(f);
	attrs = mnt_restrictions(fd);
	faults_end(f);
	(void)close(fd);
	faults_check((attrs & MOUNT_ATTR_NOEXEC) && (attrs & MOUNT_ATTR_NOSUID),
		     "a restriction is lost");
	faults_check(f->shared->failed != -1 || !(attrs & MOUNT_ATTR_NODEV), "one too many");
}

TEST(test_restrictions_are_never_lost)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(ask_for_restrictions, NULL, 1);
}

static void attach_below(struct faults *f)
{
	const struct mnt_tmpfs options = {.mode = 0755, .inodes = 16};
	struct nsi_fail fail = {""};
	int root, mount, r;

	make_places();
	root = open("/run/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mount = mnt_new_tmpfs(&options, &fail);
	faults_check(root >= 0 && mount >= 0, "no mount: %s", fail.what);
	faults_check(mkdir("/run/root/ro", 0755) == 0, "no directory");
	mount_tmpfs("/run/root/ro", MS_RDONLY);
	faults_begin(f);
	r = mnt_attach_below(root, "/ro/a/b", mount, &fail);
	faults_end(f);
	nsi_closep(&root);
	nsi_closep(&mount);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (r == 0)
		make_mark("/run/root/ro/a/b/mark");
}

/* A root whose directories cannot be written gets them on a tmpfs. */
TEST(test_a_mount_has_its_place_in_another_root)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(attach_below, NULL, 5);
}

static void make_tmpfs(struct faults *f)
{
	const struct mnt_tmpfs options = {.mode = 01777, .size_percent = 10, .inodes = 100},
			       wrong = {.mode = 01777, .size_percent = 10, .inodes = 101};
	struct nsi_fail fail = {""};
	int mount;

	make_places();
	f->fds = faults_count_fds();
	faults_begin(f);
	stock_tmpfs(&options);
	stock_fs("tmpfs", MOUNT_ATTR_NODEV);
	mount = stock_new_tmpfs(&wrong, &fail); /* not one of the stock */
	nsi_closep(&mount);
	mount = stock_new_tmpfs(&options, &fail);
	faults_check(mount >= 0 || fail.what[0], "%d without a sentence", mount);
	nsi_closep(&mount);
	mount = stock_new_fs("tmpfs", MOUNT_ATTR_NODEV, &fail);
	faults_check(mount >= 0 || fail.what[0], "%d without a sentence", mount);
	nsi_closep(&mount);
	for (unsigned i = 0; i < 20; i++)
		stock_tmpfs(&options); /* more than there is room for */
	stock_clear();
	faults_end(f);
	faults_check_fds(f);
}

TEST(test_mounts_of_the_stock_are_taken_or_closed)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(make_tmpfs, NULL, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_is_in_force_or_reported),
		cmocka_unit_test(test_restrictions_are_never_lost),
		cmocka_unit_test(test_a_mount_has_its_place_in_another_root),
		cmocka_unit_test(test_mounts_of_the_stock_are_taken_or_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
