/* SPDX-License-Identifier: MIT */
/* Examples of the manual and the documents, and the files that are shipped, load without a warning */
#include <dirent.h>

#include "policy/match.h"
#include "tests/unit/policy/manual.h"

static const char shipped[] = "conf/nsisolate.conf";

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
		cmocka_unit_test(test_manual_has_examples_that_load),
		cmocka_unit_test(test_manual_has_an_example_of_every_key_that_loads),
		cmocka_unit_test(test_examples_load_without_a_warning),
		cmocka_unit_test(test_shipped_file_isolates_people_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
