/* SPDX-License-Identifier: MIT */
/* The records of networks when a system call fails: those that can be read are never taken for all of them */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "net/state.h"
#include "state/net_record.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

enum {
	SETS = 3
};

static struct scratch scratch;
static int dir = -EBADF;

static int begin(void **state)
{
	struct net_record rec = {.mode = "bridge", .bridge = "br0"};
	struct nsi_fail f = {""};

	(void)state;
	if (scratch_make(&scratch) < 0)
		return -1;
	dir = open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (uint64_t set = 1; set <= SETS; set++)
		if (dir < 0 || state_write(dir, set, &rec, &f) < 0)
			return -1;
	return state_retire(dir, SETS);
}

static int end(void **state)
{
	(void)state;
	nsi_closep(&dir);
	scratch_done(&scratch);
	return 0;
}

static int count_one(void *arg, uint64_t set, const struct net_record *rec)
{
	faults_check(set > 0 && set < SETS && strcmp(rec->bridge, "br0") == 0,
		     "a record is another");
	++*(unsigned *)arg;
	return 0;
}

static void each_failing(struct faults *f)
{
	unsigned count = 0;
	int r;

	faults_begin(f);
	r = state_each(dir, count_one, &count);
	faults_end(f);
	if (f->shared->failed == -1 ||
	    f->shared->error != ENOENT) /* that says that a record has gone */
		faults_check(r < 0 || count == SETS - 1, "%u records are taken for all", count);
}

TEST(test_a_list_of_records_is_whole_or_fails)
{
	faults_sweep(each_failing, NULL, 1);
}

static void next_failing(struct faults *f)
{
	uint64_t set = 0;
	int r = 0;

	faults_begin(f);
	for (unsigned i = 1; i <= SETS && r == 0; i++) {
		r = state_next(dir, set, &set);
		if (f->shared->failed == -1 ||
		    f->shared->error != ENOENT) /* to readdir(3) it is the end */
			faults_check(r < 0 || set == i, "a set was left out");
	}
	faults_end(f);
}

TEST(test_the_next_record_is_found_or_it_fails)
{
	faults_sweep(next_failing, NULL, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_list_of_records_is_whole_or_fails, begin,
						end),
		cmocka_unit_test_setup_teardown(test_the_next_record_is_found_or_it_fails, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
