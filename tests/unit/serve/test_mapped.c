/* SPDX-License-Identifier: MIT */
/* Requests from within a user namespace of a set: what they may ask for, and what they are told */
#include <fcntl.h>
#include <limits.h>

#include "base/fd.h"
#include "tests/unit/serve/open_step.h"

enum {
	SET_USER_NS = 4711 /* the inode of the set's user namespace */
};

static struct set *adopt_mapped(uint8_t scope)
{
	struct set_record rec = {
		.id = 7, .uid = 1000, .types = ns_bit(NS_USER) | ns_bit(NS_MNT), .scope = scope};

	rec.ns.ino[NS_USER] = SET_USER_NS;
	return adopt(&rec);
}

static int open_as(uint32_t uid, uint32_t flags, struct nsi_fail *f)
{
	union nsi_message m = {.open = {.uid = uid, .flags = flags}};

	m.h = wire_header(NSI_OPEN);
	*f = (struct nsi_fail){""};
	x.call->within = 0;
	return mapped_check_peer(x.call, SET_USER_NS, &m, f);
}

static int close_session_of(uint64_t set, struct nsi_fail *f)
{
	union nsi_message m = {.close = {.set = set, .session = 1}};

	m.h = wire_header(NSI_CLOSE);
	*f = (struct nsi_fail){""};
	x.call->within = 0;
	return mapped_check_peer(x.call, SET_USER_NS, &m, f);
}

TEST(test_a_user_namespace_that_is_no_sets_is_refused)
{
	struct nsi_fail f = {""};

	assert_int_equal(open_as(0, 0, &f), -EPERM);
	assert_string_equal(f.what, "the session is opened from within another user namespace");
	assert_int_equal(x.call->within, 0);
}

TEST(test_who_has_the_set_stays_in_it)
{
	struct nsi_fail f;

	(void)adopt_mapped(POL_SCOPE_USER);
	assert_int_equal(open_as(1000, 0, &f), MAPPED_STAYS);
	assert_non_null(strstr(f.what, "it stays in set 7, which has a user namespace"));
	assert_int_equal(x.call->within, 7);
}

/* A rule may let them stay; whatever else comes of it is refused. */
TEST(test_another_user_may_not_leave)
{
	struct nsi_fail f;

	(void)adopt_mapped(POL_SCOPE_USER);
	assert_int_equal(open_as(1001, 0, &f), 0);
	assert_string_equal(f.what, "");
	assert_int_equal(mapped_check_leave(x.call, &f), -EXDEV);
	assert_non_null(strstr(f.what, "it comes from within set 7"));
	assert_non_null(strstr(f.what, "log in from outside instead"));
}

TEST(test_who_has_a_session_in_the_set_stays_in_it)
{
	struct session session = {.sets = &x.sets, .rec = {.uid = 1001}};
	struct set *set = adopt_mapped(POL_SCOPE_GROUP);
	struct nsi_fail f;

	assert_int_equal(open_as(1000, 0, &f), 0); /* it is not the set of who came first */
	LIST_INSERT_HEAD(&set->sessions, &session, link);
	assert_int_equal(open_as(1001, 0, &f), MAPPED_STAYS);
	LIST_REMOVE(&session, link);
	assert_int_equal(open_as(1001, 0, &f), 0);
}

TEST(test_root_of_the_set_stays_unless_root_is_to_be_isolated)
{
	struct nsi_fail f;

	(void)adopt_mapped(POL_SCOPE_USER);
	assert_int_equal(open_as(0, 0, &f), MAPPED_STAYS);
	assert_int_equal(open_as(0, NSI_ISOLATE_ROOT, &f), 0);
	assert_int_equal(mapped_check_leave(x.call, &f), -EXDEV);
}

TEST(test_root_of_the_set_ends_sessions_of_this_set_alone)
{
	struct nsi_fail f;

	(void)adopt_mapped(POL_SCOPE_USER);
	assert_int_equal(close_session_of(7, &f), 0);
	assert_int_equal(mapped_check_leave(x.call, &f), 0); /* that leads nowhere */
	assert_int_equal(close_session_of(8, &f), -EXDEV);
	assert_non_null(strstr(f.what, "it comes from within set 7"));
}

TEST(test_root_of_the_set_asks_for_nothing_of_an_administrators)
{
	static const enum nsi_type types[] = {NSI_RETIRE, NSI_COLLECT, NSI_PING};
	struct nsi_fail f;

	(void)adopt_mapped(POL_SCOPE_USER);
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		union nsi_message m = {.retire = {.set = 7}};

		m.h = wire_header(types[i]);
		f = (struct nsi_fail){""};
		assert_int_equal(mapped_check_peer(x.call, SET_USER_NS, &m, &f), -EXDEV);
		assert_non_null(strstr(f.what, "it comes from within set 7"));
	}
}

TEST(test_a_login_from_the_host_leaves_nothing)
{
	struct nsi_fail f = {""};

	assert_int_equal(mapped_check_leave(x.call, &f), 0);
	assert_string_equal(f.what, "");
}

TEST(test_maps_of_a_set_whose_anchor_is_gone_cannot_be_read)
{
	struct set *set = adopt_mapped(POL_SCOPE_USER);
	struct nsi_fail f = {""};

	x.call->user.known = true;
	set->anchor.pid = INT_MAX; /* nobody's: the kernel has four million at most */
	assert_int_equal(mapped_fits(x.call, set, &f), -ENOENT);
	assert_non_null(strstr(f.what, "cannot read the uid_map of set 7"));
	set->anchor.pid = 0;
}

/* The map of all ids to themselves has room for everybody. */
TEST(test_a_login_whose_ids_are_mapped_fits)
{
	static gid_t groups[] = {2000, 3000};
	struct set *set = adopt_mapped(POL_SCOPE_USER);
	struct nsi_fail f = {""};
	char map[64];

	if (fd_read_file(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) <= 0 ||
	    !strstr(map, " 0 4294967295"))
		skip(); /* in a container */
	x.call->user.known = true;
	x.call->user.groups = groups;
	x.call->user.count = 2;
	x.call->open.gid = 1000;
	set->anchor.pid = getpid();
	assert_int_equal(mapped_fits(x.call, set, &f), 0);
	x.call->user.groups = NULL;
	set->anchor.pid = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_user_namespace_that_is_no_sets_is_refused),
		CASE(test_who_has_the_set_stays_in_it),
		CASE(test_another_user_may_not_leave),
		CASE(test_who_has_a_session_in_the_set_stays_in_it),
		CASE(test_root_of_the_set_stays_unless_root_is_to_be_isolated),
		CASE(test_root_of_the_set_ends_sessions_of_this_set_alone),
		CASE(test_root_of_the_set_asks_for_nothing_of_an_administrators),
		CASE(test_a_login_from_the_host_leaves_nothing),
		CASE(test_maps_of_a_set_whose_anchor_is_gone_cannot_be_read),
		CASE(test_a_login_whose_ids_are_mapped_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
