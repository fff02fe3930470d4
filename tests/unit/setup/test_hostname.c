/* SPDX-License-Identifier: MIT */
/* The words of templates, and the names of a set with the files that agree with them */
#include "tests/unit/setup/plan.h"

static void assert_no_dot(const char *host)
{
	assert_null(strchr(host, '.'));
}

TEST(test_words_are_those_of_the_login)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan = plan_make("namespaces = [ \"uts\" ]; hostname = \"h\";", &image);
	const struct record_job job = {.name = "job_7"};
	struct words w;

	words_init(&w, &plan);
	assert_string_equal(w.values.user, "alice");
	assert_string_equal(w.values.service, "sshd");
	assert_string_equal(w.values.home, "/home/alice");
	assert_int_equal(w.values.uid, 1000);
	assert_int_equal(w.values.gid, 1000);
	assert_null(w.values.job);
	assert_ptr_equal(w.values.host, w.host);
	assert_no_dot(w.host);
	plan.job = &job;
	words_init(&w, &plan);
	assert_string_equal(w.values.job, "job_7");
}

TEST(test_a_group_is_looked_up_only_for_a_template_that_has_it)
{
	NSI_AUTO_FREE struct pol_image *without = NULL;
	NSI_AUTO_FREE struct pol_image *with = NULL;
	struct setup_plan plan =
		plan_make("namespaces = [ \"uts\" ]; hostname = \"%{user}\";", &without);
	struct words w;

	plan.gid = 0;
	words_init(&w, &plan);
	assert_string_equal(w.group, "");
	plan = plan_make("namespaces = [ \"uts\" ]; hostname = \"%{group}\";", &with);
	plan.gid = 0;
	words_init(&w, &plan);
	assert_string_equal(w.group, "root");
	plan.gid = 4000000000U; /* of nobody */
	words_init(&w, &plan);
	assert_string_equal(w.group, "4000000000");
}

TEST(test_a_template_that_leaves_nothing_is_refused_with_its_text)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan =
		plan_make("namespaces = [ \"uts\" ]; hostname = \"%{user}\";", &image);
	struct words w;

	plan.user = "___";
	words_init(&w, &plan);
	plan_report = (struct setup_report){.err = 0};
	assert_int_equal(setup_names(&plan, &w, &plan_report), -EINVAL);
	assert_string_equal(plan_report.fail.what,
			    "cannot make a hostname out of \"%{user}\": Invalid argument");
}

/* A sample of a user's name, and of the host name that it makes. */
static const struct sample {
	const char *user, *name;
} samples[] = {
	{"alice", "of-alice"},
	{"Al_Ice", "of-al-ice"},
	{"a.b", "of-a.b"},
	{"alice@LAB.example", "of-alice-lab.example"},
	{"0123456789012345678901234567890123456789012345678901234567890123456789",
	 "of-012345678901234567890123456789012345678901234567890123456789"},
};

static void set_name(void *arg)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct sample *s = arg;
	struct setup_plan plan =
		plan_make("namespaces = [ \"uts\" ]; hostname = \"of-%{user}\";", &image);
	char is[256] = "", host[RECORD_WORD];
	struct words w;

	own_system();
	faults_check(sethostname("node.example.org", 16) == 0, "no host name");
	plan.user = s->user;
	words_init(&w, &plan);
	faults_check(strcmp(w.host, "node") == 0, "the host is %s", w.host);
	plan_report = (struct setup_report){.err = 0};
	faults_check(setup_names(&plan, &w, &plan_report) == 0, "%s", plan_report.fail.what);
	(void)snprintf(host, sizeof(host), "%s", plan_report.hostname);
	faults_check(gethostname(is, sizeof(is)) == 0 && strcmp(is, host) == 0,
		     "the name is %s, the report's %s", is, host);
	faults_check(strcmp(is, s->name) == 0, "%s becomes %s", s->user, is);
}

TEST(test_other_characters_become_hyphens)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		faults_apart(set_name, (void *)(uintptr_t)&samples[i]);
}

static void names_begin(void)
{
	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	plan_make_dirs();
	plan_report = (struct setup_report){.err = 0};
	faults_check(sethostname("node", 4) == 0, "no host name");
}

#define NAMED "namespaces = [ \"mount\", \"uts\" ]; hostname = \"%{user}\"; domainname = \"lab\";"

static void names_set(void)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan = plan_make(NAMED, &image);
	char is[256] = "";
	struct words w;

	words_init(&w, &plan);
	faults_check(setup_names(&plan, &w, &plan_report) == 0, "%s", plan_report.fail.what);
	faults_check(gethostname(is, sizeof(is)) == 0 && strcmp(is, "alice") == 0, "%s", is);
	faults_check(getdomainname(is, sizeof(is)) == 0 && strcmp(is, "lab") == 0, "%s", is);
}

static void cover_files(void *arg)
{
	(void)arg;
	names_begin();
	own_file("/etc/hostname", "node\n");
	own_file("/etc/hosts", "127.0.1.1 node.example.org node\n");
	names_set();
	own_check_text("/etc/hostname", "alice\n");
	own_check_text("/etc/hosts", "127.0.1.1\talice.example.org alice\n"
				     "127.0.1.1 node.example.org node\n");
	own_check_flags("/etc/hostname", ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	own_check_flags("/etc/hosts", ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	own_check_flags("/etc", 0);
	own_check_mode("/run/nsisolate/etc/7", 0700);
	faults_check(!plan_report.warnings[0], "%s", plan_report.warnings);
}

TEST(test_the_files_of_etc_agree_with_the_name)
{
	faults_apart(cover_files, NULL);
}

static void cover_nothing(void *arg)
{
	(void)arg;
	names_begin();
	names_set();
	faults_check(!own_has("/etc/hostname") && !own_has("/etc/hosts"), "a file was made");
}

TEST(test_a_host_without_the_files_gets_none)
{
	faults_apart(cover_nothing, NULL);
}

static void cover_without_hosts(void *arg)
{
	(void)arg;
	names_begin();
	own_file("/etc/hostname", "node\n");
	own_file("/etc/hosts", "");
	faults_check(truncate("/etc/hosts", 1 << 20) == 0, "no large file");
	names_set();
	own_check_text("/etc/hostname", "alice\n");
	own_check_flags("/etc/hosts", 0);
	faults_check(strcmp(plan_report.warnings,
			    "/etc/hosts is the host's own, without a line for the name alice: it "
			    "is larger than 1 MiB\n") == 0,
		     "%s", plan_report.warnings);
	faults_check(!plan_report.fail.what[0], "%s", plan_report.fail.what);
}

TEST(test_a_large_file_of_hosts_is_warned_about)
{
	faults_apart(cover_without_hosts, NULL);
}

static void refuse_link(void *arg)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan = plan_make(NAMED, &image);
	char is[256] = "";
	struct words w;

	(void)arg;
	names_begin();
	faults_check(rmdir("/run/nsisolate/etc") == 0 && symlink("/tmp", "/run/nsisolate/etc") == 0,
		     "no link");
	words_init(&w, &plan);
	faults_check(setup_names(&plan, &w, &plan_report) == -ELOOP &&
			     strstr(plan_report.fail.what,
				    "cannot open the directory for the session's files") ==
				     plan_report.fail.what,
		     "%s", plan_report.fail.what);
	faults_check(gethostname(is, sizeof(is)) == 0 && strcmp(is, "node") == 0, "%s", is);
}

TEST(test_without_a_directory_for_its_files_there_is_no_new_name)
{
	faults_apart(refuse_link, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_those_of_the_login),
		cmocka_unit_test(test_a_group_is_looked_up_only_for_a_template_that_has_it),
		cmocka_unit_test(test_a_template_that_leaves_nothing_is_refused_with_its_text),
		cmocka_unit_test(test_other_characters_become_hyphens),
		cmocka_unit_test(test_the_files_of_etc_agree_with_the_name),
		cmocka_unit_test(test_a_host_without_the_files_gets_none),
		cmocka_unit_test(test_a_large_file_of_hosts_is_warned_about),
		cmocka_unit_test(test_without_a_directory_for_its_files_there_is_no_new_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
