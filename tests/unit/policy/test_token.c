/* SPDX-License-Identifier: MIT */
/* The tokens of a text: where each begins and ends, its line, and whether it lacks its end */
#include <stdio.h>
#include <string.h>

#include "policy/conf_scan.h"
#include "tests/unit/test.h"

/* Compares all tokens: the letter of the type and the token, "@" and the line, "~" if it lacks its end. */
static void expect_tokens(const char *text, const char *want)
{
	static const char letters[] = {[TOKEN_COMMENT] = 'C',
				       [TOKEN_STRING] = 'S',
				       [TOKEN_WORD] = 'W',
				       [TOKEN_MARK] = 'M',
				       [TOKEN_STRAY] = '?'};
	struct tokens tokens = {text, text + strlen(text), 1};
	char got[256] = "";
	size_t used = 0;
	struct token t;

	while ((t = token_next(&tokens)).type != TOKEN_END && used < sizeof(got))
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%c%.*s@%u%s",
					 used ? " " : "", letters[t.type], (int)t.size, t.at,
					 t.line, t.is_open ? "~" : "");
	assert_string_equal(got, want);
	assert_ptr_equal(tokens.at, text + strlen(text));
	assert_int_equal(token_next(&tokens).type, TOKEN_END); /* and so for ever */
}

TEST(test_words_and_marks)
{
	expect_tokens("", "");
	expect_tokens(" \t\r\n", "");
	expect_tokens("a = 1;", "Wa@1 M=@1 W1@1 M;@1");
	expect_tokens("a:(b,c);", "Wa@1 M:@1 M(@1 Wb@1 M,@1 Wc@1 M)@1 M;@1");
	expect_tokens("x-Y_9*+.z{}[]", "Wx-Y_9*+.z@1 M{@1 M}@1 M[@1 M]@1");
}

TEST(test_lines_end_with_or_without_a_carriage_return)
{
	expect_tokens("a\nb", "Wa@1 Wb@2");
	expect_tokens("a\r\nb\r\n\r\nc", "Wa@1 Wb@2 Wc@4");
}

TEST(test_comments)
{
	expect_tokens("# x\nb", "C# x@1 Wb@2");
	expect_tokens("// x = 1", "C// x = 1@1");
	expect_tokens("/* a\n\" b */c", "C/* a\n\" b */@1 Wc@2");
	expect_tokens("/**/c", "C/**/@1 Wc@1");
	expect_tokens("/* a", "C/* a@1~");
	expect_tokens("/*/", "C/*/@1~"); /* one star is not both */
	expect_tokens("/*", "C/*@1~");
	expect_tokens("/* a *", "C/* a *@1~");
}

TEST(test_strings_end_on_their_line)
{
	expect_tokens("\"\"", "S\"\"@1");
	expect_tokens("\"a # b\"c", "S\"a # b\"@1 Wc@1");
	expect_tokens("\"a\\\"b\\\\\"c", "S\"a\\\"b\\\\\"@1 Wc@1");
	expect_tokens("\"a\nb", "S\"a@1~ Wb@2");
	expect_tokens("\"a\\\nb", "S\"a\\@1~ Wb@2"); /* no escape joins two lines */
	expect_tokens("\"", "S\"@1~");
	expect_tokens("\"a\\", "S\"a\\@1~");
}

TEST(test_other_bytes_stand_alone)
{
	static const char text[] = "a\0b";
	struct tokens tokens = {text, text + sizeof(text) - 1, 1};
	struct token t;

	expect_tokens("@a/b", "?@@1 Wa@1 ?/@1 Wb@1");
	expect_tokens("/", "?/@1");
	expect_tokens("\xc3\xa4", "?\xc3@1 ?\xa4@1");
	assert_int_equal(token_next(&tokens).type, TOKEN_WORD);
	t = token_next(&tokens);
	assert_int_equal(t.type, TOKEN_STRAY);
	assert_int_equal(t.size, 1);
	assert_int_equal(token_next(&tokens).type, TOKEN_WORD);
	assert_int_equal(token_next(&tokens).type, TOKEN_END);
}

TEST(test_nothing_is_read_behind_the_end)
{
	static const char *const texts[] = {"ab", "\"\"", "##", "  ", "{}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct tokens tokens = {texts[i], texts[i] + 1, 1};

		while (token_next(&tokens).type != TOKEN_END)
			;
		assert_ptr_equal(tokens.at, texts[i] + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_marks),
		cmocka_unit_test(test_lines_end_with_or_without_a_carriage_return),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_strings_end_on_their_line),
		cmocka_unit_test(test_other_bytes_stand_alone),
		cmocka_unit_test(test_nothing_is_read_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
