/* SPDX-License-Identifier: MIT */
/* Elements that a login may match: the kind of each, and the refusal of what cannot be one */
#include "policy/group_lookup.h"
#include "tests/unit/image.h"
#include "tests/unit/policy/said.h"

/* The elements of @field of a rule with this body. */
static const struct pol_match *matches_of(struct pol_image **image, const char *body,
					  enum pol_field field, uint32_t count)
{
	const struct pol_match *all;
	struct pol_list list;
	char rule[512];

	(void)snprintf(rule, sizeof(rule), "{ %s action = \"skip\"; }", body);
	nsi_freep(image);
	*image = image_of_rules(rule);
	list = policy_rule(*image, 0)->match[field];
	assert_int_equal(list.count, count);
	all = policy_table(*image, POL_TABLE_MATCHES);
	return all + list.first;
}

TEST(test_texts_and_patterns)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct pol_match *m =
		matches_of(&image, "user = [ \"alice\", \"!b*\", \"c[12]\" ];", POL_USER, 3);

	assert_int_equal(m[0].kind, POL_MATCH_TEXT);
	assert_false(m[0].negate);
	assert_string_equal(policy_str(image, m[0].text), "alice");
	assert_int_equal(m[1].kind, POL_MATCH_GLOB);
	assert_true(m[1].negate);
	assert_string_equal(policy_str(image, m[1].text), "b*");
	assert_int_equal(m[2].kind, POL_MATCH_GLOB);
	m = matches_of(&image, "tty = [ \"/dev/tty1\", \"pts/0\" ];", POL_TTY, 2);
	assert_string_equal(policy_str(image, m[0].text), "tty1");
	assert_string_equal(policy_str(image, m[1].text), "pts/0");
	assert_int_equal(matches_of(&image, "service = \"sshd\";", POL_SERVICE, 1)->kind,
			 POL_MATCH_TEXT);
}

TEST(test_ids)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct pol_match *m = matches_of(
		&image, "uid = [ \"0\", \"!1000-1999\", \"4294967294\", \"5-\" ];", POL_UID, 4);

	for (int i = 0; i < 4; i++)
		assert_int_equal(m[i].kind, POL_MATCH_RANGE);
	assert_int_equal(m[0].low, 0);
	assert_int_equal(m[0].high, 0);
	assert_true(m[1].negate && m[1].low == 1000 && m[1].high == 1999);
	assert_true(m[2].low == UINT32_MAX - 1 && m[2].high == UINT32_MAX - 1);
	assert_true(m[3].low == 5 && m[3].high == UINT32_MAX - 1);
	m = matches_of(&image, "group = \"100-199\";", POL_GROUP, 1);
	assert_true(m->kind == POL_MATCH_RANGE && m->low == 100 && m->high == 199);
}

TEST(test_hosts)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct pol_match *m = matches_of(
		&image,
		"rhost = [ \"h.example\", \"10.0.0.1\", \"10.0.0.0/8\", \"2001:db8::/32\", "
		"\"10.1.*\", \"*.example\" ];",
		POL_RHOST, 6);
	static const struct {
		enum pol_match_kind kind;
		bool addresses;
	} want[] = {{POL_MATCH_TEXT, false}, {POL_MATCH_NET, false}, {POL_MATCH_NET, false},
		    {POL_MATCH_NET, false},  {POL_MATCH_GLOB, true}, {POL_MATCH_GLOB, false}};

	for (size_t i = 0; i < SAID_COUNT(want); i++) {
		assert_int_equal(m[i].kind, want[i].kind);
		assert_int_equal(m[i].addresses, want[i].addresses);
	}
	assert_int_equal(m[1].low, 128);
	assert_int_equal(m[2].low, 96 + 8);
	assert_int_equal(m[3].low, 32);
}

TEST(test_elements_that_are_refused)
{
	static const struct said rows[] = {
		{IN_RULES("{ user = [ ]; policy = \"lab\"; }"),
		 "3: error: 'user' in a rule is an empty list; leave the key out to match "
		 "everybody"},
		{IN_RULES("{ user = [ \"a\",\n\"\" ]; policy = \"lab\"; }"),
		 "4: error: 'user' in a rule has \"\" in it, which must not be empty"},
		{IN_RULES("{ user = \"!\"; policy = \"lab\"; }"),
		 "3: error: 'user' in a rule has \"!\" in it, which must not be empty"},
		{IN_RULES("{ user = 5; policy = \"lab\"; }"),
		 "3: error: 'user' in a rule must be a quoted text, or a list of them such as [ "
		 "\"sshd\", \"login\" ]; a number without quotes is refused"},
		{IN_RULES("{ uid = 5; policy = \"lab\"; }"),
		 "3: error: 'uid' in a rule must be a quoted uid such as \"1000\" or \"1000-\", or "
		 "a "
		 "list of them; a number without quotes is refused"},
		{IN_RULES("{ user = ( ( \"a\" ) ); policy = \"lab\"; }"),
		 "3: error: 'user' in a rule must be a quoted text, or a list of them such as [ "
		 "\"sshd\", \"login\" ]"},
		{IN_RULES("{ uid = \"alice\"; policy = \"lab\"; }"),
		 "3: error: 'uid' in a rule has \"alice\" in it, which must be a uid such as "
		 "\"1000\", or \"1000-\""},
		{IN_RULES("{ uid = \"4294967295\"; policy = \"lab\"; }"),
		 "3: error: 'uid' in a rule has \"4294967295\" in it, which must be a uid such as "
		 "\"1000\", or \"1000-\""},
		{IN_RULES("{ group = \"4294967295\"; policy = \"lab\"; }"),
		 "3: error: 'group' in a rule has \"4294967295\" in it, which must be the number "
		 "of "
		 "a group, below 4294967295"},
		{IN_RULES("{ group = \"lab*\"; policy = \"lab\"; }"),
		 "3: error: 'group' in a rule has \"lab*\" in it, which must be the name of one "
		 "group: patterns are for other keys"},
		{IN_RULES("{ rhost = \"10.0.0.1/8\"; policy = \"lab\"; }"),
		 "3: error: 'rhost' in a rule has \"10.0.0.1/8\" in it, which must have zeros "
		 "behind "
		 "the bits that count, as \"10.0.0.0/8\" has"},
		{IN_RULES("{ rhost = \"10.0.0.0/33\"; policy = \"lab\"; }"),
		 "3: error: 'rhost' in a rule has \"10.0.0.0/33\" in it, which must be a network "
		 "such as \"10.0.0.0/8\" or \"2001:db8::/32\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

/* Asked in the place of the group database: "nsi-lab" is group 7, and of "nsi-odd" there is no answer. */
static int find_group(void *arg, const char *name, gid_t *ret)
{
	(void)arg;
	*ret = 7;
	return strcmp(name, "nsi-lab") == 0   ? 0
	       : strcmp(name, "nsi-odd") == 0 ? -ETIMEDOUT
					      : GROUPS_UNKNOWN;
}

/* Reads a rule for the group @name, and returns whether it could be used. */
static bool read_group_rule(const char *name, struct pol_match *ret, char *said, size_t size)
{
	static const struct pol_names names = {find_group, NULL};
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	NSI_CLEANUP(draft_done) struct draft d;
	char text[256];
	int r;

	assert_int_equal(draft_init(&d, &report), 0);
	d.names = &names;
	(void)snprintf(text, sizeof(text),
		       "version = 1;\nrules = ( { group = \"%s\"; action = \"skip\"; } );\n", name);
	read_file(&d, "f", text, strlen(text), true);
	r = compile_draft(&d, &image);
	(void)said_format(&report, said, size);
	if (r == 0)
		memcpy(ret, policy_table(image, POL_TABLE_MATCHES), sizeof(*ret));
	return r == 0;
}

/* A name that nobody knows matches nobody, and a name that nobody could ask for may be anybody's. */
TEST(test_groups_by_name)
{
	struct pol_match m;
	char said[512];

	assert_true(read_group_rule("nsi-lab", &m, said, sizeof(said)));
	assert_true(m.low == 7 && m.high == 7);
	assert_string_equal(said, "");
	assert_true(read_group_rule("nsi-none", &m, said, sizeof(said)));
	assert_true(m.low > m.high);
	assert_int_equal(m.members, POL_MEMBERS_LOCAL);
	assert_string_equal(said,
			    "2: warning: 'group' in a rule names the group 'nsi-none', which does "
			    "not exist, so it matches nobody");
	assert_false(read_group_rule("!nsi-none", &m, said, sizeof(said)));
	assert_string_equal(said,
			    "2: error: 'group' in a rule excludes the group 'nsi-none', which does "
			    "not exist, so it would exclude nobody");
	assert_true(read_group_rule("nsi-odd", &m, said, sizeof(said)));
	assert_true(m.low > m.high);
	assert_int_equal(m.members, POL_MEMBERS_UNKNOWN);
	assert_string_equal(said,
			    "2: warning: 'group' in a rule: cannot look up the group 'nsi-odd' "
			    "(Connection timed out): whom this rule may be for is refused until "
			    "the name service answers");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_and_patterns),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_elements_that_are_refused),
		cmocka_unit_test(test_groups_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
