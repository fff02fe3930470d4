/* SPDX-License-Identifier: MIT */
/* Options of the command, and options of the program that it runs */
#include <string.h>

#include "ctl/verbs.h"
#include "tests/unit/test.h"

enum {
	WORDS_MAX = 16
};

/* Takes the options of @verb out of "nsisolate WORD..."; returns what operands are left. */
static int take(const char *verb, struct ctl *ctl, char *words[WORDS_MAX])
{
	const struct verb *v = verb_find(verb);
	uint32_t seen = 0;
	int argc = 0;

	assert_non_null(v);
	while (words[argc])
		argc++;
	return options_take(ctl, v->options | OPTIONS_GLOBAL,
			    v->is_command ? OPTIONS_COMMAND : OPTIONS_ANYWHERE, argc, words, &seen);
}

#define WORDS(...)                                 \
	(char *[WORDS_MAX])                        \
	{                                          \
		(char[]){"nsisolate"}, __VA_ARGS__ \
	}
#define W(text)      \
	(char[])     \
	{            \
		text \
	}

TEST(test_options_may_stand_behind_operands)
{
	char **words = WORDS(W("alice"), W("--json"), W("--service"), W("su"));
	struct ctl ctl = {0};

	assert_int_equal(take("show", &ctl, words), 1);
	assert_string_equal(words[0], "alice");
	assert_null(words[1]);
	assert_true(ctl.json);
	assert_string_equal(ctl.service, "su");
}

TEST(test_global_options_may_stand_behind_the_verb)
{
	char **words = WORDS(W("--rundir=/run/x"), W("--statedir"), W("/s"), W("--config=/c"));
	struct ctl ctl = {0};

	assert_int_equal(take("list", &ctl, words), 0);
	assert_string_equal(ctl.rundir, "/run/x");
	assert_string_equal(ctl.statedir, "/s");
	assert_string_equal(ctl.config, "/c");
}

TEST(test_command_keeps_its_own_options)
{
	char **words = WORDS(W("alice"), W("--service"), W("cron"), W("ls"), W("--json"), W("-l"));
	struct ctl ctl = {0};

	assert_int_equal(take("run", &ctl, words), 4);
	assert_string_equal(words[0], "alice");
	assert_string_equal(words[1], "ls");
	assert_string_equal(words[2], "--json");
	assert_string_equal(words[3], "-l");
	assert_null(words[4]);
	assert_string_equal(ctl.service, "cron");
	assert_false(ctl.json);
}

TEST(test_dashes_end_options)
{
	char **words = WORDS(W("alice"), W("--"), W("--service"));
	char **more = WORDS(W("--"), W("alice"), W("-x"));
	struct ctl ctl = {0};

	assert_int_equal(take("run", &ctl, words), 2);
	assert_string_equal(words[1], "--service");
	assert_null(ctl.service);
	assert_int_equal(take("enter", &ctl, more), 2);
	assert_string_equal(more[0], "alice");
	assert_string_equal(more[1], "-x");
}

TEST(test_options_of_another_verb_are_wrong)
{
	struct ctl ctl = {0};

	assert_int_equal(take("matrix", &ctl, WORDS(W("--force"))), -1);
	assert_int_equal(take("close", &ctl, WORDS(W("7"), W("--root"))), -1);
	assert_int_equal(take("show", &ctl, WORDS(W("alice"), W("--service"))), -1);
	assert_int_equal(take("list", &ctl, WORDS(W("-x"))), -1);
}

TEST(test_letters_mean_their_options)
{
	struct ctl ctl = {0};

	assert_int_equal(take("list", &ctl, WORDS(W("-Jno"), W("set,user"))), 0);
	assert_true(ctl.json);
	assert_true(ctl.noheadings);
	assert_string_equal(ctl.columns, "set,user");
	ctl = (struct ctl){0};
	assert_int_equal(take("gc", &ctl, WORDS(W("-n"))), 0);
	assert_true(ctl.dry_run);
	assert_false(ctl.noheadings);
}

/* The tables must be complete: the help and the manual are made of them. */
TEST(test_tables_are_whole)
{
	for (int o = 0; o < O_MAX; o++) {
		assert_non_null(option_rows[o].name);
		assert_non_null(option_rows[o].help);
	}
	for (size_t i = 0; i < verb_count; i++) {
		assert_non_null(verbs[i].run);
		assert_ptr_equal(verb_find(verbs[i].name), &verbs[i]);
		assert_true(verbs[i].least <= verbs[i].most);
	}
	assert_null(verb_find("frobnicate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_may_stand_behind_operands),
		cmocka_unit_test(test_global_options_may_stand_behind_the_verb),
		cmocka_unit_test(test_command_keeps_its_own_options),
		cmocka_unit_test(test_dashes_end_options),
		cmocka_unit_test(test_options_of_another_verb_are_wrong),
		cmocka_unit_test(test_letters_mean_their_options),
		cmocka_unit_test(test_tables_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
