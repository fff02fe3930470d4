/* SPDX-License-Identifier: MIT */
/* Private directories: made anew as the row says, and found where they are covered or moved */
#include "base/cleanup.h"
#include "base/fail.h"
#include "mnt/mnt.h"
#include "tests/unit/own_system.h"
#include "view/cover.h"
#include "view/put.h"
#include "view/visit.h"

enum {
	SIZE = 1 << 20
};

#define PLACE "/run/above/dir"

static uint64_t device[1];
static const struct cover_set set = {
	.id = 7, .rundir = "/run/nsisolate", .hostname = "alice", .dev = device, .dir_count = 1};
static struct cover_list list;

/* A place on a mount with these flags, and the only row of the list, at it. */
static const struct cover_row *row_begin(const struct cover_row *row, unsigned long flags)
{
	own_system();
	own_dir("/run/above", 0755);
	own_tmpfs("/run/above", flags, "mode=0755");
	own_dir(PLACE, 0755);
	own_file(PLACE "/host", "");
	faults_check(cover_list_add(&list, row, PLACE, "", NULL) == 0, "no list");
	return cover_list_next(&list, NULL);
}

static enum cover_state row_state(const struct cover_row *row)
{
	const struct cover_source none = {.err = ENODATA};
	struct nsi_fail ignored = {""};

	return cover_check(&set, row, &none, &ignored);
}

/* It is mounted now, with a file of the set's. */
static void row_put(const struct cover_row *row)
{
	struct nsi_fail f = {""};

	faults_check(row_state(row) == COVER_MISSING, "it is there before");
	faults_check(cover_put(row, -EBADF, &f) == 0, "%s", f.what);
	cover_note_device(row, device, 1);
	faults_check(row_state(row) == COVER_IN_PLACE, "it is not in place");
	own_file(PLACE "/set", "of the set");
}

static const struct cover_row small = {.type = COVER_PRIVATE,
				       .method = COVER_TMPFS,
				       .mode = 01777,
				       .attrs = MOUNT_ATTR_NOSUID,
				       .bytes = SIZE,
				       .inodes = 50};

static void put_tmpfs(void *arg)
{
	struct statvfs fs;

	(void)arg;
	row_put(row_begin(&small, 0));
	own_check_mode(PLACE, 01777);
	own_check_flags(PLACE, ST_NOSUID);
	faults_check(!own_has(PLACE "/host"), "it has the host's file");
	faults_check(statvfs(PLACE, &fs) == 0 && (uint64_t)fs.f_blocks * fs.f_frsize == SIZE &&
			     fs.f_files == 50,
		     "another size");
	cover_list_done(&list);
}

TEST(test_a_private_directory_has_its_size_mode_and_flags)
{
	faults_apart(put_tmpfs, NULL);
}

static void put_on_noexec(void *arg)
{
	(void)arg;
	row_put(row_begin(&small, MS_NOEXEC | MS_NODEV));
	own_check_flags(PLACE, ST_NOSUID | ST_NOEXEC);
	cover_list_done(&list);
}

static void put_exec_on_noexec(void *arg)
{
	struct cover_row row = small;

	(void)arg;
	row.flags = COVER_EXEC;
	row_put(row_begin(&row, MS_NOEXEC));
	own_check_flags(PLACE, ST_NOSUID);
	cover_list_done(&list);
}

TEST(test_programs_run_where_the_host_lets_them_or_the_policy_says_so)
{
	faults_apart(put_on_noexec, NULL);
	faults_apart(put_exec_on_noexec, NULL);
}

static void put_overlay(void *arg)
{
	const struct cover_row overlay = {.type = COVER_PRIVATE, .method = COVER_OVERLAY};
	const struct cover_row *row = row_begin(&overlay, 0);
	struct nsi_fail f = {""};
	const int r = cover_put(row, -EBADF, &f);

	(void)arg;
	if (r == -ENODEV) /* the kernel has none */
		_exit(77);
	faults_check(r == 0, "%s", f.what);
	own_check_mode(PLACE, 0755);
	faults_check(own_has(PLACE "/host"), "the host's file is not seen");
	own_file(PLACE "/set", "");
	faults_check(umount2(PLACE, MNT_DETACH) == 0 && umount2(PLACE, MNT_DETACH) == 0,
		     "not two mounts");
	faults_check(!own_has(PLACE "/set"), "the host has the set's file");
	cover_list_done(&list);
}

TEST(test_an_overlay_shows_the_hosts_files_and_keeps_its_own)
{
	faults_apart(put_overlay, NULL);
}

/* In a home of another user, on a mount whose flags it keeps. */
static void put_home(void *arg)
{
	const struct cover_row home = {.type = COVER_HOME};
	const struct cover_row *row = row_begin(&home, MS_NOEXEC);
	struct nsi_fail f = {""};
	struct stat st;
	int r;

	(void)arg;
	faults_check(chown(PLACE, 1000, 1000) == 0 && chmod(PLACE, 0700) == 0, "no home");
	r = cover_put(row, -EBADF, &f);
	if (r == -ENODEV)
		_exit(77);
	faults_check(r == 0, "%s", f.what);
	faults_check(row_state(row) == COVER_IN_PLACE, "it is not in place");
	own_check_flags(PLACE, ST_NOSUID | ST_NODEV | ST_NOEXEC);
	faults_check(stat(PLACE, &st) == 0 && st.st_uid == 1000 && (st.st_mode & 07777) == 0700,
		     "it is %u's with mode %o", st.st_uid, st.st_mode);
	cover_list_done(&list);
}

TEST(test_a_home_keeps_its_owner_and_flags)
{
	faults_apart(put_home, NULL);
}

static void put_gone(void *arg)
{
	const struct cover_row disk = {.type = COVER_PRIVATE, .method = COVER_DISK, .mode = 0700};
	const struct cover_row *row = row_begin(&disk, 0);
	struct nsi_fail f = {""};

	(void)arg;
	faults_check(cover_put(row, -EBADF, &f) == -ENOENT, "it was made");
	faults_check(strcmp(f.what, "the instance of " PLACE " is gone") == 0, "%s", f.what);
	faults_check(own_has(PLACE "/host"), "something is there");
	cover_list_done(&list);
}

TEST(test_an_instance_on_disk_that_is_gone_is_not_made_anew)
{
	faults_apart(put_gone, NULL);
}

static void refuse_place(void *arg)
{
	const struct cover_row *row = row_begin(&small, 0);
	struct nsi_fail f = {""};

	(void)arg;
	faults_check(rename(PLACE, "/run/above/other") == 0 && symlink("other", PLACE) == 0,
		     "no link");
	faults_check(cover_put(row, -EBADF, &f) == -ELOOP && strstr(f.what, PLACE), "%s", f.what);
	cover_list_done(&list);
}

TEST(test_a_link_is_no_place)
{
	faults_apart(refuse_place, NULL);
}

/* Looks for it and puts what was found on a place of its own, which has the set's file then. */
static void find(const struct cover_row *row, enum recover_how wanted)
{
	NSI_AUTO_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int mount = -EBADF;
	NSI_AUTO_FD int target = -EBADF;
	enum recover_how how = RECOVER_COVERED;
	struct nsi_fail f = {""};

	mount = recover_find(&set, row, proc, &how, &f);
	faults_check(mount >= 0, "it is not found: %s", f.what);
	faults_check(how == wanted, "it was found in the way %d", (int)how);
	own_dir("/run/found", 0755);
	target = open("/run/found", O_PATH | O_DIRECTORY | O_CLOEXEC);
	faults_check(mnt_attach(mount, target, &f) == 0, "%s", f.what);
	own_check_text("/run/found/set", "of the set");
}

static void find_covered(void *arg)
{
	const struct cover_row disk = {.type = COVER_PRIVATE, .method = COVER_DISK};
	const struct cover_row *row = row_begin(&disk, 0);

	(void)arg;
	own_tmpfs(PLACE, 0, "mode=01777");
	cover_note_device(row, device, 1);
	own_file(PLACE "/set", "of the set");
	own_tmpfs("/run/above", 0, "mode=0755");
	own_dir(PLACE, 0755);
	own_tmpfs(PLACE, 0, "mode=0755");
	faults_check(row_state(row) == COVER_MISSING, "it is in place below two mounts");
	find(row, RECOVER_COVERED);
	cover_list_done(&list);
}

TEST(test_a_directory_below_other_mounts_is_found)
{
	faults_apart(find_covered, NULL);
}

static void uncover(void *arg)
{
	const struct cover_row *row = row_begin(&small, 0);
	struct nsi_fail f = {""};

	(void)arg;
	row_put(row);
	own_tmpfs("/run/above", 0, "mode=0755");
	own_dir(PLACE, 0755);
	own_tmpfs(PLACE, 0, "mode=0755");
	faults_check(recover_uncover(&set, row, &f) == 0, "%s", f.what);
	faults_check(row_state(row) == COVER_IN_PLACE, "it is not in place");
	own_check_text(PLACE "/set", "of the set");
	cover_list_done(&list);
}

TEST(test_what_lies_above_is_taken_away)
{
	faults_apart(uncover, NULL);
}

static void find_moved(void *arg)
{
	const struct cover_row *row = row_begin(&small, 0);

	(void)arg;
	own_dir("/run/above/parent", 0755);
	cover_list_done(&list);
	own_dir("/run/above/parent/dir", 0755);
	faults_check(cover_list_add(&list, &small, "/run/above/parent/dir", "", NULL) == 0,
		     "no list");
	row = cover_list_next(&list, NULL);
	own_tmpfs("/run/above/parent/dir", 0, "mode=01777");
	cover_note_device(row, device, 1);
	own_file("/run/above/parent/dir/set", "of the set");
	faults_check(rename("/run/above/parent", "/run/above/moved") == 0, "it stays");
	faults_check(row_state(row) == COVER_NO_PLACE, "it has a place");
	find(row, RECOVER_MOVED);
	cover_list_done(&list);
}

TEST(test_a_directory_that_was_moved_is_found)
{
	faults_apart(find_moved, NULL);
}

static void find_none(void *arg)
{
	const struct cover_row *row = row_begin(&small, 0);
	NSI_AUTO_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum recover_how how;
	struct nsi_fail f = {""};

	(void)arg;
	device[0] = 0;
	faults_check(recover_find(&set, row, proc, &how, &f) == -ENOENT, "something is found");
	f.what[0] = '\0';
	faults_check(recover_uncover(&set, row, &f) == -ENOENT &&
			     strcmp(f.what, "the mount that covers " PLACE " cannot be removed") ==
				     0,
		     "%s", f.what);
	cover_list_done(&list);
}

TEST(test_a_directory_that_is_gone_is_not_found)
{
	faults_apart(find_none, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_private_directory_has_its_size_mode_and_flags),
		cmocka_unit_test(test_programs_run_where_the_host_lets_them_or_the_policy_says_so),
		cmocka_unit_test(test_an_overlay_shows_the_hosts_files_and_keeps_its_own),
		cmocka_unit_test(test_a_home_keeps_its_owner_and_flags),
		cmocka_unit_test(test_an_instance_on_disk_that_is_gone_is_not_made_anew),
		cmocka_unit_test(test_a_link_is_no_place),
		cmocka_unit_test(test_a_directory_below_other_mounts_is_found),
		cmocka_unit_test(test_what_lies_above_is_taken_away),
		cmocka_unit_test(test_a_directory_that_was_moved_is_found),
		cmocka_unit_test(test_a_directory_that_is_gone_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
