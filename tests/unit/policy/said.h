/* SPDX-License-Identifier: MIT */
/* The messages about a configuration that is one text, and what its draft holds */
#ifndef NSI_TEST_SAID_H
#define NSI_TEST_SAID_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/draft.h"
#include "policy/load.h"
#include "policy/read.h"
#include "tests/unit/test.h"

#define SAID_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A configuration with these keys of policy "a" in line 3, and with these rules from line 3 on. */
#define IN_POLICY(keys)                                                                         \
	"version = 1;\npolicies = { a = { namespaces = [ \"mount\", \"ipc\", \"uts\" ];\n" keys \
	"\n}; };\n"
#define IN_RULES(rules)                                                                        \
	"version = 1;\npolicies = { lab = { namespaces = [ \"ipc\" ]; }; }; rules = (\n" rules \
	" );\n"

/* A text, and all messages about it: "LINE: error: TEXT" each, with a newline between two. */
struct said {
	const char *text;
	const char *want;
};

/* Reads @text as the main file "f" into @d, and makes an image of it, the caller's, if there is no error. */
static inline int said_load(struct draft *d, const char *text, struct pol_report *report,
			    struct pol_image **ret)
{
	static char copy[1 << 16]; /* the reader may change it */

	assert_int_equal(draft_init(d, report), 0);
	d->rundir = NSI_RUNDIR;
	d->statedir = NSI_STATEDIR;
	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	read_file(d, "f", copy, strlen(copy), true);
	return compile_draft(d, ret);
}

/* Writes the messages of @report to @buf. */
static inline const char *said_format(struct pol_report *report, char *buf, size_t size)
{
	char line[1024];
	size_t used = 0;

	buf[0] = '\0';
	report_sort(report);
	for (size_t i = 0; i < report->count && used < size; i++)
		used += (size_t)snprintf(
			buf + used, size - used, "%s%s", i > 0 ? "\n" : "",
			policy_message_format(&report->messages[i], line, sizeof(line)) + 2);
	return buf;
}

/* Compares the messages about @text, "f:" being left out of them. */
static inline void expect_said(const char *text, const char *want)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	NSI_CLEANUP(draft_done) struct draft d;
	char got[4096];
	int r = said_load(&d, text, &report, &image);

	if (strcmp(said_format(&report, got, sizeof(got)), want) != 0)
		fail_msg("of %s\ngot:  %s\nwant: %s", text, got, want);
	assert_int_equal(r, report.errors > 0 ? -EINVAL : 0);
}

static inline void expect_all_said(const struct said *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect_said(rows[i].text, rows[i].want);
}

#endif /* NSI_TEST_SAID_H */
