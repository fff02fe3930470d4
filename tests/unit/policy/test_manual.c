/* SPDX-License-Identifier: MIT */
/* Statements of the manual and of the shipped file are true. */
#include <dirent.h>
#include <errno.h>

#include "base/cleanup.h"
#include "policy/format.h"
#include "policy/image.h"
#include "policy/keys.h"
#include "policy/load.h"
#include "policy/match.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static const char manual[] = "man/nsisolate.conf.5";

/* The section with the keys of a block; NULL for a group that its key's item explains. */
static const char *const sections[KEY_BLOCK_MAX] = {
	[KEY_TOP] = "TOP LEVEL", [KEY_POLICY] = "POLICIES", [KEY_DIR] = "DIRECTORIES",
	[KEY_RULE] = "RULES",    [KEY_NETWORK] = "NETWORK",
};

static const char shipped[] = "conf/nsisolate.conf";

/*
 * Loads a valid file: no messages are expected but that a group does not exist, which depends
 * on the machine, and this number of other warnings.
 */
static struct pol_image *load(const char *path, size_t warnings)
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

static char *read_page(const char *path)
{
	NSI_AUTO_FILE FILE *f = fopen(path, "re");
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

/* Loads each "# example" of @page up to the line @end; returns how many there are. */
static int load_examples(const char *page, const char *end)
{
	static const char start[] = "\n# example";
	NSI_AUTO_FREE char *text = read_page(page);
	int count = 0;

	for (char *at = text; (at = strstr(at, start)); count++) {
		NSI_AUTO_FREE struct pol_image *image = NULL;
		char *to = strstr(at, end);
		struct scratch s;

		assert_non_null(to);
		*to = '\0';
		assert_int_equal(scratch_make(&s), 0);
		assert_int_equal(scratch_write(&s, "example.conf", at), 0);
		image = load(scratch_path(&s, 0, "example.conf"), 0);
		assert_int_equal(policy_image_check(image, image->size), 0);
		scratch_done(&s);
		at = to + 1;
	}
	return count;
}

/* Every example is a whole file without so much as a warning. */
TEST(test_manual_has_examples_that_load)
{
	assert_true(load_examples(manual, "\n.Ed") >= 4);
	assert_true(load_examples("docs/policies.md", "\n```") >= 1);
}

/* Takes the troff out of a line. */
static void plain(char *line)
{
	static const struct {
		const char *troff, *text;
	} forms[] = {{"\\(dq", "\""}, {"\\&", ""}, {"\\e", "\\"}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t from = strlen(forms[i].troff), to = strlen(forms[i].text);

		for (char *at = line; (at = strstr(at, forms[i].troff)); at += to) {
			memcpy(at, forms[i].text, to);
			memmove(at + to, at + from, strlen(at + from) + 1);
		}
	}
}

/* The line below "Example:" of a key: "size = \"64M\";". */
static bool find_example(const char *text, const char *section, const char *key, char *buf,
			 size_t size)
{
	static const char before[] = "\nExample:\n.Ql ";
	char head[64], item[64];
	const char *at, *end;

	(void)snprintf(head, sizeof(head), "\n.Sh %s\n", section);
	(void)snprintf(item, sizeof(item), "\n.It Cm %s\n", key);
	at = strstr(text, head);
	at = at ? strstr(at, item) : NULL;
	if (!at)
		return false;
	end = strstr(at + 1, "\n.It");
	at = strstr(at, before);
	if (!at || (end && at > end))
		return false;
	at += sizeof(before) - 1;
	(void)snprintf(buf, size, "%.*s", (int)strcspn(at, "\n"), at);
	plain(buf);
	return true;
}

/* A file with @example where its key belongs, and what it takes besides. */
static void write_example(const struct scratch *s, const struct key *key, const char *example)
{
	static const char kinds[] = "namespaces = [ \"mount\", \"ipc\", \"uts\", \"net\", "
				    "\"pid\", \"cgroup\", \"time\" ];";
	const bool is_kinds = key == &keys[K_NAMESPACES], is_path = key == &keys[K_PATH];
	const bool is_tmpfs = key == &keys[K_SIZE] || key == &keys[K_INODES];
	const char *policy = "", *dir = "", *rule = "", *top = "";
	char text[2048];

	*(key->block == KEY_POLICY ? &policy
	  : key->block == KEY_DIR  ? &dir
	  : key->block == KEY_RULE ? &rule
				   : &top) = example;
	(void)snprintf(text, sizeof(text),
		       "version = 1;\n%s\npolicies = {\n"
		       " shared-server = { namespaces = [ \"ipc\" ]; };\n"
		       " private-tmp = { namespaces = [ \"ipc\" ]; };\n"
		       " p = { %s %s %s %s %s %s %s };\n};\n"
		       "rules = ( { %s %s } );\n",
		       top, policy, is_kinds ? "" : kinds, *dir ? "directories = ( {" : "", dir,
		       !*dir || is_path ? "" : "path = \"/tmp\";",
		       !*dir || key == &keys[K_METHOD] ? ""
		       : is_tmpfs                      ? "method = \"tmpfs\";"
						       : "method = \"disk\";",
		       *dir ? "} );" : "", rule,
		       key == &keys[K_POLICY] || key == &keys[K_ACTION] ? "" : "policy = \"p\";");
	assert_int_equal(scratch_write(s, "example.conf", text), 0);
}

TEST(test_manual_has_an_example_of_every_key_that_loads)
{
	/* Their forms are shown at length. */
	const size_t whole[] = {K_VERSION, K_POLICIES, K_RULES, K_DIRECTORIES};
	NSI_AUTO_FREE char *text = read_page(manual);

	for (size_t i = 0; i < K_MAX; i++) {
		NSI_AUTO_FREE struct pol_image *image = NULL;
		char example[256];
		struct scratch s;

		if (!sections[keys[i].block] || keys[i].block == KEY_NETWORK || i == whole[0] ||
		    i == whole[1] || i == whole[2] || i == whole[3])
			continue;
		if (!find_example(text, sections[keys[i].block], keys[i].name, example,
				  sizeof(example)))
			fail_msg("%s: %s has no example", sections[keys[i].block], keys[i].name);
		assert_int_equal(scratch_make(&s), 0);
		write_example(&s, &keys[i], example);
		print_message("%s\n", example);
		image = load(scratch_path(&s, 0, "example.conf"),
			     i == K_AUDIT_ALL || i == K_RULES_FIRST);
		scratch_done(&s);
	}
}

/* The files below conf/examples are loaded unchanged. */
TEST(test_examples_load_without_a_warning)
{
	struct dirent **names;
	int count = scandir("conf/examples", &names, NULL, alphasort), files = 0;

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		char path[512];

		(void)snprintf(path, sizeof(path), "conf/examples/%s", names[i]->d_name);
		if (strstr(path, ".conf")) {
			NSI_AUTO_FREE struct pol_image *image = load(path, 0);

			assert_true(image->table[POL_TABLE_RULES].count > 0);
			files++;
		}
		free(names[i]);
	}
	free(names);
	assert_true(files >= 5);
}

TEST(test_shipped_file_isolates_people_only)
{
	NSI_AUTO_FREE struct pol_image *image = load(shipped, 0);
	static const uid_t others[] = {0, 1, 999, 65534};
	/* of adduser, systemd-homed, an Active Directory, FreeIPA */
	static const uid_t people[] = {1000, 59999, 60001, 60513, 100000, 1700000000};
	struct pol_login login = {.user = {.name = "alice", .uid = 1000}, .service = "sshd"};
	const struct pol_rule *rule;

	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_POLICY);
	assert_int_equal(policy_get(image, rule->policy)->on_error, POL_ERROR_DENY);
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		login.user.uid = people[i];
		assert_int_equal(policy_match(image, &login, &rule), 0);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		login.user.uid = others[i];
		assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_has_every_key),
		cmocka_unit_test(test_manual_has_the_default_of_every_key),
		cmocka_unit_test(test_manual_has_every_key_in_its_table),
		cmocka_unit_test(test_manual_has_every_key_of_a_group),
		cmocka_unit_test(test_manual_has_examples_that_load),
		cmocka_unit_test(test_manual_has_an_example_of_every_key_that_loads),
		cmocka_unit_test(test_examples_load_without_a_warning),
		cmocka_unit_test(test_shipped_file_isolates_people_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
