/* SPDX-License-Identifier: MIT */
/* The check of a text before libconfig reads it, and the groups that are emptied to go on */
#include <stdlib.h>

#include "policy/conf_scan.h"
#include "tests/unit/policy/said.h"

/* Compares the messages of the scanner alone about @size bytes. */
static void expect_scanned(const char *text, size_t size, const char *want)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_CLEANUP(draft_done) struct draft d;
	char got[4096];
	int r;

	assert_int_equal(draft_init(&d, &report), 0);
	r = scan_text(&d, draft_text(&d, "f"), text, size);
	assert_string_equal(said_format(&report, got, sizeof(got)), want);
	assert_int_equal(r, *want ? -EINVAL : 0);
}

static void expect_scan(const char *text, const char *want)
{
	expect_scanned(text, strlen(text), want);
}

TEST(test_texts_that_are_passed_on)
{
	expect_scan("", "");
	expect_scan("a = 1;\r\nb = ( { c : \"\\\\ \\\" \xc3\xa4 \xf0\x9f\x8c\x8d\"; } );\r\n", "");
	expect_scan("# \xff\x01\n// \xff\n/* \xff \n */", ""); /* libconfig leaves comments out */
	expect_scan("a = \"b\" \"c\"; g = { x = 1; }; h = { x = 1; };", "");
}

TEST(test_strings)
{
	expect_scan("\na = \"b", "2: error: the string is not closed on its line");
	expect_scan("a = \"b\r\n\";", "1: error: a string has the control character 0x0d in it\n"
				      "1: error: the string is not closed on its line");
	expect_scan("a = \"\t\";", "1: error: a string has the control character 0x09 in it");
	expect_scan("a = \"\x7f\";", "1: error: a string has the control character 0x7f in it");
	expect_scan("a = \"\\n\";", "1: error: a string may have the escapes \\\\ and \\\" alone");
	expect_scan("a = \"\xc3\";", "1: error: a string has the byte 0xc3 in it, which starts no "
				     "printable UTF-8");
	expect_scan("a = \"\xff\xff\";", "1: error: a string has the byte 0xff in it, which starts "
					 "no printable UTF-8");
}

TEST(test_the_longest_string)
{
	static char text[SCAN_STRING_MAX + 64];

	for (int more = 0; more < 2; more++) {
		(void)snprintf(text, sizeof(text), "a = \"%0*d\";", SCAN_STRING_MAX + more, 0);
		expect_scan(text, more ? "1: error: a string is longer than 4096 bytes" : "");
	}
}

TEST(test_brackets)
{
	expect_scan("a = (\n1 ]", "2: error: ']' cannot close the '(' of line 1");
	expect_scan("\n}", "2: error: '}' closes nothing");
	expect_scan("a = ( 1, );", "1: error: there must be no comma before ')'");
	expect_scan("((((((((1))))))))", "");
	expect_scan("(((((((((1)))))))))", "1: error: more than 8 brackets within one another");
}

TEST(test_a_key_stands_once_in_its_group)
{
	expect_scan("a = 1;\nA = 2;", "2: error: 'A' is given twice: it is in line 1 already");
	expect_scan("a = { a = 1; };\nb = { a = 1; };", "");
	expect_scan("a = { b = { };\nb = { }; };",
		    "2: error: 'b' is given twice: it is in line 1 already");
}

/* Returns @count keys in a group that is @depth groups deep; the caller's. */
static char *keys_of(int depth, int count)
{
	const size_t room = 64 + (size_t)count * 16;
	char *text = malloc(room);
	size_t used = 0;

	assert_non_null(text);
	for (int i = 0; i < depth; i++)
		used += (size_t)snprintf(text + used, room - used, "g = { ");
	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, room - used, "k%d = 1; ", i);
	for (int i = 0; i < depth; i++)
		used += (size_t)snprintf(text + used, room - used, "}; ");
	return text;
}

TEST(test_the_most_keys_of_a_group)
{
	static const struct {
		int depth, max;
		const char *want;
	} rows[] = {{0, SCAN_KEYS_MAX, "1: error: more than 64 keys in one group"},
		    {1, SCAN_POLICIES_MAX, "1: error: more than 1024 keys in one group"},
		    {2, SCAN_KEYS_MAX, "1: error: more than 64 keys in one group"}};

	for (size_t i = 0; i < SAID_COUNT(rows); i++) {
		for (int more = 0; more < 2; more++) {
			NSI_AUTO_FREE char *text = keys_of(rows[i].depth, rows[i].max + more);

			expect_scan(text, more ? rows[i].want : "");
		}
	}
}

TEST(test_what_can_stand_nowhere)
{
	expect_scan("a = /tmp;\nb = 10.0.0.0/8;",
		    "1: error: '/' cannot stand here (are quotes missing?)\n"
		    "2: error: '/' cannot stand here (are quotes missing?)");
	expect_scan("@include \"/etc/shadow\"",
		    "1: error: '@include' is refused: put the file into the drop-in directory");
	expect_scan("\xc3\xa4 = 1;", "1: error: the byte 0xc3 cannot stand here (are quotes "
				     "missing?)"); /* once a line */
	expect_scanned("a\0b", 3,
		       "1: error: the byte 0x00 cannot stand here (are quotes missing?)");
	expect_scan("\xef\xbb\xbf"
		    "a = 1;",
		    "1: error: the file starts with a byte order mark; save it without");
	expect_scan("a = 1;\n/* b", "2: error: the comment that starts here is never closed");
}

static void expect_emptied(const char *text, unsigned line, bool further, const char *want,
			   unsigned count, bool is_top)
{
	char copy[128];
	bool top = !is_top;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(recover_empty(copy, strlen(copy), line, further, &top), count);
	assert_string_equal(copy, want);
	assert_int_equal(top, is_top);
}

TEST(test_groups_are_emptied_from_within)
{
	expect_emptied("a={\nb={\nx;\n};\n};", 3, false, "a={\nb={\n  \n};\n};", 1, false);
	expect_emptied("a={\nb={\n  \n};\n};", 3, true, "a={\n   \n  \n  \n};", 1, true);
	expect_emptied("a={\nx;\n};", 1, false, "a={\n  \n};", 1, true);
	expect_emptied("a=(\nx\n);", 2, false, "a=(\nx\n);", 0, false); /* not in braces */
	expect_emptied("a={\n\"}\"\n};", 2, false, "a={\n   \n};", 1, true);
	expect_emptied("a={\nx", 2, false, "a={\nx", 0, false);
	expect_emptied("}}a={x};", 1, false, "}}a={ };", 1, true);
	expect_emptied("a={ x };", 2, false, "a={ x };", 0, false);
	expect_emptied("", 1, false, "", 0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_that_are_passed_on),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_the_longest_string),
		cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_a_key_stands_once_in_its_group),
		cmocka_unit_test(test_the_most_keys_of_a_group),
		cmocka_unit_test(test_what_can_stand_nowhere),
		cmocka_unit_test(test_groups_are_emptied_from_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
