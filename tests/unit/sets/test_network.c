/* SPDX-License-Identifier: MIT */
/* The network of a set that is taken over, while a system call fails: it is known, or the set is not taken over */
#include "sets/network.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/state.h"
#include "sets/all.h"
#include "sets/set.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

enum {
	SET_ID = 7
};

static struct scratch scratch;
static struct sets sets;
static struct set set;

static int begin(void **state)
{
	(void)state;
	if (scratch_make(&scratch) < 0)
		return -1;
	memset(&sets, 0, sizeof(sets));
	memset(&set, 0, sizeof(set));
	sets.networks.dir_fd = open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	set.sets = &sets;
	set.rec.id = SET_ID;
	set.anchor.pidfd = -EBADF;
	return sets.networks.dir_fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	network_free(&set);
	nsi_closep(&sets.networks.dir_fd);
	scratch_done(&scratch);
	return 0;
}

static void write_record(void)
{
	const struct net_record rec = {.mode = "bridge", .bridge = "br0"};
	struct nsi_fail f = {""};

	assert_int_equal(state_write(sets.networks.dir_fd, SET_ID, &rec, &f), 0);
}

TEST(test_a_set_without_a_record_has_no_network)
{
	struct nsi_fail f = {""};

	assert_int_equal(network_adopt(&set, &f), 0);
	assert_false(network_is_there(&set));
	assert_false(set.rec.is_ending);
}

TEST(test_a_network_on_record_is_the_sets)
{
	struct nsi_fail f = {""};

	write_record();
	assert_int_equal(network_adopt(&set, &f), 0);
	assert_true(network_is_there(&set));
	assert_string_equal(set.net->rec.bridge, "br0");
	assert_false(set.rec.is_ending);
}

TEST(test_a_network_that_is_half_gone_ends_its_set)
{
	struct nsi_fail f = {""};

	write_record();
	assert_int_equal(state_retire(sets.networks.dir_fd, SET_ID), 0);
	assert_int_equal(network_adopt(&set, &f), 0);
	assert_true(network_is_there(&set));
	assert_true(set.rec.is_ending);
}

static void adopt(struct faults *f)
{
	struct nsi_fail fail = {""};
	int r;

	faults_begin(f);
	r = network_adopt(&set, &fail);
	faults_end(f);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (f->shared->error == ENOENT && f->shared->failed != -1)
		return; /* it says that there is none */
	faults_check(r < 0 || network_is_there(&set), "it is taken for none");
}

TEST(test_a_record_that_cannot_be_read_is_not_taken_for_none)
{
	write_record();
	faults_sweep(adopt, NULL, 1);
	assert_int_equal(state_retire(sets.networks.dir_fd, SET_ID), 0);
	faults_sweep(adopt, NULL, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_set_without_a_record_has_no_network),
		CASE(test_a_network_on_record_is_the_sets),
		CASE(test_a_network_that_is_half_gone_ends_its_set),
		CASE(test_a_record_that_cannot_be_read_is_not_taken_for_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
