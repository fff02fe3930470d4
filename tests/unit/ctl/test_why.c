/* SPDX-License-Identifier: MIT */
/* "why": the last decisions about a user's logins */
#include "base/cleanup.h"
#include "ctl/status.h"
#include "state/decisions.h"
#include "tests/unit/ctl/machine.h"
#include "wire/wire.h"

static struct output o;

static int why(const char *user, bool json)
{
	machine.operands[0] = (char *)(uintptr_t)user;
	machine.ctl.json = json;
	return output_of(&o, why_verb, &machine.ctl);
}

static void note(struct decision d)
{
	struct decisions ring = {.fd = -EBADF};
	NSI_AUTO_FD int run = open(machine.rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	text_fmt(d.service, sizeof(d.service), "sshd");
	assert_int_equal(decisions_open(&ring, run), 0);
	assert_int_equal(decisions_note(&ring, &d), 0);
	(void)close(ring.fd);
}

TEST(test_no_decision)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(why("root", false), CTL_OK);
	expect_text(o.out, "no login of root has been asked for since this machine was started");
	expect_text(o.out, "what a login would get now: nsisolate show root --service SERVICE\n");
	assert_int_equal(why("root", true), CTL_OK);
	expect_json(&o, "decisions", "[]");
	expect_json(&o, "user", "\"root\"");
	assert_int_equal(why("no-such-user", false), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
}

TEST(test_a_login_that_was_isolated_and_one_that_was_refused)
{
	if (geteuid() != 0)
		skip();
	note((struct decision){.outcome = DECISION_ENTERED,
			       .set = 7,
			       .tty = "pts/1",
			       .policy = "lab",
			       .rule = "/etc/x.conf:3"});
	note((struct decision){.outcome = DECISION_REFUSED,
			       .cause = NSI_CAUSE_CONFIG,
			       .rhost = "a b",
			       .text = "the policy\ncannot be read"});
	note((struct decision){.uid = 4000000000}); /* of somebody else */
	assert_int_equal(why("root", false), CTL_OK);
	expect_text(o.out, "  service=sshd tty=pts/1  isolated set=7 policy=lab\n"
			   "    rule: /etc/x.conf:3\n2");
	expect_text(o.out, "  service=sshd rhost=a\\x20b  refused\n"
			   "    the policy?cannot be read\n"
			   "    The policy cannot be used: \"nsisolate check\" prints the lines.\n"
			   "what a login would get now: nsisolate show root --service SERVICE\n");
	assert_int_equal(why("root", true), CTL_OK);
	expect_json(&o, "decisions.0.set", "7");
	expect_json(&o, "decisions.0.cause", "null");
	expect_json(&o, "decisions.1.set", "null");
	expect_json(&o, "decisions.1.cause", "\"config\"");
	expect_json(&o, "decisions.1.text", "\"the policy\\ncannot be read\"");
	expect_json(&o, "decisions.2", "nothing");
}

TEST(test_the_last_ten_are_text_and_all_are_json)
{
	if (geteuid() != 0)
		skip();
	for (unsigned i = 1; i <= 12; i++)
		note((struct decision){.outcome = DECISION_JOINED, .set = i});
	assert_int_equal(why("root", false), CTL_OK);
	assert_null(strstr(o.out, "set=2\n"));
	expect_text(o.out, "joined set=3\n");
	assert_int_equal(why("root", true), CTL_OK);
	expect_json(&o, "decisions.11.set", "12");
}

TEST(test_words_of_a_later_version)
{
	assert_string_equal(decided_word(DECISION_OUTCOMES), "other");
	assert_string_equal(decided_cause(NSI_CAUSE_MAX), "other");
	for (uint32_t i = 0; i < DECISION_OUTCOMES; i++)
		assert_non_null(decided_word(i));
	for (uint32_t i = 0; i < NSI_CAUSE_MAX; i++)
		assert_non_null(decided_cause(i));
	if (geteuid() != 0)
		skip();
	note((struct decision){.outcome = DECISION_REFUSED, .cause = NSI_CAUSE_MAX});
	assert_int_equal(why("root", false), CTL_OK);
	expect_text(o.out, "    A later version of the helper knows why.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_no_decision),
		MACHINE_TEST(test_a_login_that_was_isolated_and_one_that_was_refused),
		MACHINE_TEST(test_the_last_ten_are_text_and_all_are_json),
		MACHINE_TEST(test_words_of_a_later_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
