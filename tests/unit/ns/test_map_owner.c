/* SPDX-License-Identifier: MIT */
/* User namespaces with maps: the files of subordinate ids, and all of it while a system call fails */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/idmap.h"
#include "base/nstype.h"
#include "ns/ns.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

static int add_subids(const struct scratch *s, const char *text, struct idmap *map,
		      struct nsi_fail *f)
{
	*map = (struct idmap){0};
	*f = (struct nsi_fail){""};
	assert_int_equal(scratch_write(s, "subuid", text), 0);
	return ns_add_subids(scratch_path(s, 0, "subuid"), "alice", 2001, map, f);
}

/* The file is trusted only in a directory of root's. */
static void begin(struct scratch *s)
{
	if (geteuid() != 0)
		skip();
	umask(022);
	assert_int_equal(scratch_make_below(s, "/run"), 0);
}

TEST(test_subordinate_ids_are_found_by_name_and_by_number)
{
	struct nsi_fail f;
	struct scratch s;
	struct idmap map;

	begin(&s);
	assert_int_equal(add_subids(&s,
				    "# a comment\n\nbob:1:1\nalice:100000:65536\n"
				    "2001:300000:10\nalicia:5:5\n",
				    &map, &f),
			 0);
	assert_true(idmap_has(&map, 100000) && idmap_has(&map, 165535));
	assert_true(idmap_has(&map, 300000) && idmap_has(&map, 300009));
	assert_false(idmap_has(&map, 1) || idmap_has(&map, 5) || idmap_has(&map, 300010));
	scratch_done(&s);
}

TEST(test_a_user_without_any_is_told_so)
{
	struct nsi_fail f;
	struct scratch s;
	struct idmap map;

	begin(&s);
	assert_int_equal(add_subids(&s, "bob:1:1\n", &map, &f), -ENOENT);
	assert_non_null(strstr(f.what, "where alice has none"));
	f = (struct nsi_fail){""};
	assert_int_equal(ns_add_subids(scratch_path(&s, 0, "none"), "alice", 2001, &map, &f),
			 -ENOENT);
	assert_non_null(strstr(f.what, "cannot open "));
	scratch_done(&s);
}

TEST(test_a_damaged_line_of_ones_own_is_refused)
{
	static const char *const lines[] = {"alice:many:1\n", "alice:1:-1\n", "2001:1:4294967296\n",
					    "alice:4294967295:2\n"};
	struct nsi_fail f;
	struct scratch s;
	struct idmap map;

	begin(&s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_true(add_subids(&s, lines[i], &map, &f) < 0);
		assert_non_null(strstr(f.what, "has an invalid range for alice"));
	}
	assert_int_equal(add_subids(&s, "bob:many:1\nalice:1\nalice:7:1\n", &map, &f), 0);
	scratch_done(&s);
}

static struct idmap map_of(uint32_t inside, uint32_t outside, uint32_t count)
{
	const struct idmap_range range = {inside, outside, count};
	struct idmap map = {0};

	faults_check(idmap_add(&map, &range) == 0, "no map");
	return map;
}

/* The process that has held the namespace is gone in any case. */
static void check_no_child(const struct faults *f)
{
	faults_check(f->shared->failed == SYS_waitid ||
			     (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD),
		     "a child is left");
}

static void make_mapped(struct faults *f)
{
	const struct idmap ids = map_of(0, 0, 1000);
	struct nsi_fail fail = {""};
	int ns, type;

	(void)signal(SIGPIPE, SIG_IGN); /* as children of the helper's have it */
	faults_begin(f);
	ns = ns_make_mapped(&ids, &ids, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || ns >= 0, "without a fault: %s", fail.what);
	faults_check(ns >= 0 || fail.what[0], "%d without a sentence", ns);
	type = ns < 0 ? 0 : ioctl(ns, NS_GET_NSTYPE);
	faults_check(ns < 0 || type == CLONE_NEWUSER, "it is no user namespace");
	nsi_closep(&ns);
	check_no_child(f);
}

TEST(test_a_mapped_namespace_is_made_or_refused_with_a_sentence)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(make_mapped, NULL, 5);
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	faults_check(stat(path, &st) == 0, "no %s", path);
	return st.st_ino;
}

static void enter_delegated(struct faults *f)
{
	const uint32_t types = ns_bit(NS_USER) | ns_bit(NS_UTS) | ns_bit(NS_IPC);
	const uint64_t user = inode_of("/proc/self/ns/user"), uts = inode_of("/proc/self/ns/uts");
	struct nsi_fail fail = {""};
	bool is_in_user, is_in_uts;
	int r;

	(void)signal(SIGPIPE, SIG_IGN);
	faults_begin(f);
	r = ns_enter_delegated(types, 2001, 2001, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	is_in_user = inode_of("/proc/self/ns/user") != user;
	is_in_uts = inode_of("/proc/self/ns/uts") != uts;
	faults_check(is_in_user == (r == 0) && is_in_uts == (r == 0), "it is in some of them");
	check_no_child(f);
}

TEST(test_delegated_namespaces_are_entered_all_or_none)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(enter_delegated, NULL, 5);
}

TEST(test_what_is_no_namespace_is_not_entered)
{
	NSI_AUTO_FD int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct nsi_fail f = {""};
	uint64_t inode = 0;

	assert_true(ns_enter_mapped(file, &inode, &f) < 0);
	assert_non_null(strstr(f.what, "cannot enter the user namespace"));
	assert_true(inode == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subordinate_ids_are_found_by_name_and_by_number),
		cmocka_unit_test(test_a_user_without_any_is_told_so),
		cmocka_unit_test(test_a_damaged_line_of_ones_own_is_refused),
		cmocka_unit_test(test_a_mapped_namespace_is_made_or_refused_with_a_sentence),
		cmocka_unit_test(test_delegated_namespaces_are_entered_all_or_none),
		cmocka_unit_test(test_what_is_no_namespace_is_not_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
