/* SPDX-License-Identifier: MIT */
/* What the manual and the shipped file say must be true. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "policy/keys.h"
#include "policy/load.h"
#include "policy/match.h"
#include "tests/unit/policy/scratch.h"

static const char manual[] = "man/nsisolate.conf.5";
static const char shipped[] = "conf/nsisolate.conf";

static struct pol_image *load(const char *path)
{
	struct pol_report report = {0};
	struct pol_image *image = NULL;
	char line[512];

	(void)policy_load(path, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &image, &report);
	for (size_t i = 0; i < report.count; i++)
		print_error("%s\n", policy_message_format(&report.messages[i], line, sizeof(line)));
	assert_int_equal(report.count, 0);
	assert_non_null(image);
	policy_report_done(&report);
	return image;
}

static char *read_manual(void)
{
	NSI_AUTO_FILE FILE *f = fopen(manual, "re");
	char *text = calloc(1, 1 << 17);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 17) - 1, f) > 1000);
	return text;
}

/* The items of a section, which ends where the next one starts. */
static bool section_has(const char *text, const char *section, const char *key)
{
	char head[64], item[64];
	const char *from, *to, *found;

	(void)snprintf(head, sizeof(head), "\n.Sh %s\n", section);
	(void)snprintf(item, sizeof(item), "\n.It Cm %s", key);
	from = strstr(text, head);
	assert_non_null(from);
	to = strstr(from + 1, "\n.Sh ");
	assert_non_null(to);
	for (found = from; (found = strstr(found + 1, item)) && found < to;) {
		if (strchr(" \n", found[strlen(item)]))
			return true;
	}
	return false;
}

static void test_manual_has_every_key(void **state)
{
	static const char *const sections[KEY_BLOCK_MAX] = {"TOP LEVEL", "POLICIES", "DIRECTORIES",
							    "RULES"};
	NSI_AUTO_FREE char *text = read_manual();

	(void)state;
	for (size_t i = 0; i < K_MAX; i++) {
		if (!section_has(text, sections[keys[i].block], keys[i].name))
			fail_msg("%s has no .It Cm %s", sections[keys[i].block], keys[i].name);
	}
}

/* Every example of the manual is a whole file without so much as a warning. */
static void test_manual_has_examples_that_load(void **state)
{
	static const char start[] = "\n# example";
	NSI_AUTO_FREE char *text = read_manual();
	int count = 0;

	(void)state;
	for (char *at = text; (at = strstr(at, start)); count++) {
		NSI_AUTO_FREE struct pol_image *image = NULL;
		char *end = strstr(at, "\n.Ed");
		struct scratch s;

		assert_non_null(end);
		*end = '\0';
		assert_int_equal(scratch_make(&s), 0);
		assert_int_equal(scratch_write(&s, "example.conf", at), 0);
		image = load(scratch_path(&s, 0, "example.conf"));
		assert_int_equal(policy_image_check(image, image->size), 0);
		scratch_done(&s);
		at = end + 1;
	}
	assert_true(count >= 3);
}

static void test_shipped_file_isolates_people_only(void **state)
{
	NSI_AUTO_FREE struct pol_image *image = load(shipped);
	static const uid_t others[] = {0, 1, 999, 60000, 65534};
	struct pol_login login = {.user = {.name = "alice", .uid = 1000}, .service = "sshd"};
	const struct pol_rule *rule;

	(void)state;
	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_POLICY);
	assert_int_equal(policy_get(image, rule->policy)->on_error, POL_ERROR_DENY);
	login.user.uid = 59999;
	assert_int_equal(policy_match(image, &login, &rule), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		login.user.uid = others[i];
		assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_has_every_key),
		cmocka_unit_test(test_manual_has_examples_that_load),
		cmocka_unit_test(test_shipped_file_isolates_people_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
