/* SPDX-License-Identifier: MIT */
/* Types of values: the texts that each one takes, and the values that an image may have */
#include <errno.h>
#include <linux/mount.h>

#include "base/nstype.h"
#include "policy/types.h"
#include "tests/unit/test.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

TEST(test_numbers)
{
	static const struct {
		enum key_id id;
		const char *text;
		int r;
		uint64_t value, also;
	} rows[] = {
		{K_SCOPE, "job", 0, POL_SCOPE_JOB, 0},
		{K_SCOPE, "", -EINVAL, 0, 0},
		{K_ACTION, "skip", 0, POL_ACTION_SKIP, 0}, /* the first word is not 0 */
		{K_ACTION, "policy", -EINVAL, 0, 0},
		{K_RETAIN, "forever", 0, POL_RETAIN_FOREVER, 0},
		{K_RETAIN, "3650d", 0, POL_RETAIN_AGE, 3650u * 86400u},
		{K_RETAIN, "3651d", -ERANGE, 0, 0},
		{K_RETAIN, "0", -ERANGE, 0, 0},
		{K_RETAIN, "3", -EINVAL, 0, 0},
		{K_MAX_SESSIONS, "0", 0, 0, 0},
		{K_MAX_SESSIONS, "1000000", 0, 1000000, 0},
		{K_MAX_SESSIONS, "1000001", -ERANGE, 0, 0},
		{K_LIMITS_TASKS, "1", 0, 1, 0},
		{K_LIMITS_TASKS, "0", -ERANGE, 0, 0},
		{K_LIMITS_MEMORY, "1M", 0, 1 << 20, 0},
		{K_LIMITS_MEMORY, "1023K", -ERANGE, 0, 0},
		{K_LIMITS_MEMORY, "1%", 0, 0, 1},
		{K_QUOTA, "1", 0, 1, 0},
		{K_QUOTA, "50%", -EINVAL, 0, 0},
		{K_SIZE, "50%", 0, 0, 50},
		{K_LIMITS_CPU, "1%", 0, 1, 0},
		{K_LIMITS_CPU, "0%", -ERANGE, 0, 0},
		{K_LIMITS_CPU, "50", -EINVAL, 0, 0},
		{K_NET_MTU, "68", 0, 68, 0},
		{K_NET_MTU, "67", -EINVAL, 0, 0},
		{K_NET_MTU, "65535", 0, 65535, 0},
		{K_NET_MTU, "65536", -EINVAL, 0, 0},
		{K_MODE, "1777", 0, 01777, 0},
		{K_MODE, "8", -EINVAL, 0, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct key *key = &keys[rows[i].id];
		struct key_value v = {0};

		assert_int_equal(type_info(key->type)->parse(key, rows[i].text, &v), rows[i].r);
		if (rows[i].r != 0)
			continue;
		assert_int_equal(v.value, rows[i].value);
		assert_int_equal(v.also, rows[i].also);
		assert_true(type_has_value(key, v));
	}
}

TEST(test_texts)
{
	static const struct {
		enum key_id id;
		const char *good, *bad;
	} rows[] = {
		{K_PATH, "/srv/a", "srv"},
		{K_PATH, "/", "/srv/"},
		{K_PATH, "/srv/..a", "/srv/../a"},
		{K_KEEP, ".X11-unix", "a/b"},
		{K_KEEP, "...", ".."},
		{K_IMPORT, "krb5cc_%{uid}*", "%{host}"},
		{K_IMPORT, "%{user}%{job}", "%{uid"},
		{K_IMPORT, "100%%", "100%"},
		{K_HOSTNAME, "%{host}", "%{nothing}"},
		{K_SYSCTL, "kernel.shmmax=1", "kernel.shmmax"},
		{K_NET_BRIDGE, "br0", "a/b"},
		{K_NET_BRIDGE, "abcdefghijklmno", "abcdefghijklmnop"}, /* IFNAMSIZ is 16 */
		{K_NET_POOL, "10.0.0.0/30", "10.0.0.0/31"},
		{K_NET_POOL, "fd00::/126", "fd00::/127"},
		{K_NET_POOL, "128.0.0.0/1", "0.0.0.0/0"},
		{K_NET_ADDRESS, "192.0.2.7/24", "192.0.2.7"},
		{K_NET_ROUTES, "default", "elsewhere"},
		{K_NET_DNS, "fd77::53", "fd77::/64"},
		{K_NET_FORWARD, "5353:53/udp", "65536:1"},
		{K_NET_SYSCTL, "net.core.somaxconn=9", "kernel.shmmax=1"},
		{K_JOB_CGROUP, "/jobs/%{job}", "/jobs"},
		{K_POLICY, "any name", NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct key *key = &keys[rows[i].id];
		const struct type_info *type = type_info(key->type);

		if (type->check(key, rows[i].good) != 0)
			fail_msg("%s: \"%s\" is refused", key->name, rows[i].good);
		if (rows[i].bad && type->check(key, rows[i].bad) >= 0)
			fail_msg("%s: \"%s\" is taken", key->name, rows[i].bad);
	}
}

TEST(test_reasons_that_have_a_sentence_of_their_own)
{
	const struct key *sysctl = &keys[K_SYSCTL], *map = &keys[K_UID_MAP];

	assert_int_equal(type_info(sysctl->type)->check(sysctl, "vm.swappiness=1"), -ERANGE);
	assert_int_equal(type_info(map->type)->check(map, "system"), 0);
	assert_int_equal(type_info(map->type)->check(map, "1:2:1"), -EPERM);
	assert_int_equal(type_info(map->type)->check(map, "1:2"), -EINVAL);
}

TEST(test_values_that_an_image_may_have)
{
	static const struct {
		enum key_id id;
		struct key_value good, bad;
	} rows[] = {
		{K_SCOPE, {POL_SCOPE_MAX - 1, 0}, {POL_SCOPE_MAX, 0}},
		{K_AUDIT, {1, 0}, {2, 0}},
		{K_ON_ERROR, {0, 1u << NS_UTS}, {0, 1u << NS_MNT}},
		{K_RETAIN, {POL_RETAIN_AGE, 3650u * 86400u}, {POL_RETAIN_AGE, 3650u * 86400u + 1}},
		{K_SIZE, {0, 100}, {0, 101}},
		{K_SIZE, {INT64_MAX, 0}, {UINT64_MAX, 0}},
		{K_CLOCK_BOOTTIME, {UINT64_MAX, 0}, {(uint64_t)INT64_MIN, 0}}, /* -1 */
		{K_NAMESPACES, {1u << (NS_TYPE_MAX - 1), 0}, {1u << NS_TYPE_MAX, 0}},
		{K_NAMESPACES, {1, 0}, {0, 0}},
		{K_OPTIONS, {MOUNT_ATTR_RDONLY | POL_ATTR_EXEC, 0}, {MOUNT_ATTR_IDMAP, 0}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(type_has_value(&keys[rows[i].id], rows[i].good));
		assert_false(type_has_value(&keys[rows[i].id], rows[i].bad));
	}
}

TEST(test_words_of_bits_end)
{
	static const enum key_id ids[] = {K_NAMESPACES, K_OPTIONS};
	uint32_t bit = 0;

	for (size_t i = 0; i < COUNT(ids); i++) {
		uint32_t all = 0;
		unsigned n = 0;

		for (; type_bit_word(&keys[ids[i]], n, &bit); n++) {
			assert_int_equal(all & bit, 0);
			all |= bit;
		}
		assert_int_equal(n, i == 0 ? NS_TYPE_MAX : 6);
		assert_null(type_bit_word(&keys[ids[i]], UINT32_MAX, &bit));
	}
	assert_null(type_bit_word(&keys[K_SCOPE], 0, &bit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_reasons_that_have_a_sentence_of_their_own),
		cmocka_unit_test(test_values_that_an_image_may_have),
		cmocka_unit_test(test_words_of_bits_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
