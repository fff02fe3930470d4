/* SPDX-License-Identifier: MIT */
/* Ring of decisions: order, totals, what is damaged, more than there is room for */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/decisions.h"
#include "tests/unit/test.h"

static int make_dir(void **state)
{
	static char path[] = "/tmp/test_decisions.XXXXXX";
	static int fd;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	if (!mkdtemp(path))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &fd;
	return fd < 0;
}

static int remove_dir(void **state)
{
	int fd = *(int *)*state;
	char link[32], path[64];
	ssize_t n;

	(void)unlinkat(fd, DECISIONS_FILE, 0);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	path[n] = '\0';
	return rmdir(path);
}

static void note(struct decisions *d, uint32_t uid, enum decision_outcome outcome, uint32_t cause)
{
	struct decision new = {.uid = uid, .outcome = outcome, .cause = cause};

	(void)snprintf(new.text, sizeof(new.text), "decision of %u", uid);
	assert_int_equal(decisions_note(d, &new), 0);
}

TEST(test_no_ring_is_no_decision)
{
	struct decision *all;

	assert_int_equal(decisions_read(*(int *)*state, &all), 0);
	free(all);
}

TEST(test_they_come_back_in_order_with_totals)
{
	struct decision *all;
	struct decisions d;

	assert_int_equal(decisions_open(&d, *(int *)*state), 0);
	note(&d, 1, DECISION_ENTERED, 0);
	note(&d, 2, DECISION_REFUSED, 3);
	close(d.fd);
	assert_int_equal(decisions_open(&d, *(int *)*state), 0); /* the next helper */
	note(&d, 3, DECISION_REFUSED, 3);
	close(d.fd);
	assert_int_equal(decisions_read(*(int *)*state, &all), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(all[i].uid, i + 1);
		assert_int_equal(all[i].number, i + 1);
	}
	assert_string_equal(all[2].text, "decision of 3");
	assert_int_equal(all[2].outcomes[DECISION_ENTERED], 1);
	assert_int_equal(all[2].outcomes[DECISION_REFUSED], 2);
	assert_int_equal(all[2].causes[3], 2);
	free(all);
}

TEST(test_a_full_ring_keeps_the_newest)
{
	struct decision *all;
	struct decisions d;

	assert_int_equal(decisions_open(&d, *(int *)*state), 0);
	for (uint32_t i = 1; i <= DECISIONS_COUNT + 5; i++)
		note(&d, i, DECISION_JOINED, 0);
	close(d.fd);
	assert_int_equal(decisions_read(*(int *)*state, &all), DECISIONS_COUNT);
	assert_int_equal(all[0].uid, 6);
	assert_int_equal(all[DECISIONS_COUNT - 1].uid, DECISIONS_COUNT + 5);
	assert_int_equal(all[DECISIONS_COUNT - 1].outcomes[DECISION_JOINED], DECISIONS_COUNT + 5);
	free(all);
}

TEST(test_a_damaged_slot_is_left_out)
{
	int dir = *(int *)*state, fd;
	struct decision *all;
	struct decisions d;

	assert_int_equal(decisions_open(&d, dir), 0);
	for (uint32_t i = 1; i <= 3; i++)
		note(&d, i, DECISION_SKIPPED, 0);
	close(d.fd);
	fd = openat(dir, DECISIONS_FILE, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "X", 1, DECISION_SIZE + 20), 1);
	close(fd);
	assert_int_equal(decisions_read(dir, &all), 2);
	assert_int_equal(all[0].uid, 1);
	assert_int_equal(all[1].uid, 3);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_ring_is_no_decision, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_they_come_back_in_order_with_totals, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(test_a_full_ring_keeps_the_newest, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(test_a_damaged_slot_is_left_out, make_dir,
						remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
