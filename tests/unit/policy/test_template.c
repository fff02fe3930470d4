/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "policy/template.h"
#include "tests/unit/test.h"

static const struct template_values alice = {
	.user = "alice",
	.group = "students",
	.host = "box",
	.service = "sshd",
	.home = "/home/alice",
	.uid = 4294967294u,
	.gid = 100,
};

static void expands_to(const char *template, const char *want)
{
	char buf[256];

	assert_int_equal(template_expand(template, &alice, buf, sizeof(buf)), 0);
	assert_string_equal(buf, want);
	assert_int_equal(template_check(template), 0);
}

TEST(test_every_word_is_replaced)
{
	expands_to("%{host}-%{user}", "box-alice");
	expands_to("%{uid}.%{gid}", "4294967294.100");
	expands_to("%{group}%{service}%{home}", "studentssshd/home/alice");
	expands_to("100%%", "100%");
	expands_to("%%{user}", "%{user}");
	expands_to("plain", "plain");
	expands_to("", "");
}

TEST(test_unknown_words_and_stray_percents_are_refused)
{
	static const char *const bad[] = {"%",      "a%",      "%u",       "%{",       "%{}",
					  "%{user", "%{USER}", "%{ user}", "%{users}", "%{use}"};
	char buf[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(template_check(bad[i]), -EINVAL);
		assert_int_equal(template_expand(bad[i], &alice, buf, sizeof(buf)), -EINVAL);
		assert_string_equal(buf, "");
	}
}

TEST(test_what_does_not_fit_is_not_cut)
{
	char buf[6];

	assert_int_equal(template_expand("%{user}", &alice, buf, 6), 0);
	assert_string_equal(buf, "alice");
	assert_int_equal(template_expand("%{user}", &alice, buf, 5), -ENAMETOOLONG);
	assert_string_equal(buf, "");
	assert_int_equal(template_expand("x%{user}", &alice, buf, 6), -ENAMETOOLONG);
	assert_int_equal(template_expand("", &alice, buf, 0), -ENAMETOOLONG);
}

TEST(test_a_value_is_not_expanded_again)
{
	const struct template_values v = {.user = "%{home}%"};
	char buf[64];

	assert_int_equal(template_expand("%{user}", &v, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "%{home}%");
	assert_int_equal(template_expand("<%{home}>", &v, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "<>");
}

static void hostname_is(const char *user, const char *template, const char *want)
{
	struct template_values v = alice;
	char buf[65];

	v.user = user;
	assert_int_equal(template_hostname(template, &v, buf, sizeof(buf)), 0);
	assert_string_equal(buf, want);
}

TEST(test_hostname_is_made_of_letters_digits_and_dashes)
{
	hostname_is("alice", "%{host}-%{user}", "box-alice");
	hostname_is("Alice", "%{user}", "alice");
	hostname_is("AD\\bob", "%{user}", "ad-bob");
	hostname_is("u@d.e", "%{user}", "u-d.e");
	hostname_is("a b\nc", "%{user}", "a-b-c");
	hostname_is("-rf", "%{user}", "rf");
	hostname_is("svc_", "%{user}", "svc");
	hostname_is("host$", "%{user}.lab", "host.lab");
	hostname_is("..", "a%{user}b", "a.b");
	hostname_is("../../etc", "%{user}", "etc");
	hostname_is("jos\xc3\xa9", "%{user}", "jos");
}

TEST(test_hostname_is_cut_to_what_the_kernel_takes)
{
	char longer[300], buf[65];
	struct template_values v = {.user = longer};

	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(template_hostname("%{user}", &v, buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), 63);
	longer[40] = '.';
	assert_int_equal(template_hostname("%{user}", &v, buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), 64);
	longer[63] = '.';
	assert_int_equal(template_hostname("%{user}", &v, buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), 63);
	assert_int_equal(template_hostname("%{user}", &v, buf, 63), -ENAMETOOLONG);
}

TEST(test_hostname_of_nothing_is_refused)
{
	struct template_values v = {.user = "_"};
	char buf[65];

	assert_int_equal(template_hostname("%{user}", &v, buf, sizeof(buf)), -EINVAL);
	assert_int_equal(template_hostname("...", &v, buf, sizeof(buf)), -EINVAL);
	assert_int_equal(template_hostname("%{nope}", &v, buf, sizeof(buf)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_is_replaced),
		cmocka_unit_test(test_unknown_words_and_stray_percents_are_refused),
		cmocka_unit_test(test_what_does_not_fit_is_not_cut),
		cmocka_unit_test(test_a_value_is_not_expanded_again),
		cmocka_unit_test(test_hostname_is_made_of_letters_digits_and_dashes),
		cmocka_unit_test(test_hostname_is_cut_to_what_the_kernel_takes),
		cmocka_unit_test(test_hostname_of_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
