/* SPDX-License-Identifier: MIT */
/* Which sessions max_sessions counts */
#include "sets/logins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/fail.h"
#include "policy/image.h"
#include "sets/session.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/test.h"

enum {
	ALICE = 1000,
	BOB = 1001
};

static struct sets sets;

static int begin(void **state)
{
	(void)state;
	return idle_sets_make(&sets, "/run/none", -EBADF, -EBADF);
}

static int end(void **state)
{
	(void)state;
	idle_sets_done(&sets);
	return 0;
}

static struct set *make_set(uint64_t id, const char *policy, uint8_t scope)
{
	struct set_record rec = {.id = id, .types = ns_bit(NS_IPC), .uid = ALICE, .scope = scope};
	struct set *set;
	int record;

	(void)snprintf(rec.policy, sizeof(rec.policy), "%s", policy);
	rec.ns.ino[NS_IPC] = 100 + id;
	record = memfd_create("record", MFD_CLOEXEC);
	assert_int_equal(pwrite(record, &rec, sizeof(rec), 0), sizeof(rec));
	set = set_adopt(&sets, &rec, record);
	assert_non_null(set);
	set->rec.user_count = RECORD_USERS; /* no new user, whose record would be written anew */
	return set;
}

/* A session in @set whose process came from the set @from, or from the host if that is 0. */
static struct session *log_in(struct set *set, uint32_t uid, const char *service, uint64_t from)
{
	struct origin origin = {.type = from ? ORIGIN_SET : ORIGIN_HOST, .set = from};
	struct nsi_open open = {.uid = uid};
	struct nsi_fail f = {""};
	struct session *s;

	for (int type = 0; type < NS_TYPE_MAX; type++)
		origin.fds[type] = -EBADF;
	(void)snprintf(open.service, sizeof(open.service), "%s", service);
	s = session_new(&sets, set, &open, getpid(), (int)pidfd_open(getpid(), 0), &origin, NULL,
			&f);
	assert_string_equal(f.what, "");
	assert_non_null(s);
	return s;
}

static bool is_part_from(const struct set *set, uint32_t uid, const char *service,
			 const char *policy)
{
	return logins_is_part(&sets, uid, service, policy, &set->rec.ns);
}

TEST(test_each_user_is_counted_for_each_policy)
{
	struct set *lab = make_set(1, "lab", POL_SCOPE_GROUP);
	struct set *web = make_set(2, "web", POL_SCOPE_USER);
	struct session *first = log_in(lab, ALICE, "sshd", 0);

	(void)log_in(lab, ALICE, "login", 0);
	(void)log_in(lab, BOB, "sshd", 0);
	(void)log_in(web, ALICE, "sshd", 0);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 2);
	assert_int_equal(logins_count(&sets, BOB, "lab"), 1);
	assert_int_equal(logins_count(&sets, ALICE, "web"), 1);
	assert_int_equal(logins_count(&sets, BOB, "web"), 0);
	session_end(first);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
}

TEST(test_the_users_manager_of_systemd_never_counts)
{
	struct set *set = make_set(1, "lab", POL_SCOPE_USER);

	(void)log_in(set, ALICE, "systemd-user", 0);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 0);
	assert_true(is_part_from(set, ALICE, "systemd-user", "lab"));
	assert_false(is_part_from(set, ALICE, "su", "lab")); /* nor does it stand for others */
}

TEST(test_su_inside_of_a_set_is_part_of_the_login)
{
	struct set *set = make_set(1, "lab", POL_SCOPE_USER);
	struct session *ssh = log_in(set, ALICE, "sshd", 0);

	assert_true(is_part_from(set, ALICE, "su", "lab"));
	(void)log_in(set, ALICE, "su", 1);
	(void)log_in(set, ALICE, "sudo", 1);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
	session_end(ssh); /* nobody gains a login by that */
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
}

TEST(test_su_to_another_user_or_policy_is_a_login)
{
	struct set *alices = make_set(1, "lab", POL_SCOPE_USER);
	struct set *bobs = make_set(2, "lab", POL_SCOPE_USER);
	struct set *web = make_set(3, "web", POL_SCOPE_USER);

	(void)log_in(alices, ALICE, "sshd", 0);
	assert_false(is_part_from(alices, BOB, "su", "lab"));
	assert_false(is_part_from(alices, ALICE, "su", "web"));
	(void)log_in(bobs, BOB, "su", 1);
	(void)log_in(web, ALICE, "su", 1);
	assert_int_equal(logins_count(&sets, BOB, "lab"), 1);
	assert_int_equal(logins_count(&sets, ALICE, "web"), 1);
}

TEST(test_a_login_from_another_set_of_the_user_counts_once_the_first_has_ended)
{
	struct set *first = make_set(1, "lab", POL_SCOPE_SESSION);
	struct set *second = make_set(2, "lab", POL_SCOPE_SESSION);
	struct session *ssh = log_in(first, ALICE, "sshd", 0);

	(void)log_in(second, ALICE, "su", 1);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
	session_end(ssh);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
}

TEST(test_of_two_sets_entered_from_each_other_one_counts)
{
	struct set *first = make_set(1, "lab", POL_SCOPE_SESSION);
	struct set *second = make_set(2, "lab", POL_SCOPE_SESSION);

	(void)log_in(first, ALICE, "su", 2);
	(void)log_in(second, ALICE, "su", 1);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
}

/* The set of one login outlives the process that opened it: processes of the login may be left. */
TEST(test_a_login_whose_opener_was_killed_lasts)
{
	struct set *set = make_set(1, "lab", POL_SCOPE_SESSION);
	struct session *ssh = log_in(set, ALICE, "sshd", 0);

	assert_true(logins_lose_opener(set, "sshd"));
	session_end(ssh);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
	assert_int_equal(logins_count(&sets, BOB, "lab"), 0);
	assert_true(is_part_from(set, ALICE, "su", "lab"));
	(void)log_in(set, ALICE, "su", 1); /* which is no second one */
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 1);
}

/* Where several logins share a set, nobody can tell whose its processes are. */
TEST(test_a_login_to_a_shared_set_is_over_with_its_opener)
{
	struct set *set = make_set(1, "lab", POL_SCOPE_USER);
	struct session *ssh = log_in(set, ALICE, "sshd", 0);

	assert_false(logins_lose_opener(set, "sshd"));
	session_end(ssh);
	assert_int_equal(logins_count(&sets, ALICE, "lab"), 0);
	assert_false(logins_lose_opener(make_set(2, "lab", POL_SCOPE_SESSION), "systemd-user"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_each_user_is_counted_for_each_policy),
		CASE(test_the_users_manager_of_systemd_never_counts),
		CASE(test_su_inside_of_a_set_is_part_of_the_login),
		CASE(test_su_to_another_user_or_policy_is_a_login),
		CASE(test_a_login_from_another_set_of_the_user_counts_once_the_first_has_ended),
		CASE(test_of_two_sets_entered_from_each_other_one_counts),
		CASE(test_a_login_whose_opener_was_killed_lasts),
		CASE(test_a_login_to_a_shared_set_is_over_with_its_opener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
