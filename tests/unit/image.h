/* SPDX-License-Identifier: MIT */
/* Images of policies that a test writes, or that lie beside it. */
#ifndef NSI_TEST_IMAGE_H
#define NSI_TEST_IMAGE_H

#include <stdio.h>

#include "policy/load.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

/* The image of the configuration @path; the caller's.  Its messages are printed if it has none. */
static inline struct pol_image *image_of_file(const char *path)
{
	struct pol_report report = {0};
	struct pol_image *image = NULL;
	char line[512];

	(void)policy_load(path, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &image, &report);
	for (size_t i = 0; !image && i < report.count; i++)
		print_error("%s\n", policy_message_format(&report.messages[i], line, sizeof(line)));
	policy_report_done(&report);
	assert_non_null(image);
	return image;
}

/* The image of the configuration @text. */
static inline struct pol_image *image_of_text(const char *text)
{
	struct pol_image *image;
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "test.conf", text), 0);
	image = image_of_file(scratch_path(&s, 0, "test.conf"));
	scratch_done(&s);
	return image;
}

/* The image of a configuration with these elements of "policies". */
static inline struct pol_image *image_of(const char *policies)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "version = 1;\npolicies = { %s };\n", policies);
	return image_of_text(text);
}

/* The same with these elements of "rules". */
static inline struct pol_image *image_of_rules(const char *rules)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "version = 1;\nrules = ( %s );\n", rules);
	return image_of_text(text);
}

#endif /* NSI_TEST_IMAGE_H */
