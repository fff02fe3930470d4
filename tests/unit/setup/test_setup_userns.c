/* SPDX-License-Identifier: MIT */
/* The maps of a set's user namespace: what does not fit is refused with its id, and what fits is in force */
#include <grp.h>

#include "base/fd.h"
#include "base/idmap.h"
#include "tests/unit/setup/plan.h"

#define MAPPED "namespaces = [ \"mount\" ]; user = \"map\"; "

/* Makes the namespace for alice with these maps.  Returns the descriptor or -errno. */
static int userns_make(const char *keys, const gid_t *groups, uint32_t count, struct nsi_fail *f)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan = plan_make(keys, &image);

	plan.groups = groups;
	plan.group_count = count;
	return setup_user_namespace(&plan, f);
}

static void assert_refused(const char *keys, int err, const char *sentence)
{
	struct nsi_fail f = {""};

	assert_int_equal(userns_make(keys, NULL, 0, &f), err);
	if (!strstr(f.what, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, f.what);
}

TEST(test_an_id_that_is_mapped_in_two_ways_is_refused)
{
	assert_refused(MAPPED "uid_map = [ \"system\", \"user\", \"1000:5000:1\" ];", -EEXIST,
		       "uid_map maps one id of this user in two ways");
	assert_refused(MAPPED "gid_map = [ \"system\", \"user\", \"5000:1000:1\" ];", -EEXIST,
		       "gid_map maps one id of this user in two ways");
}

TEST(test_a_user_without_an_id_is_refused)
{
	assert_refused(MAPPED "uid_map = [ \"system\", \"2000:2000:1\" ];", -EPERM, "1000");
	assert_refused(MAPPED "gid_map = [ \"system\", \"2000:2000:1\" ];", -EPERM, "1000");
}

TEST(test_the_group_of_terminals_must_be_there)
{
	const struct group *tty = getgrnam("tty");

	if (!tty || tty->gr_gid == 0)
		skip();
	assert_refused(MAPPED "gid_map = [ \"0:0:1\", \"user\" ];", -EPERM,
		       "the gid_map of the set lacks ");
}

TEST(test_more_ranges_than_the_kernel_takes_are_refused)
{
	gid_t groups[IDMAP_RANGES_MAX + 1];
	struct nsi_fail f = {""};

	for (gid_t i = 0; i <= IDMAP_RANGES_MAX; i++)
		groups[i] = 2000 + 2 * i;
	assert_int_equal(userns_make(MAPPED "gid_map = [ \"system\", \"user\" ];", groups,
				     IDMAP_RANGES_MAX + 1, &f),
			 -E2BIG);
	assert_string_equal(f.what, "the ids of this user make more than 120 ranges in gid_map: a "
				    "range that has them all is better");
}

/* A user who is in no file of subordinate ids. */
static void lack_subids(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	own_file("/etc/subuid", "bob:100000:65536\n");
	faults_check(userns_make(MAPPED "uid_map = [ \"system\", \"user\", \"subuid\" ];", NULL, 0,
				 &f) < 0 &&
			     strstr(f.what, "/etc/subuid") && strstr(f.what, "alice"),
		     "%s", f.what);
}

TEST(test_a_user_without_subordinate_ids_is_refused_and_named)
{
	faults_apart(lack_subids, NULL);
}

static void check_map(const char *path, const char *text)
{
	struct idmap is, wanted;
	char file[IDMAP_TEXT_SIZE] = "";

	faults_check(fd_read_file(AT_FDCWD, path, file, sizeof(file)) > 0 &&
			     idmap_parse(&is, file) == 0 && idmap_parse(&wanted, text) == 0,
		     "no map in %s", path);
	faults_check(is.count == wanted.count &&
			     memcmp(is.ranges, wanted.ranges, is.count * sizeof(is.ranges[0])) == 0,
		     "%s has \"%s\"", path, file);
}

static void enter(void *arg)
{
	const gid_t groups[] = {3000, 3001};
	struct nsi_fail f = {""};
	int ns;

	(void)arg;
	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	own_file("/etc/subuid", "bob:100000:65536\nalice:200000:65536\n");
	faults_check(setgroups(0, NULL) == 0, "groups");
	ns = userns_make(MAPPED "uid_map = [ \"system\", \"user\", \"subuid\" ]; gid_map = [ "
				"\"system\", \"user\", \"7000:7000:10\" ];",
			 groups, 2, &f);
	if (strstr(f.what, "make a user namespace")) /* the machine allows none */
		_exit(77);
	faults_check(ns >= 0, "%s", f.what);
	faults_check(setns(ns, CLONE_NEWUSER) == 0, "no way in: %s", strerror(errno));
	check_map("/proc/self/uid_map", "0 0 1001\n65534 65534 1\n200000 200000 65536\n");
	check_map("/proc/self/gid_map", "0 0 1001\n3000 3000 2\n7000 7000 10\n65534 65534 1\n");
}

TEST(test_the_maps_have_the_user_the_groups_and_the_ranges)
{
	faults_apart(enter, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_id_that_is_mapped_in_two_ways_is_refused),
		cmocka_unit_test(test_a_user_without_an_id_is_refused),
		cmocka_unit_test(test_the_group_of_terminals_must_be_there),
		cmocka_unit_test(test_more_ranges_than_the_kernel_takes_are_refused),
		cmocka_unit_test(test_a_user_without_subordinate_ids_is_refused_and_named),
		cmocka_unit_test(test_the_maps_have_the_user_the_groups_and_the_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
