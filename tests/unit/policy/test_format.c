/* SPDX-License-Identifier: MIT */
/* The text of a key's value: as a policy has it, and cut short to its room */
#include "base/cleanup.h"
#include "policy/format.h"
#include "tests/unit/image.h"

/* Compares the text of key @id in @row. */
static void expect_text(const struct pol_image *image, enum key_id id, const void *row,
			const char *want)
{
	char buf[512] = "";

	key_format(image, &keys[id], row, buf, sizeof(buf));
	assert_string_equal(buf, want);
	assert_int_equal(key_is_set(image, &keys[id], row), *want != '\0');
}

TEST(test_numbers_have_the_largest_unit_that_is_exact)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"a = { namespaces = [ \"mount\", \"time\" ]; linger = \"90s\"; kill_grace = "
		"\"1h\"; "
		"max_sessions = \"1k\"; limits = { memory = \"25%\"; cpu = \"150%\"; }; clock = { "
		"boottime = \"+2d\"; monotonic = \"-90s\"; }; directories = ( { path = \"/tmp\"; "
		"method = \"tmpfs\"; size = \"1536K\"; mode = \"0700\"; } ); };");
	const struct pol_policy *p = policy_get(image, 0);
	const struct pol_dir *dir = policy_dir(image, p->dirs.first);

	expect_text(image, K_LINGER, p, "90s");
	expect_text(image, K_KILL_GRACE, p, "1h");
	expect_text(image, K_MAX_SESSIONS, p, "1000");
	expect_text(image, K_LIMITS, p, "memory = 25%; cpu = 150%");
	expect_text(image, K_CLOCK, p, "boottime = +2d; monotonic = -90s");
	expect_text(image, K_SIZE, dir, "1536K");
	expect_text(image, K_MODE, dir, "0700");
	expect_text(image, K_INODES, dir, ""); /* no limit */
}

TEST(test_words_and_lists)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"a = { namespaces = [ \"uts\", \"mount\", \"ipc\" ]; scope = \"session\"; "
		"on_error = { uts = \"allow\"; ipc = \"allow\"; }; hide = [ \"/srv\", "
		"\"/a b\" ]; bind = ( { source = \"/srv\"; options = [ \"ro\" ]; } ); }; b "
		"= { namespaces = [ \"ipc\" ]; scope = \"job\"; job = \"slurm\"; };");
	const struct pol_policy *p = policy_get(image, 0);

	expect_text(image, K_NAMESPACES, p, "mount, ipc, uts");
	expect_text(image, K_SCOPE, p, "session");
	expect_text(image, K_ON_ERROR, p, "ipc = allow; uts = allow");
	expect_text(image, K_HIDE, p, "/srv, /a\\x20b");
	expect_text(image, K_BIND, p,
		    "{ source = /srv; target = /srv; options = ro, nosuid, nodev }");
	expect_text(image, K_HOSTNAME, p, "");
	expect_text(image, K_JOB, p, "");
	expect_text(image, K_NETWORK, p, "");
	expect_text(image, K_EXTENDS, p, ""); /* not in an image */
	expect_text(image, K_JOB, policy_get(image, 1), "slurm");
	assert_string_equal(key_group_word(image, &keys[K_JOB], policy_get(image, 1)), "slurm");
	assert_null(key_group_word(image, &keys[K_JOB], p));
	assert_null(key_group_word(image, &keys[K_CLOCK], p));
}

TEST(test_retention_is_a_word_or_a_time)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"a = { namespaces = [ \"mount\" ]; directories = ( { path = \"/tmp\"; method = "
		"\"disk\"; retain = \"boot\"; }, { path = \"/var/tmp\"; method = \"disk\"; retain "
		"= "
		"\"2w\"; } ); };");
	const struct pol_dir *dir = policy_dir(image, policy_get(image, 0)->dirs.first);

	expect_text(image, K_RETAIN, &dir[0], "boot");
	expect_text(image, K_RETAIN, &dir[1], "14d");
}

TEST(test_a_text_is_cut_to_its_room)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of("a = { namespaces = [ \"uts\", \"mount\", \"ipc\" ]; hide = [ \"/srv\", "
			 "\"/a b\" ]; };");
	const struct pol_policy *p = policy_get(image, 0);

	for (size_t size = 1; size < 24; size++) {
		char buf[32];

		memset(buf, 'x', sizeof(buf));
		buf[0] = '\0';
		key_format(image, &keys[K_NAMESPACES], p, buf, size);
		assert_int_equal(strncmp(buf, "mount, ipc, uts", strlen(buf)), 0);
		assert_true(strlen(buf) < size && buf[size] == 'x');
		memset(buf, 'x', sizeof(buf));
		buf[0] = '\0';
		key_format(image, &keys[K_HIDE], p, buf, size);
		assert_true(strlen(buf) < size && buf[size] == 'x');
	}
}

TEST(test_a_text_goes_behind_what_is_there)
{
	NSI_AUTO_FREE struct pol_image *image = image_of("a = { namespaces = [ \"ipc\" ]; };");
	char buf[32] = "ns=";

	key_format(image, &keys[K_NAMESPACES], policy_get(image, 0), buf, sizeof(buf));
	assert_string_equal(buf, "ns=ipc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_have_the_largest_unit_that_is_exact),
		cmocka_unit_test(test_words_and_lists),
		cmocka_unit_test(test_retention_is_a_word_or_a_time),
		cmocka_unit_test(test_a_text_is_cut_to_its_room),
		cmocka_unit_test(test_a_text_goes_behind_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
