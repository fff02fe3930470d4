/* SPDX-License-Identifier: MIT */
/* Sets that logins join by the page: what is published again when its mounts can be compared, and when they cannot */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "policy/image.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/session.h"
#include "sets/set.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/joins/page.h"
#include "tests/unit/test.h"
#include "view/cover.h"

#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)
#endif

enum {
	SET_ID = 6
};

/* As before Linux 6.11: mount namespaces have no number, so that nobody can list their mounts. */
int ioctl(int fd, unsigned long request, ...)
{
	(void)fd;
	errno = request == NS_GET_MNTNS_ID ? ENOTTY : EPERM;
	return -1;
}

static struct sets sets;
static struct set *set;
static struct pol_image image; /* has no groups that could be missing */

static int begin(void **state)
{
	const struct set_record rec = {.id = SET_ID, .types = ns_bit(NS_MNT)};

	(void)state;
	memset(&image, 0, sizeof(image));
	if (idle_sets_make(&sets, "/run/none", -EBADF, -EBADF) < 0)
		return -1;
	sets.loader.work = (struct work)WORK_NONE;
	sets.loader.image = &image;
	sets.loader.tried = true;
	sets.joins = (struct joins){.loop = &sets.loop, .fd = -EBADF};
	sets.joins.page = page_make();
	set = set_adopt(&sets, &rec, open("/dev/null", O_RDWR | O_CLOEXEC));
	if (!set || !sets.joins.page)
		return -1;
	set->anchor.pid = getpid();
	set->anchor.pidfd = (int)pidfd_open(getpid(), 0);
	set->session_count = 1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	set->session_count = 0;
	close(set->anchor.pidfd);
	set->anchor.pidfd = -EBADF;
	set_free(set);
	loop_disarm(&sets.loop, &sets.joins.look);
	loop_done(&sets.loop);
	free(sets.joins.page);
	return 0;
}

/* An entry of the set, which its view has suspended since. */
static void publish_and_suspend(void)
{
	const struct join_view view = {.set = SET_ID, .anchor_pid = 1};

	sets.joinable = 1;
	set->is_joinable = true;
	joins_publish(&sets.joins, &view);
	joinable_suspend(set);
	assert_int_equal(sets.joins.entries, 0);
	assert_true(joins_has_suspended(&sets.joins, SET_ID));
}

static void cover(enum cover_type type)
{
	const struct cover_row row = {.type = (uint8_t)type};

	assert_int_equal(cover_list_add(&set->upkeep.covers, &row, "/srv", "", NULL), 0);
}

TEST(test_private_directories_are_published_without_a_comparison)
{
	cover(COVER_PRIVATE);
	cover(COVER_KEPT);
	cover(COVER_FILE);
	publish_and_suspend();
	joinable_renew(set);
	assert_int_equal(sets.joins.entries, 1);
}

/* Its logins ask the helper, which looks whether the cover is there. */
TEST(test_a_cover_that_keeps_something_from_the_session_is_not)
{
	static const enum cover_type guards[] = {COVER_REMOVED, COVER_READONLY, COVER_HIDDEN,
						 COVER_BIND};

	for (unsigned i = 0; i < sizeof(guards) / sizeof(guards[0]); i++) {
		cover_list_done(&set->upkeep.covers);
		cover(COVER_PRIVATE);
		cover(guards[i]);
		publish_and_suspend();
		joinable_renew(set);
		assert_int_equal(sets.joins.entries, 0);
		joinable_withdraw(set);
	}
}

/* Each of these is a reason to ask the helper. */
TEST(test_what_is_not_published_again)
{
	uint8_t *const flags[] = {(uint8_t *)&set->reviving, &set->rec.is_retired,
				  &set->rec.is_ending,       &set->rec.in_doubt,
				  &set->rec.has_limits,      (uint8_t *)&sets.stopping};

	cover(COVER_PRIVATE);
	publish_and_suspend();
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		*flags[i] = true;
		joinable_renew(set);
		assert_int_equal(sets.joins.entries, 0);
		*flags[i] = false;
	}
	set->state = SET_DRAINING;
	joinable_renew(set);
	assert_int_equal(sets.joins.entries, 0);
	set->state = SET_LIVE;
	set->upkeep.state = UPKEEP_STALE; /* its view is yet to be looked at */
	joinable_renew(set);
	assert_int_equal(sets.joins.entries, 0);
	set->upkeep.state = UPKEEP_UNWATCHED;
	joinable_renew(set);
	assert_int_equal(sets.joins.entries, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_private_directories_are_published_without_a_comparison),
		CASE(test_a_cover_that_keeps_something_from_the_session_is_not),
		CASE(test_what_is_not_published_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
