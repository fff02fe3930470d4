/* SPDX-License-Identifier: MIT */
/* Rulesets: all of one is in force afterwards, or none of it and a sentence */
#include "tests/unit/net/network.h"

#include "net/net.h"
#include "tests/unit/net/rules.h"

static struct link_socket host;

static void load_whole(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	rules_need_library();
	network_make(&host);
	nft_prepare();
	faults_check(nft_load("table inet nsit {\n\tchain in {\n\t\ttcp dport 22 drop\n\t}\n}\n",
			      "cannot load", &f) == 0,
		     "%s", f.what);
	faults_check(strstr(rules_in_force(), "table inet nsit {") &&
			     strstr(rules_in_force(), "tcp dport 22 drop"),
		     "in force: %s", rules_in_force());
	faults_check(nft_load("delete table inet nsit\n", "cannot load", &f) == 0, "%s", f.what);
	faults_check(!rules_in_force()[0], "left: %s", rules_in_force());
}

static void expect_refused(const char *text, const char *words)
{
	static const char head[] = "cannot load the firewall /etc/x: nftables: ";
	struct nsi_fail f = {""};
	const int r = nft_load(text, "cannot load the firewall /etc/x", &f);

	faults_check(r == -EINVAL && strncmp(f.what, head, sizeof(head) - 1) == 0 &&
			     strstr(f.what, words) && !strchr(f.what, '\n'),
		     "%d, \"%s\"", r, f.what);
	faults_check(!rules_in_force()[0], "in force: %s", rules_in_force());
}

static void refuse_faulty(void *arg)
{
	(void)arg;
	rules_need_library();
	network_make(&host);
	expect_refused("table inet nsit {\n\tchain in {\n\t\ttcp dport 22 nonsense\n\t}\n}\n",
		       "syntax error");
	expect_refused("no rule at all\n", "syntax error");
	/* The first line alone would do. */
	expect_refused("add table inet nsit\nadd rule inet nsit nochain drop\n", "nftables: ");
}

/* As an anchor does it, which has left the host's root directory. */
static void load_without_files(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	rules_need_library();
	network_make(&host);
	nft_prepare();
	faults_check(chroot("/run") == 0 && chdir("/") == 0, "no other root");
	faults_check(nft_load("add table inet nsit\n", "cannot load", &f) == 0, "%s", f.what);
	faults_check(nft_load("delete table inet nsit\n", "cannot load", &f) == 0,
		     "it was not there: %s", f.what);
}

TEST(test_a_ruleset_is_in_force_and_goes_again)
{
	network_test(load_whole);
}

TEST(test_a_faulty_ruleset_is_refused_whole_with_a_sentence)
{
	network_test(refuse_faulty);
}

TEST(test_a_library_that_was_opened_is_used_in_another_root)
{
	network_test(load_without_files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ruleset_is_in_force_and_goes_again),
		cmocka_unit_test(test_a_faulty_ruleset_is_refused_whole_with_a_sentence),
		cmocka_unit_test(test_a_library_that_was_opened_is_used_in_another_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
