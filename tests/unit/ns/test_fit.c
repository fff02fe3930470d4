/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/idmap.h"
#include "ns/ns.h"
#include "tests/unit/test.h"

static struct idmap map_of(uint32_t inside, uint32_t outside, uint32_t count)
{
	const struct idmap_range range = {inside, outside, count};
	struct idmap map = {0};

	assert_int_equal(idmap_add(&map, &range), 0);
	return map;
}

static struct ns_login login_of(const gid_t *groups, uint32_t count)
{
	return (struct ns_login){
		.uid = 2001,
		.gid = 2002,
		.groups = groups,
		.group_count = count,
		.pid = getpid(),
	};
}

TEST(test_a_map_of_all_ids_fits)
{
	const struct idmap all = map_of(0, 0, UINT32_MAX);
	const gid_t groups[] = {2002, 5000};
	const struct ns_login login = login_of(groups, 2);
	struct nsi_fail f = {""};

	assert_int_equal(ns_fits(&all, &all, &login, &f), 0);
	assert_string_equal(f.what, "");
}

/* Takes one id out of the map of all, by mapping it elsewhere. */
static struct idmap all_but(uint32_t id)
{
	struct idmap map = id > 0 ? map_of(0, 0, id) : (struct idmap){0};
	const struct idmap_range rest = {id + 1, id + 1, 4000000000u - id};

	assert_int_equal(idmap_add(&map, &rest), 0);
	return map;
}

TEST(test_names_the_id_that_is_missing)
{
	const struct idmap all = map_of(0, 0, UINT32_MAX);
	const gid_t groups[] = {2002, 5000};
	const struct ns_login login = login_of(groups, 2);
	static const struct {
		bool is_gid;
		uint32_t id;
		const char *want;
	} cases[] = {
		{false, 0, "the uid_map of the set lacks 0, root"},
		{true, 0, "the gid_map of the set lacks 0, root's group"},
		{false, 2001, "the uid_map of the set lacks 2001, the user"},
		{true, 2002, "the gid_map of the set lacks 2002, the user's group"},
		{true, 5000, "the gid_map of the set lacks 5000, a group that the user is in"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct idmap less = all_but(cases[i].id);
		struct nsi_fail f = {""};

		assert_int_equal(ns_fits(cases[i].is_gid ? &all : &less,
					 cases[i].is_gid ? &less : &all, &login, &f),
				 -EPERM);
		assert_string_equal(f.what, cases[i].want);
	}
}

/* A program of an id of its own, as su has the caller's: root's is asked for before any other. */
static pid_t start_as(uid_t uid)
{
	int ends[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if ((getuid() != uid && setresuid(uid, 0, 0) < 0) || write(ends[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ends[0], &c, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

TEST(test_an_id_of_the_program_is_missing)
{
	const uid_t uid = getuid() == 0 ? 4321 : getuid();
	const struct idmap all = map_of(0, 0, UINT32_MAX);
	const struct idmap less = all_but(uid);
	struct ns_login login = login_of(NULL, 0);
	struct nsi_fail f = {""};
	int r;

	login.uid = uid + 1;
	login.pid = start_as(uid);
	r = ns_fits(&less, &all, &login, &f);
	(void)kill(login.pid, SIGKILL);
	assert_int_equal(waitpid(login.pid, NULL, 0), login.pid);
	assert_int_equal(r, -EPERM);
	assert_non_null(strstr(f.what, "an id of the program that opens the session"));
}

static void *wait_for(void *pipe_end)
{
	char c;

	return read(*(int *)pipe_end, &c, 1) < 0 ? pipe_end : NULL;
}

TEST(test_a_program_with_threads_does_not)
{
	const struct idmap all = map_of(0, 0, UINT32_MAX);
	const struct ns_login login = login_of(NULL, 0);
	struct nsi_fail f = {""};
	pthread_t thread;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for, &ends[0]), 0);
	assert_int_equal(ns_fits(&all, &all, &login, &f), -ENOTSUP);
	assert_non_null(strstr(f.what, "threads"));
	close(ends[1]);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(ends[0]);
}

TEST(test_a_program_that_is_gone_does_not)
{
	const struct idmap all = map_of(0, 0, UINT32_MAX);
	struct ns_login login = login_of(NULL, 0);
	struct nsi_fail f = {""};

	login.pid = 0x7ffffffe; /* above pid_max */
	assert_int_equal(ns_fits(&all, &all, &login, &f), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_map_of_all_ids_fits),
		cmocka_unit_test(test_names_the_id_that_is_missing),
		cmocka_unit_test(test_an_id_of_the_program_is_missing),
		cmocka_unit_test(test_a_program_with_threads_does_not),
		cmocka_unit_test(test_a_program_that_is_gone_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
