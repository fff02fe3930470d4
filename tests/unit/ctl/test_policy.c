/* SPDX-License-Identifier: MIT */
/* The policy as the command loads it: drafts, errors, the last good one, and what is stale */
#include "ctl/policy.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/sets.h"
#include "policy/draft.h"
#include "policy/kept.h"
#include "policy/load.h"
#include "tests/unit/ctl/machine.h"

static struct output o;

static struct pol_image *load(struct draft *draft)
{
	struct pol_image *image;

	output_begin(&o);
	image = policy_of(&machine.ctl, draft);
	output_end(&o);
	return image;
}

TEST(test_a_policy_that_is_trusted)
{
	NSI_CLEANUP(draft_done) struct draft draft = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;

	if (geteuid() != 0)
		skip();
	image = load(&draft);
	assert_non_null(image);
	assert_string_equal(o.err, "");
	assert_int_equal(draft.policies.count, 1);
}

TEST(test_a_draft_is_loaded_and_called_so)
{
	NSI_CLEANUP(draft_done) struct draft draft = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;

	assert_int_equal(chmod(machine.config, 0664), 0);
	assert_true(geteuid() != 0 || chown(machine.config, 65534, 65534) == 0);
	image = load(&draft);
	assert_non_null(image);
	expect_text(
		o.err,
		"/nsisolate.conf is a draft, which no login gets: \"nsisolate check\" says why\n");
}

TEST(test_errors_are_reported_with_their_lines)
{
	NSI_CLEANUP(draft_done) struct draft draft = {0};

	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "version = 1;\nx = 1;\n"), 0);
	assert_null(load(&draft));
	expect_text(o.err, "/nsisolate.conf:2: error: ");
	assert_null(policy_of_files(&machine.ctl, NULL));
	/* Whether it is trusted or a draft. */
	assert_int_equal(chmod(machine.config, 0666), 0);
	assert_null(load(&draft));
	expect_text(o.err, "/nsisolate.conf:2: error: ");
}

TEST(test_the_last_good_policy)
{
	NSI_CLEANUP(draft_done) struct draft draft = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct pol_sources sources = policy_sources_of(&machine.ctl);
	struct nsi_fail f = {""};

	if (geteuid() != 0)
		skip();
	umask(0);
	assert_int_equal(kept_save(&sources, &f), 0);
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "version = 1;\nx = 1;\n"), 0);
	image = load(&draft);
	assert_non_null(image);
	expect_text(o.err, "/nsisolate.conf:2: error: ");
	expect_text(o.err, " cannot be used: in force is the last good policy, of ");
	expect_text(o.err, ", kept in /run/");
}

TEST(test_stale_sets)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct view v = {.rec = {.policy = "lab"}};

	if (geteuid() != 0)
		skip();
	image = policy_of_files(&machine.ctl, NULL);
	assert_non_null(image);
	v.rec.digest = policy_get(image, 0)->digest;
	assert_false(stale_is(image, &v));
	v.rec.digest++;
	assert_true(stale_is(image, &v));
	assert_false(stale_is(NULL, &v));
	v.is_own = true;
	assert_false(stale_is(image, &v));
	v = (struct view){.rec = {.policy = "gone"}};
	assert_true(stale_is(image, &v));
	v.rec.is_retired = 1;
	assert_true(stale_is(NULL, &v));
}

TEST(test_a_fingerprint)
{
	char buf[FINGERPRINT_SIZE];

	assert_int_equal(stale_fingerprint(NULL), 0);
	assert_string_equal(stale_fingerprint_text(0xab, buf), "00000000000000ab");
}

TEST(test_strings_of_a_policy)
{
	output_begin(&o);
	policy_print_string(stdout, "a\"b\\c\nd");
	output_end(&o);
	assert_string_equal(o.out, "\"a\\\"b\\\\c d\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_policy_that_is_trusted),
		MACHINE_TEST(test_a_draft_is_loaded_and_called_so),
		MACHINE_TEST(test_errors_are_reported_with_their_lines),
		MACHINE_TEST(test_the_last_good_policy),
		MACHINE_TEST(test_stale_sets),
		MACHINE_TEST(test_a_fingerprint),
		cmocka_unit_test(test_strings_of_a_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
