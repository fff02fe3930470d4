/* SPDX-License-Identifier: MIT */
/* Calls of the command to the helper: with one that answers, and without one */
#include "ctl/pam_session.h"

#include "base/fail.h"
#include "tests/unit/ctl/peer.h"

static struct nsi_fail f;

TEST(test_a_helper_is_only_looked_for)
{
	f = (struct nsi_fail){""};
	assert_int_equal(session_ping(&machine.ctl, &f), CLIENT_NO_HELPER);
	session_settle(&machine.ctl); /* without one, nothing is waited for */
	assert_true(access(scratch_path(&machine.s, 0, "run/helper.sock"), F_OK) < 0);
}

TEST(test_a_helper_answers)
{
	const struct nsi_retire m = {.h = wire_header(NSI_RETIRE), .set = 7};
	struct peer peer = {.to_retire = peer_reply(NSI_REFUSED, "no")};
	struct nsi_reply reply;

	if (geteuid() != 0)
		skip();
	peer_start(&peer);
	f = (struct nsi_fail){""};
	assert_int_equal(session_ping(&machine.ctl, &f), 0);
	assert_int_equal(session_ask(&machine.ctl, &m.h, &reply, &f), 0);
	assert_int_equal(reply.h.type, NSI_REFUSED);
	assert_string_equal(reply.text, "no");
	peer_stop(&peer);
}

TEST(test_a_helper_that_closes_the_connection_is_asked_again)
{
	const struct nsi_retire m = {.h = wire_header(NSI_RETIRE), .set = 7};
	struct peer peer = {.gone = 0};
	struct nsi_reply reply;

	if (geteuid() != 0)
		skip();
	peer_start(&peer);
	f = (struct nsi_fail){""};
	assert_int_equal(session_ask(&machine.ctl, &m.h, &reply, &f), -EPIPE);
	assert_string_equal(f.what, "the helper closed the connection without a reply");
	peer_stop(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_helper_is_only_looked_for),
		MACHINE_TEST(test_a_helper_answers),
		MACHINE_TEST(test_a_helper_that_closes_the_connection_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
