/* SPDX-License-Identifier: MIT */
/* Mounts as they are made: what statvfs(3) and names below them tell */
#include "mnt/mnt.h"

#include "base/cleanup.h"
#include "base/fail.h"
#include "tests/unit/own_system.h"

enum {
	MIB = 1 << 20,
	OTHER = 1000,
};

/* Attaches it on /run/place. */
static void attach(int mount, const struct nsi_fail *made)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int target = -EBADF;

	faults_check(mount >= 0, "no mount: %s", made->what);
	target = mnt_open_target("/run/place", &f);
	faults_check(target >= 0 && mnt_attach(mount, target, &f) == 0, "%s", f.what);
	faults_check(mnt_verify("/run/place", mount, &f) == 0, "%s", f.what);
}

static void make_tmpfs(void *arg)
{
	const struct mnt_tmpfs options = {.size = MIB,
					  .inodes = 100,
					  .mode = 01770,
					  .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	struct nsi_fail f = {""};
	struct statvfs fs;
	NSI_AUTO_FD int mount = -EBADF;

	(void)arg;
	own_system();
	own_dir("/run/place", 0755);
	mount = mnt_new_tmpfs(&options, &f);
	attach(mount, &f);
	own_check_flags("/run/place", ST_NOSUID | ST_NODEV);
	own_check_mode("/run/place", 01770);
	faults_check(statvfs("/run/place", &fs) == 0 &&
			     (uint64_t)fs.f_blocks * fs.f_frsize == MIB && fs.f_files == 100,
		     "another size");
}

TEST(test_a_tmpfs_has_its_size_mode_and_flags)
{
	faults_apart(make_tmpfs, NULL);
}

static void make_percent(void *arg)
{
	struct mnt_tmpfs options = {.size_percent = 50, .mode = 0755, .attrs = MNT_READONLY};
	struct nsi_fail f = {""};
	struct statvfs half, fifth;
	NSI_AUTO_FD int a = -EBADF;
	NSI_AUTO_FD int b = -EBADF;

	(void)arg;
	own_system();
	own_dir("/run/place", 0755);
	a = mnt_new_tmpfs(&options, &f);
	attach(a, &f);
	own_check_flags("/run/place", ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	options.size_percent = 10;
	b = mnt_new_tmpfs(&options, &f);
	faults_check(b >= 0 && fstatvfs(a, &half) == 0 && fstatvfs(b, &fifth) == 0, "%s", f.what);
	faults_check(half.f_blocks / 5 <= fifth.f_blocks + 1 &&
			     fifth.f_blocks <= half.f_blocks / 5 + 1,
		     "10 %% of the memory is not a fifth of 50 %%");
}

TEST(test_a_size_can_be_a_part_of_the_memory)
{
	faults_apart(make_percent, NULL);
}

static void make_wrong(void *arg)
{
	const struct mnt_option wrong = {"nonsense", "1"};
	struct nsi_fail f = {""};

	(void)arg;
	own_system();
	faults_check(mnt_new_fs("tmpfs", 0, &wrong, 1, &f) == -EINVAL, "it is taken");
	faults_check(strstr(f.what, "cannot make a tmpfs with this nonsense: ") == f.what &&
			     strstr(f.what, "nonsense'"),
		     "%s", f.what);
	f.what[0] = '\0';
	faults_check(mnt_new_fs("nosuchfs", 0, NULL, 0, &f) == -ENODEV, "it is made");
	faults_check(strcmp(f.what, "cannot make a nosuchfs: No such device") == 0, "%s", f.what);
}

TEST(test_what_the_kernel_does_not_take_is_in_the_sentence)
{
	faults_apart(make_wrong, NULL);
}

/* /run/tree with a file and a mount that has another. */
static int make_tree(void)
{
	int fd;

	own_dir("/run/tree", 0755);
	own_dir("/run/place", 0755);
	own_tmpfs("/run/tree", 0, "mode=0755");
	own_file("/run/tree/file", "of the tree");
	own_dir("/run/tree/below", 0755);
	own_tmpfs("/run/tree/below", 0, "mode=0755");
	own_file("/run/tree/below/file", "below");
	fd = open("/run/tree", O_PATH | O_CLOEXEC);
	faults_check(fd >= 0, "no tree");
	return fd;
}

static void copy_one(void *arg)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int tree = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	(void)arg;
	own_system();
	tree = make_tree();
	mount = mnt_clone(tree, MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY, &f);
	attach(mount, &f);
	own_check_flags("/run/place", ST_RDONLY | ST_NODEV);
	own_check_flags("/run/tree", 0);
	own_check_text("/run/place/file", "of the tree");
	faults_check(own_has("/run/place/below") && !own_has("/run/place/below/file"),
		     "the mount below came along");
}

TEST(test_a_copy_has_more_flags_and_no_mounts_below)
{
	faults_apart(copy_one, NULL);
}

static void copy_tree(void *arg)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int tree = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	(void)arg;
	own_system();
	tree = make_tree();
	mount = mnt_clone_tree(tree, MOUNT_ATTR_NOEXEC, &f);
	attach(mount, &f);
	own_check_flags("/run/place", ST_NOEXEC);
	own_check_flags("/run/place/below", ST_NOEXEC);
	own_check_flags("/run/tree/below", 0);
	own_check_text("/run/place/below/file", "below");
}

TEST(test_a_copy_of_a_tree_has_the_flags_everywhere)
{
	faults_apart(copy_tree, NULL);
}

static void refuse_target(const char *path, int err, const char *sentence)
{
	struct nsi_fail f = {""};

	faults_check(mnt_open_target(path, &f) == err, "%s is no error %d: %s", path, err, f.what);
	faults_check(strstr(f.what, sentence) != NULL, "%s: %s", path, f.what);
}

static void open_targets(void *arg)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int shared = -EBADF;

	(void)arg;
	own_system();
	own_dir("/run/dir", 0755);
	own_dir("/run/shared", 01777);
	own_dir("/run/theirs", 0755);
	own_dir("/run/theirs/dir", 0755);
	own_file("/run/file", "");
	faults_check(chown("/run/theirs", OTHER, OTHER) == 0 && symlink("dir", "/run/link") == 0,
		     "no places");
	shared = mnt_open_target("/run/shared", &f);
	faults_check(shared >= 0, "%s", f.what);
	refuse_target("/run/none", -ENOENT, "/run/none");
	refuse_target("/run/link", -ELOOP, "/run/link");
	refuse_target("/run/file", -ENOTDIR, "/run/file");
	refuse_target("/run/theirs", -EPERM, "/run/theirs");
	refuse_target("/run/theirs/dir", -EPERM, "/run/theirs");
}

TEST(test_a_place_that_others_could_change_is_refused_and_named)
{
	faults_apart(open_targets, NULL);
}

static void verify(void *arg)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int tree = -EBADF;

	(void)arg;
	own_system();
	tree = make_tree();
	faults_check(mnt_verify("/run/tree", tree, &f) == 0, "%s", f.what);
	faults_check(mnt_verify("/run/place", tree, &f) == -EXDEV &&
			     strcmp(f.what, "/run/place is not what was mounted there") == 0,
		     "%s", f.what);
	f.what[0] = '\0';
	faults_check(mnt_verify("/run/none", tree, &f) == -ENOENT && strstr(f.what, "/run/none"),
		     "%s", f.what);
}

TEST(test_another_thing_at_the_path_is_noticed)
{
	faults_apart(verify, NULL);
}

static void put_overlay(void *arg)
{
	const struct mnt_tmpfs upper = {.mode = 0700, .attrs = MOUNT_ATTR_NOSUID};
	struct nsi_fail f = {""};
	NSI_AUTO_FD int tree = -EBADF;
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;
	struct stat st;

	(void)arg;
	own_system();
	tree = make_tree();
	faults_check(chown("/run/tree", OTHER, OTHER) == 0 && chmod("/run/tree", 02750) == 0,
		     "no owner");
	target = open("/run/tree", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mount = mnt_attach_overlay(target, &upper, &f);
	if (mount == -ENODEV) /* the kernel has none */
		_exit(77);
	faults_check(mount >= 0, "%s", f.what);
	own_check_flags("/run/tree", ST_NOSUID);
	faults_check(stat("/run/tree", &st) == 0 && st.st_uid == OTHER && st.st_gid == OTHER &&
			     (st.st_mode & 07777) == 02750,
		     "the top is %u's with mode %o", st.st_uid, st.st_mode);
	own_check_text("/run/tree/file", "of the tree");
	own_file("/run/tree/file", "changed");
	own_check_text("/run/tree/file", "changed");
	faults_check(umount2("/run/tree", MNT_DETACH) == 0 && umount2("/run/tree", MNT_DETACH) == 0,
		     "not two mounts");
	own_check_text("/run/tree/file", "of the tree");
}

TEST(test_an_overlay_looks_like_what_is_below_and_keeps_changes_to_itself)
{
	faults_apart(put_overlay, NULL);
}

/* Two mount namespaces, whose /run is shared, and this process in either. */
static void cut_off(void *arg)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int host = -EBADF;
	NSI_AUTO_FD int set = -EBADF;

	(void)arg;
	own_system();
	own_dir("/run/outside", 0755);
	own_dir("/run/inside", 0755);
	host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	faults_check(mount(NULL, "/run", NULL, MS_SHARED, NULL) == 0 && unshare(CLONE_NEWNS) == 0,
		     "no second namespace");
	set = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	faults_check(mnt_make_slave(&f) == 0, "%s", f.what);
	own_tmpfs("/run/inside", 0, "");
	own_file("/run/inside/mark", "");
	faults_check(setns(host, CLONE_NEWNS) == 0, "no way back");
	faults_check(!own_has("/run/inside/mark"), "a mount of the set's came to the host");
	own_tmpfs("/run/outside", 0, "");
	own_file("/run/outside/mark", "");
	faults_check(setns(set, CLONE_NEWNS) == 0, "no way in");
	faults_check(own_has("/run/outside/mark"), "a mount of the host's did not come");
	faults_check(own_has("/run/inside/mark"), "a mount of the set's is gone");
}

TEST(test_mounts_come_from_the_host_and_do_not_go_there)
{
	faults_apart(cut_off, NULL);
}

static void use_stock(void *arg)
{
	const struct mnt_tmpfs options = {.size = MIB, .mode = 0700, .attrs = MOUNT_ATTR_NODEV},
			       other = {.size = 2 * MIB, .mode = 0700, .attrs = MOUNT_ATTR_NODEV};
	struct nsi_fail f = {""};
	struct statvfs fs;
	int fds, mount;

	(void)arg;
	own_system();
	fds = faults_count_fds();
	stock_tmpfs(&options);
	faults_check(faults_count_fds() == fds + 1, "nothing is in stock");
	mount = stock_new_tmpfs(&other, &f);
	faults_check(mount >= 0 && fstatvfs(mount, &fs) == 0 &&
			     (uint64_t)fs.f_blocks * fs.f_frsize == 2 * MIB,
		     "one of another size: %s", f.what);
	nsi_closep(&mount);
	mount = stock_new_tmpfs(&options, &f);
	faults_check(mount >= 0 && faults_count_fds() == fds + 1, "it did not come from the stock");
	nsi_closep(&mount);
	stock_tmpfs(&options);
	stock_clear();
	faults_check(faults_count_fds() == fds, "the stock is not empty");
}

TEST(test_a_mount_of_the_stock_is_the_one_that_was_ordered)
{
	faults_apart(use_stock, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tmpfs_has_its_size_mode_and_flags),
		cmocka_unit_test(test_a_size_can_be_a_part_of_the_memory),
		cmocka_unit_test(test_what_the_kernel_does_not_take_is_in_the_sentence),
		cmocka_unit_test(test_a_copy_has_more_flags_and_no_mounts_below),
		cmocka_unit_test(test_a_copy_of_a_tree_has_the_flags_everywhere),
		cmocka_unit_test(test_a_place_that_others_could_change_is_refused_and_named),
		cmocka_unit_test(test_another_thing_at_the_path_is_noticed),
		cmocka_unit_test(
			test_an_overlay_looks_like_what_is_below_and_keeps_changes_to_itself),
		cmocka_unit_test(test_mounts_come_from_the_host_and_do_not_go_there),
		cmocka_unit_test(test_a_mount_of_the_stock_is_the_one_that_was_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
