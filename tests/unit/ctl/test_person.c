/* SPDX-License-Identifier: MIT */
/* Accounts: look-ups, the change to their credentials, and the environment of their login */
#include "ctl/person.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "tests/unit/ctl/output.h"

static struct output o;

TEST(test_an_account)
{
	NSI_CLEANUP(person_done) struct person p = {0};
	struct nsi_fail f = {""};

	assert_int_equal(person_find("root", &p, &f), 0);
	assert_int_equal(p.uid, 0);
	assert_string_equal(p.name, "root");
	assert_true(p.group_count > 0);
	person_done(&p);
	assert_int_equal(person_find_uid(0, &p, &f), 0);
	assert_string_equal(p.name, "root");
}

TEST(test_an_account_that_is_not_there)
{
	struct person p;
	struct nsi_fail f = {""};
	int code;

	assert_int_equal(person_find("no-such-user", &p, &f), PERSON_UNKNOWN);
	assert_int_equal(person_find_uid(4000000000, &p, &f), PERSON_UNKNOWN);
	output_begin(&o);
	code = person_find_or_say("no-such-user", &p);
	output_end(&o);
	assert_int_equal(code, CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
}

TEST(test_the_login_of_the_options)
{
	NSI_CLEANUP(login_done) struct login l = {0};
	int code;

	assert_int_equal(login_find(&(struct ctl){.tty = "pts/1"}, "root", &l), CTL_OK);
	assert_string_equal(l.service, CTL_SERVICE);
	assert_string_equal(l.tty, "pts/1");
	assert_string_equal(l.rhost, "");
	assert_string_equal(l.caller.name, "root");
	login_done(&l);
	output_begin(&o);
	code = login_find(&(struct ctl){.from_user = "no-such-user"}, "root", &l);
	output_end(&o);
	assert_int_equal(code, CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
}

/* In a child, as it is for good.  Returns its exit status. */
static int in_child(int (*run)(struct person *p))
{
	struct person p = {
		.name = "nobody", .home = "/", .shell = "/bin/sh", .uid = 65534, .gid = 65534};
	gid_t group = 65534;
	int status = -1;
	pid_t pid;

	p.groups = &group;
	p.group_count = 1;
	pid = fork();
	if (pid == 0)
		_exit(run(&p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status >> 8;
}

static int become(struct person *p)
{
	struct nsi_fail f = {""};

	return person_become(p, &f) == 0 && getuid() == 65534 && getgid() == 65534 &&
			       getgroups(0, NULL) == 1 && setuid(0) < 0
		       ? 0
		       : 1;
}

TEST(test_root_is_given_up_for_good)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(become), 0);
}

static int become_twice(struct person *p)
{
	struct nsi_fail f = {""};

	if (person_become(p, &f) < 0)
		return 1;
	p->uid = 0;
	return person_become(p, &f) < 0 && strstr(f.what, "cannot become nobody") ? 0 : 2;
}

TEST(test_another_user_cannot_become_root)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(become_twice), 0);
}

static int settle(struct person *p)
{
	struct nsi_fail f = {""};
	char cwd[100];

	(void)setenv("TERM", "vt100", 1);
	(void)setenv("LD_PRELOAD", "evil.so", 1);
	if (person_settle(p, "7", "lab", &f) < 0)
		return 1;
	return strcmp(getenv("HOME"), "/") == 0 && strcmp(getenv("USER"), "nobody") == 0 &&
			       strcmp(getenv("TERM"), "vt100") == 0 && !getenv("LD_PRELOAD") &&
			       strcmp(getenv("NSISOLATE_SET"), "7") == 0 &&
			       strcmp(getenv("NSISOLATE_POLICY"), "lab") == 0 &&
			       !strstr(getenv("PATH"), "sbin") && getcwd(cwd, sizeof(cwd)) &&
			       strcmp(cwd, "/") == 0
		       ? 0
		       : 2;
}

static int settle_without_home(struct person *p)
{
	struct nsi_fail f = {""};
	char cwd[100];

	(void)snprintf(p->home, sizeof(p->home), "/nonexistent/home");
	p->uid = 0;
	if (chdir("/proc") < 0 || person_settle(p, "", "", &f) < 0)
		return 1;
	return !getenv("NSISOLATE_SET") && strstr(getenv("PATH"), "/sbin") &&
			       getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0 &&
			       strcmp(getenv("HOME"), "/nonexistent/home") == 0
		       ? 0
		       : 2;
}

TEST(test_the_environment_is_that_of_a_login)
{
	assert_int_equal(in_child(settle), 0);
	assert_int_equal(in_child(settle_without_home), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_account),
		cmocka_unit_test(test_an_account_that_is_not_there),
		cmocka_unit_test(test_the_login_of_the_options),
		cmocka_unit_test(test_root_is_given_up_for_good),
		cmocka_unit_test(test_another_user_cannot_become_root),
		cmocka_unit_test(test_the_environment_is_that_of_a_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
