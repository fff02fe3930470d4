/* SPDX-License-Identifier: MIT */
/* The kernel's features and limits as "doctor" finds them on this machine and on one without any */
#include "base/nstype.h"
#include "ctl/doctor.h"
#include "tests/unit/ctl/root.h"

static void (*examination)(struct doctor *d);

static int examine(void)
{
	const struct ctl ctl = {.statedir = "/state"};
	struct doctor d = {.ctl = &ctl, .out = stdout};

	examination(&d);
	return (int)(d.counts[SEV_ERROR] + d.counts[SEV_WARNING]);
}

TEST(test_this_kernel)
{
	int count;

	examination = doctor_kernel;
	output_begin(&root_o);
	count = examine();
	output_end(&root_o);
	/* A filter of system calls may forbid some; then the finding says so. */
	expect_text(root_o.out,
		    count ? "or something forbids it [kernel-call]\n" : "ok       kernel: ");
}

TEST(test_a_system_that_has_no_proc)
{
	char path[60];

	if (geteuid() != 0)
		skip();
	examination = doctor_kernel;
	assert_int_equal(root_call(examine), NS_TYPE_MAX);
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		(void)snprintf(path, sizeof(path), "warning  /proc/self/ns/%s [kernel-namespace]\n",
			       ns_types[type].proc);
		expect_text(root_o.out, path);
	}
	expect_text(root_o.out,
		    "         -> this kernel has no ipc namespaces; a policy that asks for "
		    "them refuses its logins\n");
}

TEST(test_limits_of_namespaces)
{
	char path[60];

	if (geteuid() != 0)
		skip();
	examination = doctor_limits;
	assert_int_equal(root_call(examine), 0);
	assert_string_equal(root_o.out, "ok       limits: enough namespaces and mounts\n");
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		(void)snprintf(path, sizeof(path), "proc/sys/user/%s", ns_types[type].sysctl);
		root_write(path, type == NS_MNT ? "0\n" : type == NS_IPC ? "999\n" : "1000\n");
	}
	root_write("proc/sys/fs/mount-max", "500\n");
	assert_int_equal(root_call(examine), 3);
	expect_text(root_o.out,
		    "error    /proc/sys/user/max_mnt_namespaces: 0 mount namespaces are all "
		    "there may be [limit-none]\n");
	expect_text(root_o.out,
		    "         -> sysctl user.max_ipc_namespaces=10000 (one for each set, "
		    "and what containers use)\n");
	expect_text(root_o.out,
		    "warning  /proc/sys/fs/mount-max: 500, and the host alone has 0 mounts, "
		    "which each set copies [limit-low]\n");
}

TEST(test_what_limits_and_quotas_need)
{
	if (geteuid() != 0)
		skip();
	examination = doctor_holds;
	assert_int_equal(root_call(examine), 0);
	expect_text(root_o.out,
		    "note     cgroups: /sys/fs/cgroup has no controllers of version 2, so a "
		    "policy with 'limits' refuses its logins [no-limits]\n");
	assert_null(strstr(root_o.out, "quota: ")); /* there is no statedir */
	root_write("sys/fs/cgroup/cgroup.controllers", "cpuset memory pids hugetlb\n");
	root_write("state/x", "");
	assert_int_equal(root_call(examine), 0);
	expect_text(root_o.out,
		    "ok       cgroups: 'limits' of tasks memory, by groups of our own\n");
	expect_text(root_o.out, "quota: the statedir's file system holds ");
	root_write("sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
	root_write("run/systemd/system/x", "");
	assert_int_equal(root_call(examine), 0);
	expect_text(root_o.out, "ok       cgroups: 'limits' of tasks memory cpu, by systemd\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_kernel),
		ROOT_TEST(test_a_system_that_has_no_proc),
		ROOT_TEST(test_limits_of_namespaces),
		ROOT_TEST(test_what_limits_and_quotas_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
