/* SPDX-License-Identifier: MIT */
/* Each key of the table is read, checked, digested and shown: none can be forgotten in one of these. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/draft.h"
#include "policy/format.h"
#include "policy/load.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

/* A file in which one policy has every key but "root", which would make others impossible. */
static const char sample[] = "tests/unit/policy/good/every-key.conf";

/* A text of the sample that is of no type but a name's. */
static const char bad_text[] = "%{nope}/..";

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

static void *table(enum pol_table t)
{
	assert_true(image->table[t].count > 0);
	return (char *)image + image->table[t].offset;
}

static pol_str find_text(const char *text)
{
	const char *pool = table(POL_TABLE_POOL), *at = pool;

	while (at < pool + image->table[POL_TABLE_POOL].count && strcmp(at, text) != 0)
		at += strlen(at) + 1;
	assert_string_equal(at, text);
	return (pol_str)(at - pool);
}

/* The rows of an image that have the keys of a block, for each_key(). */
struct place {
	enum key_block block;
	void *row;
	bool is_noticed; /* a session can notice what a key of it says */
};

typedef void (*each_fn)(const struct key *key, void *row, bool is_noticed);

static void each_key(struct place at, each_fn fn)
{
	for (size_t i = 0; i < K_MAX; i++) {
		const bool is_noticed = at.is_noticed && keys[i].notice == KEY_NOTICED;

		if (keys[i].block != at.block)
			continue;
		if (key_shape(&keys[i]) == SHAPE_GROUP)
			each_key((struct place){keys[i].of, (char *)at.row + keys[i].offset,
						is_noticed},
				 fn);
		else if (key_shape(&keys[i]) != SHAPE_DRAFT)
			fn(&keys[i], at.row, is_noticed);
	}
}

/* Every key that an image has, in the sample's first row that has it. */
static void each_key_of_image(each_fn fn)
{
	struct pol_mount *mounts = table(POL_TABLE_MOUNTS);
	struct pol_policy *p = table(POL_TABLE_POLICIES);

	each_key((struct place){KEY_POLICY, p, true}, fn);
	each_key((struct place){KEY_DIR, table(POL_TABLE_DIRS), true}, fn);
	each_key((struct place){KEY_NETWORK, table(POL_TABLE_NETWORKS), true}, fn);
	each_key((struct place){KEY_BIND, &mounts[p->view.binds.first], true}, fn);
	each_key((struct place){KEY_PROPAGATION, &mounts[p->view.propagations.first], true}, fn);
	each_key((struct place){KEY_RULE, table(POL_TABLE_RULES), false}, fn);
}

TEST(test_every_id_has_a_whole_row)
{
	bool seen[KEY_BLOCK_MAX] = {false};

	for (size_t i = 0; i < K_MAX; i++) {
		const struct key *key = &keys[i];
		const struct type_info *type = type_info(key->type);

		assert_non_null(key->name);
		print_message("%s\n", key->name);
		assert_true(key->notice == KEY_NOTICED || key->notice == KEY_UNNOTICED);
		assert_true(type->form || key->words);
		if (type->shape == SHAPE_TEXT || type->shape == SHAPE_TEXTS)
			assert_non_null(type->check);
		if (type->shape == SHAPE_NUMBER && key->type != TYPE_BOOL)
			assert_non_null(type->parse);
		if (type->shape == SHAPE_GROUP)
			assert_true(key->of > KEY_TOP);
		/* The keys of a block follow each other, or their bits would not be theirs. */
		if (i == 0 || keys[i - 1].block != key->block) {
			assert_false(seen[key->block]);
			seen[key->block] = true;
			assert_int_equal(key_bit((enum key_id)i), 1);
		} else {
			assert_int_equal(key_bit((enum key_id)i), key_bit((enum key_id)i - 1) << 1);
		}
		assert_true(key_bit((enum key_id)i) < KEY_BIT_UNKNOWN);
		assert_true(key_index((enum key_id)i) <
			    (key->block == KEY_DIR ? DRAFT_DIR_KEYS : DRAFT_POLICY_KEYS));
		assert_ptr_equal(key_find(key->block, key->name), key);
	}
}

static void mark(char *map, size_t offset, size_t width)
{
	for (size_t i = 0; i < width; i++)
		map[offset + i]++;
}

static void mark_block(char *map, enum key_block block, size_t base, size_t row)
{
	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block != block || keys[i].offset >= row)
			continue;
		if (key_shape(&keys[i]) == SHAPE_GROUP)
			mark_block(map, keys[i].of, base + keys[i].offset, keys[i].width);
		else
			mark(map, base + keys[i].offset, keys[i].width);
		mark(map, base + keys[i].also, keys[i].also_width);
	}
}

#define MARK(map, row, member) mark(map, offsetof(row, member), sizeof(((row *)0)->member))

static void expect_covered(const char *row, const char *map, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (map[i] != 1)
			fail_msg("byte %zu of struct %s is of %d keys", i, row, map[i]);
}

/* A field without a key would be neither checked nor digested; one of two keys, checked twice. */
TEST(test_every_byte_of_a_row_is_of_one_key)
{
	char policy[sizeof(struct pol_policy)] = "", dir[sizeof(struct pol_dir)] = "",
				  network[sizeof(struct pol_network)] = "",
				  rule[sizeof(struct pol_rule)] = "";

	mark_block(policy, KEY_POLICY, 0, sizeof(policy));
	MARK(policy, struct pol_policy, name);
	MARK(policy, struct pol_policy, where);
	MARK(policy, struct pol_policy, digest);
	MARK(policy, struct pol_policy, view.pad);
	MARK(policy, struct pol_policy, view.on_create.pad);
	MARK(policy, struct pol_policy, view.on_end.pad);
	MARK(policy, struct pol_policy, limits.pad);
	expect_covered("pol_policy", policy, sizeof(policy));
	mark_block(dir, KEY_DIR, 0, sizeof(dir));
	MARK(dir, struct pol_dir, where);
	expect_covered("pol_dir", dir, sizeof(dir));
	mark_block(network, KEY_NETWORK, 0, sizeof(network));
	MARK(network, struct pol_network, where);
	expect_covered("pol_network", network, sizeof(network));
	mark_block(rule, KEY_RULE, 0, sizeof(rule));
	MARK(rule, struct pol_rule, where);
	MARK(rule, struct pol_rule, policy);
	MARK(rule, struct pol_rule, pad);
	MARK(rule, struct pol_rule, pad2);
	expect_covered("pol_rule", rule, sizeof(rule));
}

static void expect_refused(const struct key *key, const char *what)
{
	if (policy_image_check(image, image->size) != -EBADMSG)
		fail_msg("%s: %s is let in", key->name, what);
}

static void spoil_number(const struct key *key, void *row)
{
	const struct key_value good = key_load(key, row);
	const uint64_t bad = key->type == TYPE_SHIFT ? UINT64_C(1) << 63 : UINT64_MAX;

	key_store(key, row, (struct key_value){bad, good.also});
	expect_refused(key, "a value");
	if (key->also_width) {
		key_store(key, row, (struct key_value){good.value, UINT64_MAX});
		expect_refused(key, "a second value");
	}
	key_store(key, row, good);
}

static void spoil_list(const struct key *key, void *row)
{
	static const struct pol_list outside[] = {
		{UINT32_MAX, 2}, {0, UINT32_MAX}, {UINT32_MAX, 1}};
	void *at = (char *)row + key->offset;
	struct pol_list good;

	memcpy(&good, at, sizeof(good));
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		memcpy(at, &outside[i], sizeof(good));
		expect_refused(key, "a list out of bounds");
	}
	memcpy(at, &good, sizeof(good));
}

static void spoil_text(const struct key *key, pol_str *at)
{
	const pol_str good = *at;

	*at = UINT32_MAX;
	expect_refused(key, "a text out of bounds");
	*at = find_text(bad_text);
	expect_refused(key, "a text of no form");
	*at = good;
}

static void spoil(const struct key *key, void *row, bool is_noticed)
{
	(void)is_noticed;
	print_message("%s\n", key->name);
	switch (key_shape(key)) {
	case SHAPE_NUMBER:
	case SHAPE_BITS:
		spoil_number(key, row);
		break;
	case SHAPE_TEXT:
		spoil_text(key, (pol_str *)((char *)row + key->offset));
		break;
	case SHAPE_TEXTS:
		if (key_list(key, row).count > 0)
			spoil_text(key,
				   (pol_str *)table(POL_TABLE_STRINGS) + key_list(key, row).first);
		spoil_list(key, row);
		break;
	case SHAPE_NETWORK:
		memset((char *)row + key->offset, 0xff, key->width);
		expect_refused(key, "a row out of bounds");
		memset((char *)row + key->offset, 0, key->width);
		break;
	case SHAPE_MOUNTS:
	case SHAPE_DIRS:
	case SHAPE_MATCHES:
		spoil_list(key, row);
		break;
	case SHAPE_DRAFT:
	case SHAPE_GROUP:
		break;
	}
	assert_int_equal(policy_image_check(image, image->size), 0);
}

TEST(test_no_key_of_an_image_can_have_a_wrong_value)
{
	assert_int_equal(policy_image_check(image, image->size), 0);
	each_key_of_image(spoil);
}

static void change(const struct key *key, void *row, bool is_noticed)
{
	const struct pol_policy *p = table(POL_TABLE_POLICIES);
	const uint64_t before = policy_digest(image, p);
	char *at = (char *)row + key->offset, good[sizeof(uint64_t)];

	/* Half of a list goes, a text becomes another one, a number its neighbour. */
	memcpy(good, at, key->width);
	if (key->width == sizeof(struct pol_list) && key_shape(key) != SHAPE_NUMBER)
		((struct pol_list *)at)->count = ((struct pol_list *)at)->count == 0;
	else if (key_shape(key) == SHAPE_TEXT)
		*(pol_str *)at = find_text(bad_text);
	else if (key_shape(key) == SHAPE_NETWORK)
		*(uint32_t *)at ^= 1;
	else
		*at ^= 1;
	if ((policy_digest(image, p) != before) != is_noticed)
		fail_msg("%s is %s the digest", key->name, is_noticed ? "not in" : "in");
	memcpy(at, good, key->width);
	assert_true(policy_digest(image, p) == before);
}

TEST(test_digest_is_of_all_that_a_session_can_notice)
{
	each_key_of_image(change);
	assert_true(policy_get(image, 0)->digest == policy_digest(image, policy_get(image, 0)));
}

/* The output of "show": every key of the sample has a value, or none that is worth a line. */
TEST(test_every_key_that_is_set_has_a_text)
{
	static const char unset[] = " root address parent ";
	const struct pol_policy *p = policy_get(image, 0);

	for (size_t i = 0; i < K_MAX; i++) {
		const void *row = keys[i].block == KEY_POLICY    ? (const void *)p
				  : keys[i].block == KEY_NETWORK ? policy_network(image, p)
								 : NULL;
		char text[1024] = "", name[64];

		if (!row || key_shape(&keys[i]) == SHAPE_DRAFT)
			continue;
		(void)snprintf(name, sizeof(name), " %s ", keys[i].name);
		key_format(image, &keys[i], row, text, sizeof(text));
		print_message("%s = %s\n", keys[i].name, text);
		assert_true((text[0] == '\0') == (strstr(unset, name) != NULL));
	}
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, load_sample, free_sample)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_id_has_a_whole_row),
		cmocka_unit_test(test_every_byte_of_a_row_is_of_one_key),
		EACH(test_no_key_of_an_image_can_have_a_wrong_value),
		EACH(test_digest_is_of_all_that_a_session_can_notice),
		EACH(test_every_key_that_is_set_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
