/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nstype.h"
#include "policy/image.h"
#include "policy/load.h"
#include "policy/match.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

static const char sample[] = "tests/unit/policy/good/directory-names.conf";

static struct pol_image *image;

static int load_sample(void **state)
{
	(void)state;
	image = image_of_file(sample);
	return 0;
}

static int free_sample(void **state)
{
	(void)state;
	free(image);
	image = NULL;
	return 0;
}

static void *row(enum pol_table table, size_t width, size_t i)
{
	assert_true(i < image->table[table].count);
	return (char *)image + image->table[table].offset + i * width;
}

static struct pol_policy *policy(void)
{
	return row(POL_TABLE_POLICIES, sizeof(struct pol_policy), 0);
}

static struct pol_dir *dir(void)
{
	return row(POL_TABLE_DIRS, sizeof(struct pol_dir), 0);
}

#define assert_refused() assert_int_equal(policy_image_check(image, image->size), -EBADMSG)

TEST(test_what_the_loader_makes_is_good)
{
	assert_int_equal(policy_image_check(image, image->size), 0);
	assert_string_equal(policy_str(image, policy_get(image, 0)->name), "p");
	assert_string_equal(policy_list_str(image, policy_dir(image, 0)->keep, 1), ".ICE-unix");
}

TEST(test_header_of_another_kind_is_refused)
{
	image->magic++;
	assert_refused();
	image->magic--;
	image->version++;
	assert_refused();
	image->version--;
	assert_int_equal(policy_image_check(image, image->size - 1), -EBADMSG);
	assert_int_equal(policy_image_check(image, 0), -EBADMSG);
	assert_int_equal(policy_image_check(image, sizeof(*image) - 1), -EBADMSG);
	image->size = UINT64_MAX;
	assert_int_equal(policy_image_check(image, SIZE_MAX), -EBADMSG);
}

TEST(test_image_at_an_odd_address_is_refused)
{
	char *copy = malloc(image->size + 1);

	assert_non_null(copy);
	memcpy(copy + 1, image, image->size);
	assert_int_equal(policy_image_check((const void *)(copy + 1), image->size), -EBADMSG);
	free(copy);
}

TEST(test_tables_out_of_bounds_are_refused)
{
	for (int t = 0; t < POL_TABLE_MAX; t++) {
		const uint64_t bad[] = {0, 4, image->size + 8, UINT64_MAX - 7};
		uint64_t offset = image->table[t].offset, count = image->table[t].count;

		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			image->table[t].offset = bad[i];
			assert_refused();
		}
		image->table[t].offset = offset;
		image->table[t].count = UINT64_MAX;
		assert_refused();
		image->table[t].count = image->size;
		assert_refused();
		image->table[t].count = count;
	}
	assert_int_equal(policy_image_check(image, image->size), 0);
}

TEST(test_pool_without_ends_is_refused)
{
	char *pool = row(POL_TABLE_POOL, 1, 0);
	uint64_t count = image->table[POL_TABLE_POOL].count;

	pool[count - 1] = 'x';
	assert_refused();
	pool[count - 1] = '\0';
	pool[0] = 'x';
	assert_refused();
	pool[0] = '\0';
	pool[1] = '\x1b';
	assert_refused();
	pool[1] = '\x7f';
	assert_refused();
	image->table[POL_TABLE_POOL].count = 0;
	assert_refused();
}

TEST(test_texts_and_lists_out_of_bounds_are_refused)
{
	const uint32_t pool = (uint32_t)image->table[POL_TABLE_POOL].count;
	pol_str *const texts[] = {&policy()->name,
				  &policy()->hostname,
				  &policy()->domainname,
				  &policy()->where.file,
				  &dir()->path,
				  &dir()->where.file,
				  row(POL_TABLE_STRINGS, sizeof(pol_str), 0)};
	struct pol_list *const lists[] = {&policy()->dirs, &dir()->keep, &dir()->import};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		pol_str good = *texts[i];

		*texts[i] = pool;
		assert_refused();
		*texts[i] = UINT32_MAX;
		assert_refused();
		*texts[i] = good;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct pol_list good = *lists[i];

		*lists[i] = (struct pol_list){good.first, UINT32_MAX};
		assert_refused();
		*lists[i] = (struct pol_list){UINT32_MAX, good.count};
		assert_refused();
		*lists[i] = (struct pol_list){UINT32_MAX, 2};
		assert_refused();
		*lists[i] = good;
	}
	assert_int_equal(policy_image_check(image, image->size), 0);
}

TEST(test_enums_and_bits_out_of_bounds_are_refused)
{
	uint8_t *const bytes[] = {&policy()->scope,     &policy()->on_last_close,
				  &policy()->on_change, &policy()->on_error,
				  &dir()->method,       &dir()->retain};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		uint8_t good = *bytes[i];

		*bytes[i] = 200;
		assert_refused();
		*bytes[i] = good;
	}
	policy()->types = ns_bit(NS_TYPE_MAX);
	assert_refused();
	policy()->types = 0;
	assert_refused();
	policy()->types = ns_bit(NS_MNT);
	dir()->attrs = UINT32_C(1) << 31;
	assert_refused();
	dir()->attrs = 0;
	dir()->mode = 010000;
	assert_refused();
	dir()->mode = 0700;
	dir()->size_percent = 101;
	assert_refused();
	dir()->size_percent = 0;
	assert_int_equal(policy_image_check(image, image->size), 0);
}

TEST(test_paths_and_names_that_lead_elsewhere_are_refused)
{
	static const char *const paths[] = {"", "/", "tmp", "/a/../etc", "//x", "/x/", "/./x"};
	char *pool = row(POL_TABLE_POOL, 1, 0);
	char *path = pool + dir()->path;
	char good[16];

	strcpy(good, path);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		strcpy(path, paths[i]); /* runs into the next one, which is still terminated */
		assert_refused();
		memcpy(path, good, strlen(good) + 1);
		free_sample(state);
		assert_int_equal(load_sample(state), 0);
		pool = row(POL_TABLE_POOL, 1, 0);
		path = pool + dir()->path;
	}
}

/* Whatever one byte is changed to, the check says no or what it lets through can be used. */
TEST(test_any_changed_byte_is_refused_or_harmless)
{
	const struct pol_login login = {.user = {.name = "a", .uid = 1000}};
	const struct pol_rule *rule;

	for (size_t i = 0; i < image->size; i++) {
		unsigned char *byte = (unsigned char *)image + i, good = *byte;

		for (int change = 1; change < 256; change = change * 2 + 1) {
			*byte = good ^ (unsigned char)change;
			if (policy_image_check(image, image->size) == 0)
				(void)policy_match(image, &login, &rule);
		}
		*byte = good;
	}
	assert_int_equal(policy_image_check(image, image->size), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, load_sample, free_sample)
	const struct CMUnitTest tests[] = {
		EACH(test_what_the_loader_makes_is_good),
		EACH(test_header_of_another_kind_is_refused),
		EACH(test_image_at_an_odd_address_is_refused),
		EACH(test_tables_out_of_bounds_are_refused),
		EACH(test_pool_without_ends_is_refused),
		EACH(test_texts_and_lists_out_of_bounds_are_refused),
		EACH(test_enums_and_bits_out_of_bounds_are_refused),
		EACH(test_paths_and_names_that_lead_elsewhere_are_refused),
		EACH(test_any_changed_byte_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
