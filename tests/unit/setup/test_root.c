/* SPDX-License-Identifier: MIT */
/* Another root for a set, and the kernel's file systems in it */
#include <linux/magic.h>
#include <sys/statfs.h>

#include "tests/unit/setup/plan.h"

#define IMAGE "/run/image"

/* A root of its own that has a file, and the places for mounts. */
static void root_begin(void)
{
	static const char *const dirs[] = {"",     "/etc", "/proc", "/sys",
					   "/dev", "/run", "/home", "/tmp"};
	char path[64];

	own_system();
	plan_make_dirs();
	own_file("/run/of-the-host", "");
	own_tmpfs("/home", 0, "mode=0755");
	own_dir("/home/alice", 0700);
	own_file("/home/alice/file", "of alice");
	own_tmpfs("/mnt", 0, "mode=0755");
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		(void)snprintf(path, sizeof(path), IMAGE "%s", dirs[i]);
		own_dir(path, 0755);
	}
	own_file(IMAGE "/etc/release", "of the image");
}

/* Changes the root as a policy with these keys says.  Returns 0 or -errno. */
static int root_set(const char *keys, uint64_t *ret_dev, struct nsi_fail *f)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct setup_plan plan = plan_make(keys, &image);

	return setup_root(&plan, ret_dev, f);
}

/* Each root has parts of the host's, and a /run with no more than the helper's directory. */
static void root_check(void)
{
	own_check_text("/etc/release", "of the image");
	own_check_text("/home/alice/file", "of alice");
	own_check_flags("/home/alice", ST_NOSUID | ST_NODEV);
	faults_check(own_has("/proc/self/exe"), "there is no /proc");
	faults_check(own_has("/dev/null"), "there is no /dev");
	faults_check(own_has("/run/nsisolate/etc"), "the helper's directory is not there");
	faults_check(!own_has("/run/of-the-host") && !own_has(IMAGE), "/run is the host's");
	own_check_flags("/run", ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

static void set_none(void *arg)
{
	struct nsi_fail f = {""};
	uint64_t dev = 9;

	(void)arg;
	root_begin();
	faults_check(root_set("namespaces = [ \"mount\" ];", &dev, &f) == 0, "%s", f.what);
	faults_check(own_has("/run/of-the-host"), "it is another root");
}

TEST(test_without_another_root_it_is_the_hosts)
{
	faults_apart(set_none, NULL);
}

#define ROOT(METHOD) \
	"namespaces = [ \"mount\" ]; root = \"" IMAGE "\"; root_method = \"" METHOD "\";"

static void set_readonly(void *arg)
{
	struct nsi_fail f = {""};
	uint64_t dev = 9;

	(void)arg;
	root_begin();
	faults_check(root_set(ROOT("readonly"), &dev, &f) == 0, "%s", f.what);
	faults_check(dev == 0, "it has a device of its own");
	root_check();
	own_check_flags("/etc", ST_RDONLY);
	faults_check(open("/etc/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0 && errno == EROFS,
		     "it can be written");
}

TEST(test_a_readonly_root_cannot_be_written)
{
	faults_apart(set_readonly, NULL);
}

static void set_overlay(void *arg)
{
	struct nsi_fail f = {""};
	uint64_t dev = 0;
	struct stat st;
	int r;

	(void)arg;
	root_begin();
	r = root_set(ROOT("overlay"), &dev, &f);
	if (r == -ENODEV) /* the kernel has none */
		_exit(77);
	faults_check(r == 0, "%s", f.what);
	faults_check(stat("/", &st) == 0 && st.st_dev == dev, "another device");
	root_check();
	own_file("/etc/release", "changed");
	own_check_text("/etc/release", "changed");
}

TEST(test_an_overlay_over_a_root_can_be_written)
{
	faults_apart(set_overlay, NULL);
}

static void refuse(void *arg)
{
	struct nsi_fail f = {""};
	uint64_t dev;

	(void)arg;
	root_begin();
	faults_check(chown(IMAGE, 1000, 1000) == 0, "no owner");
	faults_check(root_set(ROOT("readonly"), &dev, &f) == -EPERM && strstr(f.what, IMAGE), "%s",
		     f.what);
	f.what[0] = '\0';
	faults_check(rename(IMAGE, "/run/other") == 0, "it stays");
	faults_check(root_set(ROOT("overlay"), &dev, &f) == -ENOENT && strstr(f.what, IMAGE), "%s",
		     f.what);
	faults_check(own_has("/run/of-the-host"), "it is another root");
}

TEST(test_a_root_that_is_not_roots_is_refused_and_named)
{
	faults_apart(refuse, NULL);
}

static void check_type(const char *path, unsigned long type)
{
	struct statfs fs;

	faults_check(statfs(path, &fs) == 0 && (unsigned long)fs.f_type == type, "%s has type %lx",
		     path, (unsigned long)fs.f_type);
}

static void mount_mqueue(void *arg)
{
	NSI_AUTO_FREE struct pol_image *without = NULL;
	NSI_AUTO_FREE struct pol_image *with = NULL;
	struct setup_plan plan = plan_make("namespaces = [ \"mount\" ];", &without);
	struct nsi_fail f = {""};

	(void)arg;
	own_system();
	own_tmpfs("/dev", 0, "mode=0755");
	own_dir("/dev/mqueue", 0755);
	faults_check(setup_mqueue(&plan, &f) == 0, "%s", f.what);
	check_type("/dev/mqueue", TMPFS_MAGIC);
	plan = plan_make("namespaces = [ \"mount\", \"ipc\" ];", &with);
	faults_check(setup_mqueue(&plan, &f) == 0, "%s", f.what);
	check_type("/dev/mqueue", 0x19800202); /* MQUEUE_MAGIC */
	own_check_flags("/dev/mqueue", ST_NOSUID | ST_NODEV | ST_NOEXEC);
	own_tmpfs("/dev", 0, "mode=0755");
	faults_check(setup_mqueue(&plan, &f) == 0 && !own_has("/dev/mqueue"),
		     "a host without queues: %s", f.what);
}

TEST(test_queues_are_those_of_the_ipc_namespace)
{
	faults_apart(mount_mqueue, NULL);
}

/* The options of the mount at /proc that is seen. */
static bool proc_has(const char *option)
{
	static char text[65536];
	const char *line = NULL;

	faults_check(fd_read_file(AT_FDCWD, "/proc/self/mountinfo", text, sizeof(text)) > 0,
		     "no mounts");
	for (const char *at = strstr(text, " / /proc "); at; at = strstr(at + 1, " / /proc "))
		line = at;
	faults_check(line != NULL, "no /proc");
	*strchrnul(line, '\n') = '\0';
	return strstr(line, option) != NULL;
}

static void mount_proc(void *arg)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct setup_plan plan = plan_make(
		"namespaces = [ \"mount\" ]; proc = { hidepid = \"invisible\"; };", &image);
	struct nsi_fail f = {""};

	(void)arg;
	own_system();
	faults_check(setup_proc(&plan, &f) == 0, "%s", f.what);
	check_type("/proc", PROC_SUPER_MAGIC);
	own_check_flags("/proc", ST_NOSUID | ST_NODEV | ST_NOEXEC);
	faults_check(proc_has("hidepid=invisible"), "all processes are seen");
	faults_check(own_has("/proc/sys"), "only processes are seen");
}

static void mount_proc_subset(void *arg)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct setup_plan plan =
		plan_make("namespaces = [ \"mount\" ]; proc = { subset = \"pid\"; };", &image);
	struct nsi_fail f = {""};

	(void)arg;
	own_system();
	faults_check(setup_proc(&plan, &f) == 0, "%s", f.what);
	faults_check(own_has("/proc/self/exe") && !own_has("/proc/sys"),
		     "not only processes are seen");
}

TEST(test_a_proc_has_the_options_of_the_policy)
{
	faults_apart(mount_proc, NULL);
	faults_apart(mount_proc_subset, NULL);
}

/* No mount is made: an ordinary user could not. */
TEST(test_without_a_reason_nothing_is_mounted)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct setup_plan plan = plan_make("namespaces = [ \"mount\" ];", &image);
	struct nsi_fail f = {""};

	assert_int_equal(setup_proc(&plan, &f), 0);
	assert_int_equal(setup_cgroups(&plan, &f), 0);
	assert_int_equal(setup_mqueue(&plan, &f), 0);
	assert_string_equal(f.what, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_another_root_it_is_the_hosts),
		cmocka_unit_test(test_a_readonly_root_cannot_be_written),
		cmocka_unit_test(test_an_overlay_over_a_root_can_be_written),
		cmocka_unit_test(test_a_root_that_is_not_roots_is_refused_and_named),
		cmocka_unit_test(test_queues_are_those_of_the_ipc_namespace),
		cmocka_unit_test(test_a_proc_has_the_options_of_the_policy),
		cmocka_unit_test(test_without_a_reason_nothing_is_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
