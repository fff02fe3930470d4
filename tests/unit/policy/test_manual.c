/* SPDX-License-Identifier: MIT */
/* The manual has every key, with its default */
#include "policy/format.h"
#include "tests/unit/policy/manual.h"

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

TEST(test_manual_has_every_key)
{
	NSI_AUTO_FREE char *text = read_page(manual);

	for (size_t i = 0; i < K_MAX; i++) {
		const char *section = sections[keys[i].block];

		if (section && !keys[i].instead && !section_has(text, section, keys[i].name))
			fail_msg("%s has no .It Cm %s", section, keys[i].name);
	}
}

/* The item of a key, up to its example or the next item; the caller frees it. */
static char *read_item(const char *text, const char *section, const char *key)
{
	char head[64], item[64];
	const char *from, *to;

	(void)snprintf(head, sizeof(head), "\n.Sh %s\n", section);
	(void)snprintf(item, sizeof(item), "\n.It Cm %s", key);
	from = strstr(text, head);
	from = from ? strstr(from, item) : NULL;
	while (from && !strchr(" \n", from[strlen(item)]))
		from = strstr(from + 1, item);
	assert_non_null(from);
	from += strlen(item);
	to = from + 1;
	while (*to && strncmp(to, "\n.It ", 5) != 0 && strncmp(to, "\n.El", 4) != 0 &&
	       strncmp(to, "\nExample:", 9) != 0)
		to++;
	return strndup(from, (size_t)(to - from));
}

/* Whether each word of @value, which has ", " or "; " between them, is in @text. */
static bool has_words(const char *text, const char *value)
{
	char words[256], *save = NULL;

	(void)snprintf(words, sizeof(words), "%s", value);
	for (char *w = strtok_r(words, ",;= ", &save); w; w = strtok_r(NULL, ",;= ", &save))
		if (!strstr(text, w))
			return false;
	return true;
}

/*
 * The manual has the default of each key: as the words of its default, if that has any, and in
 * a sentence that starts with "Default:" or says that the key is needed.
 */
TEST(test_manual_has_the_default_of_every_key)
{
	NSI_AUTO_FREE char *text = read_page(manual);
	struct pol_image none = {0};
	char row[1024];

	for (size_t i = 0; i < K_MAX; i++) {
		const enum key_block block = keys[i].block;
		NSI_AUTO_FREE char *item = NULL;
		char value[256] = "";
		const char *says;

		if (!sections[block] || keys[i].instead || block == KEY_TOP ||
		    key_shape(&keys[i]) == SHAPE_MATCHES || key_shape(&keys[i]) == SHAPE_DRAFT ||
		    keys[i].is_needed)
			continue;
		memset(row, 0, sizeof(row));
		key_defaults(block, row);
		key_format(&none, &keys[i], row, value, sizeof(value));
		item = read_item(text, sections[block], keys[i].name);
		says = strstr(item, "Default:");
		if (!says)
			says = strstr(item, "Must be given");
		if (!says)
			says = strstr(item, "There is no default");
		if (!says || !has_words(says, value))
			fail_msg("%s, %s: its default \"%s\" is not in \"%s\"", sections[block],
				 keys[i].name, value, says ? says : item);
	}
}

/* Writes the default of a key as the manual has to state it, as far as its row has it; empty for none. */
static void key_default(const struct key *key, char *buf, size_t size)
{
	struct pol_image none = {0};
	char row[1024] = {0};

	buf[0] = '\0';
	if (key->is_needed) {
		(void)snprintf(buf, size, "must be given");
	} else if (key->block != KEY_TOP && key_shape(key) != SHAPE_MATCHES &&
		   key_shape(key) != SHAPE_DRAFT) {
		key_defaults(key->block, row);
		key_format(&none, key, row, buf, size);
	}
}

TEST(test_manual_has_every_key_in_its_table)
{
	NSI_AUTO_FREE char *text = read_page(manual);

	for (size_t i = 0; i < K_MAX; i++) {
		const char *section = sections[keys[i].block];
		NSI_AUTO_FREE char *line = NULL;
		char start[128], value[256];
		const char *at;

		if (!section || keys[i].instead)
			continue;
		(void)snprintf(start, sizeof(start), "\n.It Ic %s Ta %s Ta ", keys[i].name,
			       section);
		at = strstr(text, start);
		if (!at)
			fail_msg("no row \"%s\" in the table of KEYS", start + 1);
		line = strndup(at + 1, strcspn(at + 1, "\n"));
		key_default(&keys[i], value, sizeof(value));
		if (!has_words(line + strlen(start) - 1, value))
			fail_msg("KEYS: the default \"%s\" is not in \"%s\"", value, line);
	}
}

/* The keys of a group are explained with the first key that has such a group. */
TEST(test_manual_has_every_key_of_a_group)
{
	NSI_AUTO_FREE char *text = read_page(manual);

	for (size_t i = 0; i < K_MAX; i++) {
		NSI_AUTO_FREE char *item = NULL;

		if (keys[i].of == KEY_TOP || sections[keys[i].of] || i == K_ON_END)
			continue;
		item = read_item(text, sections[keys[i].block], keys[i].name);
		for (size_t part = 0; part < K_MAX; part++) {
			char word[64];

			(void)snprintf(word, sizeof(word), ".Cm %s", keys[part].name);
			if (keys[part].block == keys[i].of && !strstr(item, word) &&
			    !strstr(item, strcat(strcpy(word, keys[part].name), " = ")))
				fail_msg("%s: its key %s is missing", keys[i].name,
					 keys[part].name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_has_every_key),
		cmocka_unit_test(test_manual_has_the_default_of_every_key),
		cmocka_unit_test(test_manual_has_every_key_in_its_table),
		cmocka_unit_test(test_manual_has_every_key_of_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
