/* SPDX-License-Identifier: MIT */
/* The origin of a login: a set is told by more than the inodes of its namespaces. */
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ns/ns.h"
#include "serve/origin.h"
#include "sets/all.h"
#include "sets/set.h"
#include "tests/unit/test.h"

/* A set without an anchor, whose mount namespace has the inode of ours. */
static void make_set(struct sets *sets, struct set *set)
{
	*sets = (struct sets){0};
	*set = (struct set){.sets = sets, .anchor = {.pidfd = -EBADF}, .record_fd = 0};
	LIST_INSERT_HEAD(&sets->all, set, link);
	set->rec.id = 7;
	set->rec.types = ns_bit(NS_MNT);
	assert_int_equal(ns_inode_read(AT_FDCWD, "/proc/self/ns/mnt", &set->rec.ns.ino[NS_MNT]), 0);
}

static int find(struct sets *sets)
{
	struct ns_inodes from = {{0}};
	struct origin origin;

	origin_find(sets, &from, getpid(), ns_bit(NS_MNT), &origin);
	for (int type = 0; type < NS_TYPE_MAX; type++)
		nsi_closep(&origin.fds[type]);
	return origin.type;
}

TEST(test_an_inode_that_the_kernel_has_given_to_another_namespace)
{
	static struct sets sets;
	static struct set set;
	uint64_t id;

	make_set(&sets, &set);
	assert_int_equal(find(&sets),
			 ORIGIN_SET); /* a record of before: there is no more to go by */
	if (ns_handle_read(getpid(), NS_MNT, &id) < 0)
		skip(); /* before Linux 6.18 */
	set.rec.end.ns_ids[NS_MNT] = id;
	assert_int_equal(find(&sets), ORIGIN_SET);
	set.rec.end.ns_ids[NS_MNT] = id + 1;
	assert_int_equal(find(&sets), ORIGIN_FOREIGN);
	set.anchor.pidfd = 0; /* its anchor keeps the namespace */
	assert_int_equal(find(&sets), ORIGIN_SET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_inode_that_the_kernel_has_given_to_another_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
