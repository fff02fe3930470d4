/* SPDX-License-Identifier: MIT */
/* The fingerprint of the files, by which a change is seen */
#include "tests/unit/faults.h"
#include "tests/unit/policy/load_fixture.h"

static time_t ahead; /* of the clock: a directory comes of age by it */

/* In place of the C library's. */
time_t time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec + ahead;
	return now.tv_sec + ahead;
}

TEST(test_fingerprint_sees_files_come_change_and_go)
{
	struct fixture *f = *state;
	uint64_t seen[5];

	seen[0] = policy_fingerprint_from(&f->sources);
	write_file(f, "etc/nsisolate.conf", "version = 1;\n");
	seen[1] = policy_fingerprint_from(&f->sources);
	write_file(f, "etc/nsisolate.d/a.conf", RULE("a"));
	seen[2] = policy_fingerprint_from(&f->sources);
	write_file(f, "etc/nsisolate.d/a.conf", RULE("ab"));
	seen[3] = policy_fingerprint_from(&f->sources);
	write_file(f, "usr/nsisolate.d/b.conf", RULE("ab"));
	seen[4] = policy_fingerprint_from(&f->sources);
	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	assert_true(policy_fingerprint_from(&f->sources) == seen[4]);
	write_file(f, "etc/nsisolate.d/a.txt", "");
	assert_true(policy_fingerprint_from(&f->sources) == seen[4]);
}

TEST(test_fingerprint_sees_the_first_drop_in_of_a_directory_known_to_be_empty)
{
	struct fixture *f = *state;
	struct pol_looks looks = {{0}, {0}};
	uint64_t before;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n");
	write_file(f, "etc/nsisolate.d/a.txt", ""); /* is none */
	before = policy_fingerprint_from(&f->sources);
	assert_int_equal(policy_fingerprint_again(&f->sources, &looks), before);
	assert_true(looks.config.ino == 0); /* it is too young to be relied upon */
	ahead = 10;
	assert_int_equal(policy_fingerprint_again(&f->sources, &looks), before);
	ahead = 0;
	assert_true(looks.config.ino != 0);
	assert_int_equal(policy_fingerprint_again(&f->sources, &looks), before);
	write_file(f, "etc/nsisolate.d/a.conf", RULE("a"));
	assert_true(policy_fingerprint_again(&f->sources, &looks) != before);
	assert_int_equal(policy_fingerprint_again(&f->sources, &looks),
			 policy_fingerprint_from(&f->sources));
}

static void look(struct faults *f)
{
	struct fixture *fixture = f->arg;
	struct pol_looks looks = {{0}, {0}};

	ahead = 10;
	faults_begin(f);
	(void)policy_fingerprint_again(&fixture->sources, &looks);
	faults_end(f);
	if (f->shared->failed == SYS_getdents64 && f->shared->error == ENOENT)
		return; /* to readdir(3) it is the end: the directory has been removed */
	faults_check(policy_fingerprint_again(&fixture->sources, &looks) ==
			     policy_fingerprint_from(&fixture->sources),
		     "drop-ins are not looked at any more");
}

TEST(test_a_directory_that_cannot_be_listed_is_not_known_to_be_empty)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n");
	write_file(f, "etc/nsisolate.d/a.conf", RULE("a"));
	faults_sweep(look, f, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_fingerprint_sees_files_come_change_and_go),
		EACH(test_fingerprint_sees_the_first_drop_in_of_a_directory_known_to_be_empty),
		EACH(test_a_directory_that_cannot_be_listed_is_not_known_to_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
