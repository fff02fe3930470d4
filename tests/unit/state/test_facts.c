/* SPDX-License-Identifier: MIT */
/* Records in the memory of a helper: every field comes back from there */
#include <stdio.h>
#include <string.h>

#include "state/facts.h"
#include "tests/unit/test.h"

/* Every byte of the record that is not a fixed value of the file, a text, or room for later fields. */
static struct set_record sample(uint32_t dirs)
{
	struct set_record rec;

	memset(&rec, 0x5a, sizeof(rec));
	memset(rec.magic, 0, sizeof(rec.magic));
	rec.version = rec.size = 0;
	rec.checksum = 0;
	memset(rec.room, 0, sizeof(rec.room));
	memset(rec.more_room, 0, sizeof(rec.more_room));
	memset(rec.more, 0, sizeof(rec.more));
	memset(rec.on_end.pad, 0, sizeof(rec.on_end.pad));
	rec.dir_count = dirs;
	rec.user_count = RECORD_USERS;
	memset(rec.dirs, 0, sizeof(rec.dirs));
	for (uint32_t i = 0; i < dirs; i++) {
		(void)snprintf(rec.dirs[i].path, RECORD_PATH, "/dir%u", i);
		rec.dirs[i].method = (uint8_t)(i + 1);
		rec.dirs[i].retain = (uint8_t)(i + 2);
		rec.dirs[i].retain_age = i + 3;
		rec.dirs[i].dev = i + 4;
		rec.dirs[i].wd = (int32_t)i + 5;
	}
#define SAMPLE_TEXT(field, text)                                          \
	do {                                                              \
		memset(rec.field, 0, sizeof(rec.field));                  \
		(void)snprintf(rec.field, sizeof(rec.field), "%s", text); \
	} while (0)
	SAMPLE_TEXT(boot_id, "12345678-9abc");
	SAMPLE_TEXT(policy, "lab");
	SAMPLE_TEXT(user, "alice");
	SAMPLE_TEXT(hostname, "");
	SAMPLE_TEXT(rule, "uid = \"2000-2999\"");
	SAMPLE_TEXT(on_end.run, "/usr/local/bin/end");
	SAMPLE_TEXT(program, "0.1.0");
	SAMPLE_TEXT(view, "/tmp is private again");
	SAMPLE_TEXT(job_name, "12");
	SAMPLE_TEXT(job_group, "/sys/fs/cgroup/jobs/job_12");
#undef SAMPLE_TEXT
	return rec;
}

/* By bytes: padding between fields would show as a difference, and there is none. */
static void comes_back(uint32_t dirs)
{
	const struct set_record rec = sample(dirs);
	struct set_facts facts = {0};
	struct set_record back;

	assert_int_equal(facts_load(&facts, &rec), 0);
	memset(&back, 0xff, sizeof(back));
	facts_store(&facts, rec.boot_id, &back);
	assert_memory_equal(&back, &rec, sizeof(rec));
	facts_free(&facts);
}

TEST(test_a_record_comes_back_as_it_was)
{
	comes_back(0);
	comes_back(2);
	comes_back(RECORD_DIRS);
}

TEST(test_loading_again_replaces_all)
{
	struct set_record rec = sample(3);
	struct set_facts facts = {0};

	assert_int_equal(facts_load(&facts, &rec), 0);
	facts_store(&facts, rec.boot_id, &rec);
	rec.dir_count = 1;
	(void)snprintf(rec.view, sizeof(rec.view), "another");
	assert_int_equal(facts_load(&facts, &rec), 0);
	assert_int_equal(facts.dir_count, 1);
	assert_string_equal(facts.dirs[0].path, "/dir0");
	assert_string_equal(facts.view, "another");
	assert_string_equal(facts.user, "alice");
	facts_free(&facts);
	assert_null(facts.user);
}

TEST(test_a_damaged_count_reads_no_further_than_the_record)
{
	struct set_record rec = sample(RECORD_DIRS);
	struct set_facts facts = {0};

	rec.dir_count = RECORD_DIRS + 1;
	rec.user_count = RECORD_USERS + 1;
	assert_int_equal(facts_load(&facts, &rec), 0);
	assert_int_equal(facts.dir_count, RECORD_DIRS);
	assert_int_equal(facts.user_count, RECORD_USERS);
	facts_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_comes_back_as_it_was),
		cmocka_unit_test(test_loading_again_replaces_all),
		cmocka_unit_test(test_a_damaged_count_reads_no_further_than_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
