/* SPDX-License-Identifier: MIT */
/* The jobs of processes, by their control groups */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/job.h"
#include "tests/unit/test.h"

static void finds(const char *text, const char *cgroups, const char *name, const char *path,
		  const char *tree)
{
	struct job_place place;

	assert_int_equal(job_check(text), 0);
	if (!job_find(text, cgroups, &place))
		fail_msg("no job in %s", cgroups);
	assert_string_equal(place.name, name);
	assert_string_equal(place.path, path);
	assert_string_equal(place.tree, tree);
}

static void finds_none(const char *text, const char *cgroups)
{
	struct job_place place;

	assert_int_equal(job_check(text), 0);
	if (job_find(text, cgroups, &place))
		fail_msg("job %s in %s", place.name, cgroups);
}

TEST(test_slurm_is_known_in_both_versions)
{
	finds("slurm", "0::/system.slice/slurmstepd.scope/job_12/step_0/user/task_0\n", "12",
	      "/system.slice/slurmstepd.scope/job_12", "");
	finds("slurm", "0::/system.slice/slurmstepd.scope/job_12\n", "12",
	      "/system.slice/slurmstepd.scope/job_12", "");
	finds("slurm", "0::/system.slice/n1_slurmstepd.scope/job_7/step_extern/user\n", "7",
	      "/system.slice/n1_slurmstepd.scope/job_7", "");
	finds("slurm", "4:memory:/slurm/uid_1000/job_9/step_0\n", "9", "/slurm/uid_1000/job_9",
	      "memory");
	finds("slurm", "3:cpu,cpuacct:/slurm_n2/uid_1000/job_9/step_batch/task_0", "9",
	      "/slurm_n2/uid_1000/job_9", "cpu,cpuacct");
}

TEST(test_version_2_and_the_freezer_come_first)
{
	finds("slurm",
	      "9:memory:/slurm/uid_1/job_3\n8:freezer:/slurm/uid_1/job_3/step_0\n"
	      "7:cpuset:/slurm/uid_1/job_3\n0::/user.slice\n",
	      "3", "/slurm/uid_1/job_3", "freezer");
	finds("slurm",
	      "8:freezer:/slurm/uid_1/job_3\n0::/system.slice/slurmstepd.scope/job_3/step_0\n", "3",
	      "/system.slice/slurmstepd.scope/job_3", "");
}

/* Below what systemd has delegated to a user, anybody makes groups of any name. */
TEST(test_what_a_user_can_make_is_no_job)
{
	static const char *const cgroups[] = {
		"",
		"\n",
		"0::/",
		"0::/user.slice/user-1000.slice/user@1000.service/slurmstepd.scope/job_12\n",
		("0::/user.slice/user-1000.slice/user@1000.service/system.slice/slurmstepd.scope/"
		 "job_12\n"),
		"1:name=systemd:/user.slice/slurm/uid_1000/job_12\n",
		"0::/system.slice/slurmd.service\n",
		"0::/system.slice/slurmstepd.scope\n",
		"0::/system.slice/slurmstepd.scope/system\n",
		"0::/system.slice/slurmstepd.scope/job_\n",
		"0::/system.slice/slurmstepd.scope/job_1 2\n",
		"0::/system.slice/slurmstepd.scope/job_12 (deleted)\n",
		"0::/../system.slice/slurmstepd.scope/job_12\n",
		"no colon",
		"0:one",
	};

	for (size_t i = 0; i < sizeof(cgroups) / sizeof(cgroups[0]); i++)
		finds_none("slurm", cgroups[i]);
}

TEST(test_patterns_of_others)
{
	finds("/pbs_jobs.service/jobid/%{job}", "0::/pbs_jobs.service/jobid/123.server/x\n",
	      "123.server", "/pbs_jobs.service/jobid/123.server", "");
	finds("/*/htcondor/condor_var_*_slot%{job}",
	      "2:pids:/a/htcondor/condor_var_lib_slot1_2@h\n", "1_2@h",
	      "/a/htcondor/condor_var_lib_slot1_2@h", "pids");
	finds("/sge/%{job}.1", "0::/sge/77.1\n", "77", "/sge/77.1", "");
	finds("/j/a%{job}a", "0::/j/aaaa/x\n", "aa", "/j/aaaa", "");
	finds_none("/sge/%{job}.1", "0::/sge/77.2\n");
	finds_none("/*/job_%{job}", "0::/a/b/job_1\n");
	finds_none("/j/%{job}", "0::/j/..\n");
}

TEST(test_bad_patterns)
{
	static const char *const bad[] = {
		"",          "pbs",        "Slurm",         "%{job}",         "jobs/%{job}",
		"/jobs",     "/jobs/%{j}", "/%{job}/x",     "//%{job}",       "/a/../%{job}",
		"/./%{job}", "/a/%{job}/", "/%{job}%{job}", "/%{uid}/%{job}", "/a%/%{job}",
	};
	char long_one[JOB_PATH + 20];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (job_check(bad[i]) != -EINVAL)
			fail_msg("\"%s\" is taken", bad[i]);
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one, "/", 1);
	memcpy(long_one + sizeof(long_one) - 8, "/%{job}", 8);
	assert_int_equal(job_check(long_one), -EINVAL);
}

/* Neither a name nor a path is cut: half a name is another job's. */
TEST(test_what_does_not_fit_is_no_job)
{
	char name[JOB_NAME + 1], cgroups[8192];

	memset(name, '1', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(cgroups, sizeof(cgroups), "0::/sge/%s\n", name);
	finds_none("/sge/%{job}", cgroups);
	memset(cgroups, 'a', sizeof(cgroups));
	memcpy(cgroups, "0::/", 4);
	memcpy(cgroups + sizeof(cgroups) - 8, "/job_12", 8);
	finds_none("/*/job_%{job}", cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slurm_is_known_in_both_versions),
		cmocka_unit_test(test_version_2_and_the_freezer_come_first),
		cmocka_unit_test(test_what_a_user_can_make_is_no_job),
		cmocka_unit_test(test_patterns_of_others),
		cmocka_unit_test(test_bad_patterns),
		cmocka_unit_test(test_what_does_not_fit_is_no_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
