/* SPDX-License-Identifier: MIT */
/* The private directories of a set, as its user sees them */
#include "mnt/mnt.h"
#include "tests/unit/setup/plan.h"

#define MOUNT "namespaces = [ \"mount\" ]; "

enum {
	OTHER = 65534
};

/* A host whose /tmp is on a mount with these flags, and what is kept or made of its entries. */
static void dirs_begin(unsigned long flags)
{
	own_system();
	plan_make_dirs();
	own_tmpfs("/tmp", flags, "mode=1777");
	own_file("/tmp/host", "");
	plan_held = (struct setup_held){.count = 0};
	plan_report = (struct setup_report){.err = 0};
}

/* Makes the first directory of a policy with these keys.  Returns 0 or -errno. */
static int dirs_make(const char *keys, uint64_t *ret_dev)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct setup_plan plan = plan_make(keys, &image);

	return setup_dir(&plan, policy_dir(plan.image, plan.policy->dirs.first), ret_dev,
			 &plan_report);
}

static void dirs_make_whole(const char *keys)
{
	uint64_t dev = 0;
	struct stat st;

	faults_check(dirs_make(keys, &dev) == 0, "%s", plan_report.fail.what);
	faults_check(stat("/tmp", &st) == 0 && st.st_dev == dev, "another device");
	faults_check(!own_has("/tmp/host"), "the host's file is there");
}

static void make_tmpfs(void *arg)
{
	(void)arg;
	dirs_begin(0);
	dirs_make_whole(MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } );");
	own_check_mode("/tmp", 01777);
	own_check_flags("/tmp", ST_NOSUID | ST_NODEV);
	faults_check(!plan_report.warnings[0], "%s", plan_report.warnings);
}

static void make_on_noexec(void *arg)
{
	(void)arg;
	dirs_begin(MS_NOEXEC);
	dirs_make_whole(MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } );");
	own_check_flags("/tmp", ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

static void make_exec(void *arg)
{
	(void)arg;
	dirs_begin(MS_NOEXEC);
	dirs_make_whole(MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; "
			      "mode = \"0700\"; options = [ \"exec\" ]; } );");
	own_check_mode("/tmp", 0700);
	own_check_flags("/tmp", ST_NOSUID | ST_NODEV);
}

TEST(test_a_tmpfs_has_the_flags_of_the_policy_and_noexec_of_the_host)
{
	faults_apart(make_tmpfs, NULL);
	faults_apart(make_on_noexec, NULL);
	faults_apart(make_exec, NULL);
}

static void make_disk(void *arg)
{
	(void)arg;
	dirs_begin(0);
	dirs_make_whole(
		MOUNT
		"directories = ( { path = \"/tmp\"; method = \"disk\"; retain = \"session\"; } );");
	own_check_mode("/tmp", 01777);
	own_check_flags("/tmp", ST_NOSUID | ST_NODEV);
	own_file("/tmp/set", "of the set");
	own_check_text("/run/state/s0123abcd-7/tmp/set", "of the set");
	own_check_mode("/run/state/s0123abcd-7", 0700);
	faults_check(plan_held.count == 0, "it is locked");
}

static void make_retained(void *arg)
{
	(void)arg;
	dirs_begin(0);
	dirs_make_whole(
		MOUNT
		"directories = ( { path = \"/tmp\"; method = \"disk\"; retain = \"boot\"; } );");
	own_file("/tmp/set", "of the set");
	own_check_text("/run/state/u1000/tmp/set", "of the set");
	faults_check(plan_held.count == 1, "it is not locked");
}

TEST(test_an_instance_on_disk_lies_in_the_state_directory)
{
	faults_apart(make_disk, NULL);
	faults_apart(make_retained, NULL);
}

/* In /tmp anybody may have made an entry of that name. */
static void keep(void *arg)
{
	(void)arg;
	dirs_begin(0);
	own_dir("/tmp/ours", 0755);
	own_file("/tmp/ours/file", "of root");
	own_dir("/tmp/theirs", 0755);
	own_file("/tmp/file", "");
	faults_check(chown("/tmp/theirs", OTHER, OTHER) == 0 && symlink("ours", "/tmp/link") == 0,
		     "no entries");
	dirs_make_whole(MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; keep = [ "
			      "\"ours\", \"theirs\", \"file\", \"link\", \"none\" ]; } );");
	own_check_text("/tmp/ours/file", "of root");
	own_check_flags("/tmp/ours", ST_NOSUID | ST_NODEV);
	faults_check(!own_has("/tmp/theirs") && !own_has("/tmp/file") && !own_has("/tmp/link") &&
			     !own_has("/tmp/none"),
		     "something else is kept");
	faults_check(strncmp(plan_report.warnings, "theirs is not kept: ", 20) == 0 &&
			     strstr(plan_report.warnings, "\nfile is not kept: ") &&
			     strstr(plan_report.warnings, "\nlink is not kept: ") &&
			     !strstr(plan_report.warnings, "none is"),
		     "%s", plan_report.warnings);
}

TEST(test_only_directories_of_roots_are_kept)
{
	faults_apart(keep, NULL);
}

static void make_socket_dirs(void *arg)
{
	(void)arg;
	dirs_begin(0);
	own_dir("/tmp/.X11-unix", 01777);
	own_file("/tmp/.X11-unix/X0", "");
	own_dir("/tmp/.ICE-unix", 0755);
	dirs_make_whole(MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } );");
	own_check_mode("/tmp/.X11-unix", 01777);
	faults_check(!own_has("/tmp/.X11-unix/X0"), "the host's sockets are there");
	faults_check(!own_has("/tmp/.ICE-unix"), "a directory that the host has not so was made");
	faults_check(!plan_report.warnings[0], "%s", plan_report.warnings);
}

TEST(test_directories_of_sockets_are_made_empty_as_the_host_has_them)
{
	faults_apart(make_socket_dirs, NULL);
}

static void make_overlay(void *arg)
{
	uint64_t dev = 0;
	struct stat st;
	int r;

	(void)arg;
	dirs_begin(MS_NOEXEC);
	r = dirs_make(MOUNT "directories = ( { path = \"/tmp\"; method = \"overlay\"; } );", &dev);
	if (r == -ENODEV) /* the kernel has none */
		_exit(77);
	faults_check(r == 0, "%s", plan_report.fail.what);
	faults_check(stat("/tmp", &st) == 0 && st.st_dev == dev, "another device");
	own_check_mode("/tmp", 01777);
	own_check_flags("/tmp", ST_NOSUID | ST_NODEV | ST_NOEXEC);
	faults_check(own_has("/tmp/host"), "the host's file is not seen");
}

TEST(test_an_overlay_shows_the_hosts_files)
{
	faults_apart(make_overlay, NULL);
}

static void refuse(const struct setup_plan *plan, int err)
{
	uint64_t dev = 0;
	int r;

	plan_report.fail.what[0] = '\0';
	r = setup_dir(plan, policy_dir(plan->image, plan->policy->dirs.first), &dev, &plan_report);
	faults_check(r == err && strstr(plan_report.fail.what, "/mnt/place"), "%d, not %d: %s", r,
		     err, plan_report.fail.what);
}

/* At the time of the login: the policy was right when it was loaded. */
static void refuse_places(void *arg)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan;

	(void)arg;
	dirs_begin(0);
	own_tmpfs("/mnt", 0, "mode=0755");
	plan = plan_make(MOUNT "directories = ( { path = \"/mnt/place\"; method = \"tmpfs\"; } );",
			 &image);
	refuse(&plan, -ENOENT);
	own_file("/mnt/place", "");
	refuse(&plan, -ENOTDIR);
	faults_check(unlink("/mnt/place") == 0 && symlink("/tmp", "/mnt/place") == 0, "no link");
	refuse(&plan, -ELOOP);
	faults_check(unlink("/mnt/place") == 0, "it stays");
	own_dir("/mnt/place", 0755);
	faults_check(chown("/mnt/place", OTHER, OTHER) == 0, "no owner");
	refuse(&plan, -EPERM);
}

TEST(test_what_is_no_directory_of_roots_is_refused_and_named)
{
	faults_apart(refuse_places, NULL);
}

/* A mount that was made before is the one that is used. */
static void use_stock(void *arg)
{
	static const char keys[] =
		MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = \"1M\"; } );";
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct setup_plan plan = plan_make(keys, &image);
	int fds;

	(void)arg;
	dirs_begin(MS_NOEXEC);
	fds = faults_count_fds();
	setup_stock_dir(policy_dir(plan.image, plan.policy->dirs.first), "/tmp");
	faults_check(faults_count_fds() == fds + 1, "nothing is in stock");
	dirs_make_whole(keys);
	faults_check(faults_count_fds() == fds, "it did not come from the stock");
	own_check_flags("/tmp", ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

TEST(test_a_directory_of_the_stock_is_as_one_that_is_made_now)
{
	faults_apart(use_stock, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tmpfs_has_the_flags_of_the_policy_and_noexec_of_the_host),
		cmocka_unit_test(test_an_instance_on_disk_lies_in_the_state_directory),
		cmocka_unit_test(test_only_directories_of_roots_are_kept),
		cmocka_unit_test(test_directories_of_sockets_are_made_empty_as_the_host_has_them),
		cmocka_unit_test(test_an_overlay_shows_the_hosts_files),
		cmocka_unit_test(test_what_is_no_directory_of_roots_is_refused_and_named),
		cmocka_unit_test(test_a_directory_of_the_stock_is_as_one_that_is_made_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
