/* SPDX-License-Identifier: MIT */
/* The page nsisolate.conf(5), and files that it describes */
#ifndef NSI_TEST_MANUAL_H
#define NSI_TEST_MANUAL_H

#include <errno.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "policy/keys.h"
#include "policy/load.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static const char manual[] = "man/nsisolate.conf.5";

/* The section with the keys of a block; NULL for a group that its key's item explains. */
static const char *const sections[KEY_BLOCK_MAX] = {
	[KEY_TOP] = "TOP LEVEL", [KEY_POLICY] = "POLICIES", [KEY_DIR] = "DIRECTORIES",
	[KEY_RULE] = "RULES",    [KEY_NETWORK] = "NETWORK",
};

/*
 * Loads a valid file: no messages are expected but that a group does not exist, which depends
 * on the machine, and this number of other warnings.
 */
static inline struct pol_image *load(const char *path, size_t warnings)
{
	struct pol_report report = {0};
	struct pol_image *image = NULL;
	char line[512];
	size_t count = 0;

	(void)policy_load(path, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &image, &report);
	for (size_t i = 0; i < report.count; i++) {
		count += !strstr(report.messages[i].text, "names the group");
		print_error("%s\n", policy_message_format(&report.messages[i], line, sizeof(line)));
	}
	assert_int_equal(report.errors, 0);
	assert_int_equal(count, warnings);
	assert_non_null(image);
	policy_report_done(&report);
	return image;
}

static inline char *read_page(const char *path)
{
	NSI_AUTO_FILE FILE *f = fopen(path, "re");
	char *text = calloc(1, 1 << 17);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 17) - 1, f) > 1000);
	return text;
}

#endif /* NSI_TEST_MANUAL_H */
