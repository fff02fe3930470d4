/* SPDX-License-Identifier: MIT */
/* The groups of an account; the look-ups of the C library are those of this file. */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "login/client.h"
#include "login/login_groups.h"
#include "tests/unit/test.h"

enum {
	PRIMARY = 100,
	ABSENT = 500, /* no source has it */
	SILENT,       /* its source does not answer */
	LARGE,        /* does not fit the first buffer */
	HERS,         /* has alice as a member */
	OTHERS
};

/* The behaviour of the stand-ins */
static struct {
	int count;       /* of the groups that everybody is in */
	bool says_count; /* some sources do, some do not */
	int err;         /* of the look-up of a name */
} names;

int getgrouplist(const char *user, gid_t group, gid_t *groups, int *ngroups)
{
	int room = *ngroups;

	(void)user;
	for (int i = 0; i < names.count && i < room; i++)
		groups[i] = group + (gid_t)i;
	*ngroups = names.says_count || names.count <= room ? names.count : room;
	return names.count <= room ? names.count : -1;
}

int getgrgid_r(gid_t gid, struct group *grp, char *buf, size_t buflen, struct group **result)
{
	static char alice[] = "alice", carol[] = "carol";
	static char *hers[] = {alice, NULL}, *others[] = {carol, NULL};

	(void)buf;
	*result = NULL;
	if (gid == ABSENT)
		return 0;
	if (gid == SILENT)
		return EAGAIN;
	if (gid == LARGE && buflen < 100000)
		return ERANGE;
	*grp = (struct group){.gr_gid = gid, .gr_mem = gid == HERS ? hers : others};
	*result = grp;
	return 0;
}

int getgrnam_r(const char *name, struct group *grp, char *buf, size_t buflen, struct group **result)
{
	(void)name, (void)grp, (void)buf, (void)buflen;
	*result = NULL;
	return names.err;
}

static int count_of(int count, bool says_count, gid_t **ret)
{
	struct nsi_fail f = {""};
	int got = -1, r;

	names.count = count;
	names.says_count = says_count;
	r = groups_of("alice", PRIMARY, ret, &got, &f);
	return r < 0 ? r : got;
}

TEST(test_however_many_groups)
{
	const int counts[] = {1, 64, 65, 256, 257, 5000, NSI_GROUPS_MAX};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (int says = 0; says < 2; says++) {
			gid_t *groups = NULL;

			assert_int_equal(count_of(counts[i], says, &groups), counts[i]);
			assert_int_equal(groups[counts[i] - 1], PRIMARY + counts[i] - 1);
			free(groups);
		}
	for (int says = 0; says < 2; says++) {
		gid_t *groups = NULL;

		assert_int_equal(count_of(NSI_GROUPS_MAX + 1, says, &groups), -E2BIG);
		assert_null(groups);
	}
}

/* A group that rules name and that the answer lacks is looked up by itself. */
TEST(test_what_an_answer_may_lack)
{
	const gid_t groups[] = {PRIMARY, SILENT};
	const struct {
		gid_t directory;
		bool may_lack;
	} rows[] = {
		{PRIMARY, false}, {SILENT, false}, {OTHERS, false},
		{LARGE, false},   {ABSENT, true},  {HERS, true},
	};

	names.err = 0;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(groups_may_lack("alice", groups, 2, &rows[i].directory, 1),
				 rows[i].may_lack);
	assert_true(groups_may_lack("alice", groups, 1, &groups[1], 1));
	assert_false(groups_may_lack("alice", groups, 2, NULL, 0));
}

/* A name that does not exist leads to every source. */
TEST(test_a_source_that_does_not_answer)
{
	const struct {
		int err;
		bool may_lack;
	} rows[] = {{0, false}, {ENOENT, true}, {EAGAIN, true}, {EIO, true}, {ERANGE, true}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		names.err = rows[i].err;
		assert_int_equal(groups_may_lack("alice", NULL, 0, NULL, 0), rows[i].may_lack);
	}
}

static struct client_call call;

static int begin_call(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	client_init(&call, 5);
	call.sock = pair[0];
	return pair[1];
}

static void expect_message(int sock, unsigned count, unsigned last)
{
	int fds[NSI_FDS_MAX];
	union nsi_message m;
	unsigned fd_count;

	assert_int_equal(wire_receive(sock, &m, fds, &fd_count), 1);
	assert_int_equal(m.h.type, NSI_ACCOUNT);
	assert_string_equal(m.account.name, "alice");
	assert_int_equal(m.account.need, NSI_NEED_CALLER);
	assert_int_equal(m.account.count, count);
	assert_int_equal(m.account.last, last);
}

TEST(test_as_many_messages_as_it_takes)
{
	struct nsi_fail f = {""};
	int theirs = begin_call();

	names.count = 2 * NSI_GROUPS_CHUNK + 1;
	assert_int_equal(groups_send(&call, NSI_NEED_CALLER, "alice", PRIMARY, &f), 0);
	expect_message(theirs, NSI_GROUPS_CHUNK, 0);
	expect_message(theirs, NSI_GROUPS_CHUNK, 0);
	expect_message(theirs, 1, NSI_LAST);
	names.count = NSI_GROUPS_CHUNK;
	names.err = EAGAIN;
	call.reply.need = NSI_NEED_CALLER | NSI_NEED_CERTAINTY;
	assert_int_equal(groups_send(&call, NSI_NEED_CALLER, "alice", PRIMARY, &f), 0);
	expect_message(theirs, NSI_GROUPS_CHUNK, NSI_LAST | NSI_MAY_LACK);
	names.err = 0;
	assert_int_equal(groups_send(&call, NSI_NEED_CALLER, "alice", PRIMARY, &f), 0);
	expect_message(theirs, NSI_GROUPS_CHUNK, NSI_LAST);
	close(theirs);
	assert_int_equal(groups_send(&call, NSI_NEED_CALLER, "alice", PRIMARY, &f), -EPIPE);
	client_done(&call);
}

TEST(test_a_name_that_is_too_long)
{
	char name[NSI_NAME_SIZE + 1];
	struct nsi_fail f = {""};

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(groups_send(&call, NSI_NEED_GROUPS, name, PRIMARY, &f), -ENAMETOOLONG);
	assert_string_equal(f.what, "a user's name is too long");
	names.count = NSI_GROUPS_MAX + 1;
	f = (struct nsi_fail){""};
	assert_int_equal(groups_send(&call, NSI_NEED_GROUPS, "alice", PRIMARY, &f), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_however_many_groups),
		cmocka_unit_test(test_what_an_answer_may_lack),
		cmocka_unit_test(test_a_source_that_does_not_answer),
		cmocka_unit_test(test_as_many_messages_as_it_takes),
		cmocka_unit_test(test_a_name_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
