/* SPDX-License-Identifier: MIT */
/* Whatever a file says, loading it ends in an image that passes its check or in an error. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/draft.h"
#include "policy/image.h"
#include "policy/load.h"
#include "policy/match.h"
#include "policy/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the string before a syntax error; the process that parses is short-lived. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static void use(const struct pol_image *image)
{
	const gid_t groups[] = {0, 100, 2000};
	const struct pol_login login = {
		.user = {.name = "alice", .uid = 1000, .groups = groups, .group_count = 3},
		.caller = {.name = "root", .groups = groups, .group_count = 1},
		.service = "sshd",
		.tty = "/dev/pts/0",
	};
	const struct pol_rule *rule;

	if (policy_image_check(image, image->size) != 0)
		abort();
	(void)policy_match(image, &login, &rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pol_report report = {0};
	struct pol_image *image = NULL;
	char *text = malloc(size + 1);
	struct draft d;
	int r;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (draft_init(&d, &report) == 0) {
		d.rundir = "/run/nsisolate";
		d.statedir = "/var/lib/nsisolate";
		read_file(&d, "fuzz.conf", text, size, true);
		r = compile_draft(&d, &image);
		if ((r == 0) == (report.errors > 0)) /* exactly one of the two */
			abort();
		if (r == 0)
			use(image);
	}
	draft_done(&d);
	policy_report_done(&report);
	free(image);
	free(text);
	return 0;
}
