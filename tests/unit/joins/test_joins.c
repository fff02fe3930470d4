/* SPDX-License-Identifier: MIT */
/* The helper's side of the page of joins: which entries a login finds */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "joins/joins.h"
#include "load/loader.h"
#include "policy/image.h"
#include "policy/load.h"
#include "tests/unit/faults.h"
#include "tests/unit/joins/page.h"
#include "tests/unit/scratch.h"
#include "wire/wire.h"

enum {
	SET = 7,
	OTHER_SET = 8
};

static struct loop loop;
static struct joins joins;
static struct scratch scratch;

/* A minute later than it is: a directory that has just changed is not listed. */
time_t time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec + 60;
	return now.tv_sec + 60;
}

static int begin(void **state)
{
	(void)state;
	assert_int_equal(loop_init(&loop), 0);
	joins = (struct joins){.loop = &loop, .fd = -1};
	joins.page = page_make();
	assert_non_null(joins.page);
	return 0;
}

static int end(void **state)
{
	(void)state;
	loop_disarm(&loop, &joins.look);
	free(joins.page);
	return 0;
}

static struct join_key key_of(const char *user)
{
	struct nsi_open open = {.uid = 2001, .service = "sshd"};
	struct join_key key;

	assert_int_equal(text_copy(open.user, sizeof(open.user), user), 0);
	assert_true(join_key_fill(&key, &open, 0));
	return key;
}

static void publish(uint64_t set, const char *user, uint64_t mounts)
{
	const struct join_view view = {
		.key = key_of(user), .set = set, .anchor_pid = 1, .mounts = mounts};

	joins_publish(&joins, &view);
}

/* The hash of mounts in the entry of @user, or 0 if there is no valid one. */
static uint64_t found(const char *user)
{
	const struct join_key key = key_of(user);
	struct join_view view;
	uint32_t seq;

	return join_find(joins.page, &key, &view, &seq) < 0 ? 0 : view.mounts;
}

TEST(test_suspended_entries_are_published_again)
{
	publish(SET, "alice", 1);
	publish(SET, "bob", 1);
	publish(OTHER_SET, "carol", 1);
	joins_suspend(&joins, SET);
	assert_int_equal(found("alice"), 0);
	assert_int_equal(found("bob"), 0);
	assert_int_equal(found("carol"), 1);
	assert_true(joins_has_suspended(&joins, SET));
	joins_renew(&joins, SET, 2, 0);
	assert_int_equal(found("alice"), 2);
	assert_int_equal(found("bob"), 2);
	assert_int_equal(found("carol"), 1);
	assert_false(joins_has_suspended(&joins, SET));
	assert_int_equal(joins.entries, 3);
}

/* A login by the helper may publish an entry before the look that renews the others. */
TEST(test_an_entry_that_came_since_is_suspended_as_well)
{
	publish(SET, "alice", 1);
	publish(SET, "bob", 1);
	joins_suspend(&joins, SET);
	publish(SET, "alice", 2);
	assert_int_equal(found("alice"), 2);
	joins_suspend(&joins, SET);
	assert_int_equal(found("alice"), 0);
	assert_int_equal(joins.entries, 0);
	joins_renew(&joins, SET, 3, 0);
	assert_int_equal(found("alice"), 3);
	assert_int_equal(found("bob"), 3);
	assert_int_equal(joins.entries, 2);
}

TEST(test_what_is_withdrawn_for_good_does_not_come_back)
{
	publish(SET, "alice", 1);
	joins_suspend(&joins, SET);
	joins_withdraw(&joins, SET);
	joins_renew(&joins, SET, 2, 0);
	assert_int_equal(found("alice"), 0);
	publish(SET, "alice", 1);
	joins_suspend(&joins, SET);
	joins_withdraw_all(&joins);
	joins_renew(&joins, SET, 2, 0);
	assert_int_equal(found("alice"), 0);
	assert_int_equal(joins.entries, 0);
}

/* Rules of a file that is left out would be those of a login that the page lets in. */
static void list_failing(struct faults *f)
{
	static struct pol_image image; /* no rule */
	struct loader loader = {.sources.config = scratch_path(&scratch, 1, "nsisolate.conf"),
				.image = &image};
	bool is_listed;

	loader.fingerprint = policy_fingerprint_again(&loader.sources, &loader.looks);
	loader.looks = (struct pol_looks){0};
	faults_begin(f);
	is_listed = joins_list_files(&joins, &loader);
	faults_end(f);
	faults_check(f->shared->failed != -1 || is_listed, "the files are not listed");
	if (is_listed && (f->shared->failed == -1 || f->shared->error != ENOENT))
		faults_check(joins.page->files.count == 4, "%u files are taken for all",
			     joins.page->files.count);
}

TEST(test_a_list_of_files_is_whole_or_there_is_none)
{
	assert_int_equal(scratch_make(&scratch), 0);
	assert_int_equal(scratch_write(&scratch, "nsisolate.conf", ""), 0);
	assert_int_equal(scratch_write(&scratch, "nsisolate.d/10-a.conf", ""), 0);
	assert_int_equal(scratch_write(&scratch, "nsisolate.d/20-b.conf", ""), 0);
	faults_sweep(list_failing, NULL, 1);
	scratch_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_suspended_entries_are_published_again, begin,
						end),
		cmocka_unit_test_setup_teardown(test_an_entry_that_came_since_is_suspended_as_well,
						begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_withdrawn_for_good_does_not_come_back,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_list_of_files_is_whole_or_there_is_none,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
