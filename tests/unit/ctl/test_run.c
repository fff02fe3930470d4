/* SPDX-License-Identifier: MIT */
/* "run": the answers of the helper, and what is run after each of them; jobs that are not there */
#include "tests/unit/ctl/peer.h"

static struct output o;
static struct peer peer;

/* "run root -- echo ran", with a helper that answers by @reply. */
static int run(struct nsi_reply reply)
{
	int code;

	machine.operands[0] = (char *)(uintptr_t) "root";
	machine.operands[1] = (char *)(uintptr_t) "echo";
	machine.operands[2] = (char *)(uintptr_t) "ran";
	peer.to_open = reply;
	peer_start(&peer);
	code = output_of(&o, run_verb, &machine.ctl);
	peer_stop(&peer);
	return code;
}

TEST(test_a_user_who_is_not_isolated)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(run(peer_reply(NSI_SKIP, "no rule matches")), CTL_OK);
	assert_string_equal(o.out, "ran\n");
	assert_string_equal(o.err, "nsisolate: root is not isolated: no rule matches\n");
}

TEST(test_a_refusal)
{
	struct nsi_reply reply = peer_reply(NSI_REFUSED, "the door is shut");

	if (geteuid() != 0)
		skip();
	assert_int_equal(run(reply), CTL_REFUSED);
	assert_string_equal(o.out, "");
	assert_string_equal(o.err, "nsisolate: refused: the door is shut\n");
	reply.allow = 1;
	text_fmt(reply.rule, sizeof(reply.rule), "/x.conf:3");
	assert_int_equal(run(reply), CTL_OK);
	assert_string_equal(o.out, "ran\n");
	assert_string_equal(o.err, "nsisolate: the door is shut; not isolated, as on_error is "
				   "\"allow\" at /x.conf:3\n");
	reply.cause = NSI_CAUSE_POLICY; /* a decision, which on_error is not asked about */
	assert_int_equal(run(reply), CTL_REFUSED);
}

TEST(test_a_session_that_is_where_it_is_to_be)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(run(peer_reply(NSI_ENTER, "")), CTL_OK); /* no types: nothing to enter */
	assert_string_equal(o.out, "ran\n");
	assert_string_equal(o.err, "");
}

TEST(test_jobs)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	machine.ctl.job = "slurm-5";
	assert_int_equal(run(peer_reply(NSI_SKIP, "")), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: no live set belongs to a job slurm-5\n");
	rec = machine_set(7, 0);
	rec.job_id = 5;
	text_fmt(rec.job_name, sizeof(rec.job_name), "slurm-5");
	text_fmt(rec.job_group, sizeof(rec.job_group), "%s/group", machine.s.top);
	machine_record(&rec, 0);
	assert_int_equal(scratch_write(&machine.s, "group/below/cgroup.procs", "0\n"), 0);
	assert_int_equal(run(peer_reply(NSI_SKIP, "")), CTL_NOT_FOUND);
	expect_text(o.err, "nsisolate: job slurm-5 has no process in ");
	assert_string_equal(o.out, "");
}

TEST(test_a_process_of_the_job_shows_its_group)
{
	struct set_record rec;
	char text[40], entered[40];

	if (geteuid() != 0)
		skip();
	machine.ctl.job = "slurm-5";
	rec = machine_set(7, 0);
	rec.job_id = 5;
	text_fmt(rec.job_name, sizeof(rec.job_name), "slurm-5");
	text_fmt(rec.job_group, sizeof(rec.job_group), "%s/group", machine.s.top);
	machine_record(&rec, 0);
	(void)snprintf(text, sizeof(text), "%d\n", getpid());
	assert_int_equal(scratch_write(&machine.s, "group/cgroup.procs", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "group/below/cgroup.procs", text), 0);
	assert_int_equal(run(peer_reply(NSI_SKIP, "")), CTL_OK);
	assert_true(fd_read_file(AT_FDCWD, scratch_path(&machine.s, 0, "group/below/cgroup.procs"),
				 entered, sizeof(entered)) > 0);
	assert_int_equal(entered[0],
			 '0'); /* "this process", at the start of the file that stands in */
}

TEST(test_no_such_user)
{
	if (geteuid() != 0)
		skip();
	machine.operands[0] = (char *)(uintptr_t) "no-such-user";
	assert_int_equal(output_of(&o, run_verb, &machine.ctl), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_user_who_is_not_isolated),
		MACHINE_TEST(test_a_refusal),
		MACHINE_TEST(test_a_session_that_is_where_it_is_to_be),
		MACHINE_TEST(test_jobs),
		MACHINE_TEST(test_a_process_of_the_job_shows_its_group),
		MACHINE_TEST(test_no_such_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
