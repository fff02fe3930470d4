/* SPDX-License-Identifier: MIT */
/* The list of covers: what is written is read, and what is damaged is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"
#include "view/cover.h"

struct fixture {
	struct scratch s;
	int dir;
	struct cover_list list;
};

static struct fixture x;

static int set_up(void **state)
{
	const struct cover_row hidden = {.type = COVER_HIDDEN};
	const struct cover_row bound = {.type = COVER_BIND, .attrs = 6, .flags = COVER_STRICT};
	const struct cover_row kept = {.type = COVER_KEPT};

	(void)state;
	memset(&x, 0, sizeof(x));
	if (scratch_make(&x.s) < 0)
		return -1;
	x.dir = open(x.s.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return x.dir < 0 || cover_list_add(&x.list, &hidden, "/etc/secret", "", NULL) < 0 ||
	       cover_list_add(&x.list, &bound, "/etc/motd", "/srv/motd", NULL) < 0 ||
	       cover_list_add(&x.list, &kept, "/tmp/.s", "/tmp/.s", "postgres,mysql") < 0;
}

static int tear_down(void **state)
{
	(void)state;
	cover_list_done(&x.list);
	nsi_closep(&x.dir);
	scratch_done(&x.s);
	return 0;
}

static void assert_is_ours(const struct cover_list *list)
{
	const struct cover_row *row = cover_list_next(list, NULL);

	assert_int_equal(row->type, COVER_HIDDEN);
	assert_string_equal(cover_path(row), "/etc/secret");
	assert_string_equal(cover_source(row), "");
	assert_string_equal(cover_users(row), "");
	row = cover_list_next(list, row);
	assert_int_equal(row->attrs, 6);
	assert_int_equal(row->flags, COVER_STRICT);
	assert_string_equal(cover_path(row), "/etc/motd");
	assert_string_equal(cover_source(row), "/srv/motd");
	row = cover_list_next(list, row);
	assert_string_equal(cover_users(row), "postgres,mysql");
	assert_null(cover_list_next(list, row));
}

TEST(test_rows_come_back_in_their_order)
{
	assert_is_ours(&x.list);
	assert_int_equal(cover_list_check(&x.list), 0);
}

TEST(test_an_empty_list_has_no_row)
{
	const struct cover_list empty = {0};

	assert_null(cover_list_next(&empty, NULL));
	assert_int_equal(cover_list_check(&empty), 0);
}

TEST(test_a_list_survives_its_helper)
{
	struct cover_list read = {0};

	assert_int_equal(cover_list_load(&read, x.dir), -ENOENT);
	assert_int_equal(cover_list_save(&x.list, x.dir), 0);
	assert_int_equal(cover_list_load(&read, x.dir), 0);
	assert_is_ours(&read);
	cover_list_done(&read);
}

TEST(test_any_shorter_list_is_refused_or_whole)
{
	for (size_t size = 1; size < x.list.size; size++) {
		const struct cover_list part = {.data = x.list.data, .size = size};
		size_t at = 0;

		if (cover_list_check(&part) == 0) { /* it ends where a row does */
			for (const struct cover_row *row = cover_list_next(&part, NULL); row;
			     row = cover_list_next(&part, row))
				at += row->size;
			assert_int_equal(at, size);
		}
	}
}

/* Every byte with every value: what is accepted can be walked without leaving the block. */
TEST(test_any_changed_byte_is_refused_or_harmless)
{
	for (size_t i = 0; i < x.list.size; i++) {
		const char good = x.list.data[i];

		for (int value = 0; value < 256; value++) {
			x.list.data[i] = (char)value;
			if (cover_list_check(&x.list) < 0)
				continue;
			for (const struct cover_row *row = cover_list_next(&x.list, NULL); row;
			     row = cover_list_next(&x.list, row)) {
				const char *end = (const char *)row + row->size;

				assert_true(row->type < COVER_TYPE_MAX);
				assert_true(cover_path(row)[0] == '/');
				assert_true(cover_source(row) < end);
				assert_true(cover_users(row) + strlen(cover_users(row)) < end);
			}
		}
		x.list.data[i] = good;
	}
	assert_is_ours(&x.list);
}

TEST(test_another_layout_is_not_read)
{
	struct cover_list read = {0};
	int fd;

	assert_int_equal(cover_list_save(&x.list, x.dir), 0);
	fd = openat(x.dir, "view", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "NSIVIEW0", 8, 0), 8);
	close(fd);
	assert_int_equal(cover_list_load(&read, x.dir), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows_come_back_in_their_order, set_up,
						tear_down),
		cmocka_unit_test(test_an_empty_list_has_no_row),
		cmocka_unit_test_setup_teardown(test_a_list_survives_its_helper, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_shorter_list_is_refused_or_whole, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_any_changed_byte_is_refused_or_harmless,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_layout_is_not_read, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
