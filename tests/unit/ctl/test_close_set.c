/* SPDX-License-Identifier: MIT */
/* "close" and "refresh": what is asked of the helper, and the wait for the end of a set */
#include "tests/unit/ctl/peer.h"

static struct output o;
static struct peer peer;

/* With a helper that answers by a message of @type. */
static int call(int (*verb)(const struct ctl *ctl), const char *operand, enum nsi_type type)
{
	int code;

	machine.operands[0] = (char *)(uintptr_t)operand;
	peer.to_retire = peer_reply(type, "the set has sessions; --force ends them, too");
	peer_start(&peer);
	code = output_of(&o, verb, &machine.ctl);
	peer_stop(&peer);
	return code;
}

static void make_sets(void)
{
	struct set_record rec = machine_set(7, 0);

	peer = (struct peer){.gone = 7};
	machine_record(&rec, getpid());
	rec.id = 8;
	rec.uid = 4000000000;
	machine_record(&rec, getpid());
}

TEST(test_a_set_whose_record_goes_is_closed)
{
	if (geteuid() != 0)
		skip();
	make_sets();
	if (call(close_verb, "root", NSI_DONE) != CTL_OK)
		fail_msg("%s", o.err);
	assert_string_equal(o.err, "");
	assert_string_equal(o.out, "");
}

TEST(test_a_refusal_is_the_helpers_sentence)
{
	if (geteuid() != 0)
		skip();
	make_sets();
	peer.gone = 0;
	assert_int_equal(call(close_verb, "7", NSI_REFUSED), CTL_REFUSED);
	assert_string_equal(o.err, "nsisolate: the set has sessions; --force ends them, too\n");
	assert_int_equal(call(refresh_verb, "7", NSI_REFUSED), CTL_REFUSED);
	assert_int_equal(call(refresh_verb, "7", NSI_DONE), CTL_OK); /* and waits for nothing */
}

TEST(test_operands)
{
	if (geteuid() != 0)
		skip();
	make_sets();
	assert_int_equal(call(close_verb, NULL, NSI_DONE), CTL_USAGE);
	assert_string_equal(o.err, "nsisolate: close takes one of USER, SET, --all and --stale\n");
	machine.ctl.all = true;
	assert_int_equal(call(close_verb, "7", NSI_DONE), CTL_USAGE);
	machine.ctl.all = false;
	assert_int_equal(call(close_verb, "9", NSI_DONE), CTL_NOT_FOUND);
	assert_int_equal(call(refresh_verb, "no-such-user", NSI_DONE), CTL_NOT_FOUND);
}

TEST(test_all_sets_are_asked_for_and_the_worst_answer_counts)
{
	if (geteuid() != 0)
		skip();
	make_sets();
	machine.ctl.all = true;
	assert_int_equal(call(close_verb, NULL, NSI_REFUSED), CTL_REFUSED);
	assert_string_equal(o.err, "nsisolate: the set has sessions; --force ends them, too\n"
				   "nsisolate: the set has sessions; --force ends them, too\n");
}

TEST(test_stale_sets_are_known_by_the_policy)
{
	if (geteuid() != 0)
		skip();
	make_sets();
	machine.ctl.stale = true;
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "frobnicate"), 0);
	assert_int_equal(call(close_verb, NULL, NSI_DONE), CTL_REFUSED);
	assert_string_equal(o.err,
			    "nsisolate: the policy cannot be read; see \"nsisolate check\"\n");
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "version = 1;\n"), 0);
	assert_int_equal(call(close_verb, NULL, NSI_REFUSED), CTL_REFUSED);
}

TEST(test_without_a_helper_that_answers)
{
	if (geteuid() != 0)
		skip();
	make_sets();
	peer.gone = 0;
	assert_int_equal(call(close_verb, "7", (enum nsi_type)0), CTL_SYSTEM);
	expect_text(o.err, "nsisolate: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_set_whose_record_goes_is_closed),
		MACHINE_TEST(test_a_refusal_is_the_helpers_sentence),
		MACHINE_TEST(test_operands),
		MACHINE_TEST(test_all_sets_are_asked_for_and_the_worst_answer_counts),
		MACHINE_TEST(test_stale_sets_are_known_by_the_policy),
		MACHINE_TEST(test_without_a_helper_that_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
