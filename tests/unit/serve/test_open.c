/* SPDX-License-Identifier: MIT */
/* The steps of an opening, each alone: what it decides, what it says, and when it is on the way */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "login/off.h"
#include "policy/load.h"
#include "serve/call.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/index.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct {
	struct sets sets;
	struct server server;
	struct call *call;
	struct open_run o;
	int module; /* the other end of the connection */
} x;

static char rundir[] = "/run/nsi-test", statedir[] = "/var/lib/nsi-test",
	    config[] = "/etc/nsi.conf";

static struct set *adopt(const struct set_record *rec)
{
	struct set *set = set_adopt(&x.sets, rec, -EBADF);

	assert_non_null(set);
	return set;
}

static int set_up(void **state __attribute__((unused)))
{
	int pair[2];

	memset(&x, 0, sizeof(x));
	if (loop_init(&x.sets.loop) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	x.sets.host.run_fd = -EBADF;
	x.sets.host.rundir = rundir;
	x.sets.host.statedir = statedir;
	x.sets.host.config = config;
	x.sets.host.ns.ino[NS_PID] = 1;
	x.sets.sentinels = (struct sentinels){.sets = &x.sets, .events = {.fd = -EBADF}};
	x.server.sets = &x.sets;
	x.call = call_new(&x.server, pair[0]);
	x.module = pair[1];
	if (!x.call)
		return -1;
	x.call->pid = getpid();
	x.call->open.uid = 1000;
	(void)snprintf(x.call->open.user, sizeof(x.call->open.user), "a");
	(void)snprintf(x.call->open.config, sizeof(x.call->open.config), "%s", config);
	(void)snprintf(x.call->open.statedir, sizeof(x.call->open.statedir), "%s", statedir);
	x.o.call = x.call;
	return 0;
}

static int tear_down(void **state __attribute__((unused)))
{
	if (!LIST_EMPTY(&x.server.calls))
		call_free(LIST_FIRST(&x.server.calls));
	while (!LIST_EMPTY(&x.sets.all))
		set_free(LIST_FIRST(&x.sets.all));
	free(x.sets.loader.image);
	loop_done(&x.sets.loop);
	close(x.module);
	return 0;
}

static void policy(const char *keys, const char *rules)
{
	struct pol_report report = {0};
	struct scratch s;
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { p = { %s }; };\nrules = ( %s );\n", keys, rules);
	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "p.conf", text), 0);
	assert_int_equal(policy_load(scratch_path(&s, 0, "p.conf"),
				     POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &x.sets.loader.image,
				     &report),
			 0);
	policy_report_done(&report);
	scratch_done(&s);
}

/* A policy whose rule has been found. */
static void policy_found(const char *keys)
{
	policy(keys, "{ policy = \"p\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_NEXT);
}

static void answer_is(uint32_t type, const char *text)
{
	union nsi_message m = {0};
	int fds[NSI_FDS_MAX];
	unsigned count = 0;

	assert_int_equal(wire_receive(x.module, &m, fds, &count), 1);
	assert_int_equal(m.h.type, type);
	if (text && !strstr(m.reply.text, text))
		fail_msg("the answer is \"%s\", not \"%s\"", m.reply.text, text);
}

static void refused(enum open_step step, int err, const char *text)
{
	x.o.fail.what[0] = '\0';
	assert_int_equal(open_step_run(&x.o, step), -err);
	if (!strstr(x.o.fail.what, text))
		fail_msg("%s says \"%s\", not \"%s\"", open_step_name(step), x.o.fail.what, text);
}

static void passes(enum open_step step)
{
	assert_int_equal(open_step_run(&x.o, step), OPEN_NEXT);
}

static void is_not_on_the_way(enum open_step step)
{
	if (open_step_run(&x.o, step) != OPEN_UNWANTED)
		fail_msg("the step %s is on the way", open_step_name(step));
}

TEST(test_each_step_has_a_name)
{
	for (int a = 0; a < OPEN_STEPS; a++) {
		assert_non_null(open_step_name(a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(open_step_name(a), open_step_name(b));
	}
}

TEST(test_off_lets_everybody_through)
{
	passes(OPEN_OFF);
	x.sets.host.off_by_kernel = true;
	assert_int_equal(open_step_run(&x.o, OPEN_OFF), OPEN_ANSWERED);
	answer_is(NSI_SKIP, OFF_WORD);
	assert_true(LIST_EMPTY(&x.server.calls));
}

TEST(test_a_module_of_another_configuration_is_refused)
{
	passes(OPEN_INSTANCE);
	x.call->open.statedir[0] = 'x';
	refused(OPEN_INSTANCE, EINVAL, "serves statedir=/var/lib/nsi-test");
	x.call->open.config[0] = 'x';
	refused(OPEN_INSTANCE, EINVAL, "serves config=/etc/nsi.conf, not xetc");
	assert_int_equal(x.o.cause, NSI_CAUSE_CONFIG);
}

TEST(test_without_a_policy_nobody_gets_in)
{
	refused(OPEN_RULE, EINVAL, "there is no usable policy");
	assert_int_equal(x.o.cause, NSI_CAUSE_CONFIG);
}

TEST(test_a_rule_leads_to_its_policy)
{
	policy_found("namespaces = [ \"ipc\" ];");
	assert_true(x.o.has_policy);
	assert_false(x.o.is_host);
	assert_int_equal(x.o.policy.types, ns_bit(NS_IPC));
	assert_int_equal(x.o.key.owner, 1000);
	assert_string_equal(x.call->policy, "p");
	assert_non_null(strstr(x.call->rule, "p.conf:3"));
}

TEST(test_a_rule_leads_to_the_host)
{
	policy("namespaces = [ \"ipc\" ];", "{ action = \"host\"; }");
	passes(OPEN_RULE);
	assert_true(x.o.is_host);
	for (enum open_step step = OPEN_LIMITS; step < OPEN_ENTER; step++)
		if (step != OPEN_NESTED && step != OPEN_PROCESS)
			is_not_on_the_way(step);
}

TEST(test_no_rule_is_no_isolation)
{
	policy("namespaces = [ \"ipc\" ];", "{ user = \"b\"; policy = \"p\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "no rule matches");
}

TEST(test_a_rule_that_says_skip_is_followed)
{
	policy("namespaces = [ \"ipc\" ];", "{ action = \"skip\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "action = \"skip\"");
}

TEST(test_an_audited_rule_changes_nothing)
{
	policy("namespaces = [ \"ipc\" ];", "{ policy = \"p\"; audit = true; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "it would lead to policy p");
}

TEST(test_root_is_isolated_if_the_module_says_so)
{
	policy("namespaces = [ \"ipc\" ];", "{ policy = \"p\"; }");
	x.call->open.uid = 0;
	x.call->open.flags = NSI_ISOLATE_ROOT;
	passes(OPEN_RULE);
	x.call->open.flags = 0;
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "isolate_root");
}

TEST(test_a_rule_for_a_group_asks_the_module)
{
	policy("namespaces = [ \"ipc\" ];", "{ group = \"4711\"; policy = \"p\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_WAIT);
	assert_int_equal(x.call->state, CALL_ACCOUNTS);
	answer_is(NSI_NEED, NULL);
}

TEST(test_a_plain_policy_has_few_steps_on_its_way)
{
	static const enum open_step unwanted[] = {
		OPEN_WITHIN, OPEN_LIMITS, OPEN_GROUPS, OPEN_NESTED, OPEN_CHANGE, OPEN_PLACE,
		OPEN_HELD,   OPEN_VIEW,   OPEN_IMPORT, OPEN_COUNT,  OPEN_MAPS,
	};

	policy_found("namespaces = [ \"ipc\" ]; max_held = \"0\"; max_sessions = \"0\";");
	for (unsigned i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		is_not_on_the_way(unwanted[i]);
}

TEST(test_nobody_leaves_a_user_namespace)
{
	is_not_on_the_way(OPEN_WITHIN);
	x.call->within = 7;
	refused(OPEN_WITHIN, EXDEV, "it comes from within set 7");
	assert_int_equal(x.o.cause, NSI_CAUSE_POLICY);
}

TEST(test_a_set_is_found_unless_it_is_one_sessions)
{
	struct set_record rec = {.id = 1, .owner = 1000, .types = ns_bit(NS_IPC)};
	struct set *set;

	(void)snprintf(rec.policy, sizeof(rec.policy), "p");
	(void)snprintf(rec.user, sizeof(rec.user), "a");
	policy_found("namespaces = [ \"ipc\" ];");
	passes(OPEN_FIND);
	assert_null(x.o.set);
	set = adopt(&rec);
	passes(OPEN_FIND);
	assert_ptr_equal(x.o.set, set);
	is_not_on_the_way(OPEN_BUILD);
	x.o.key.scope = POL_SCOPE_SESSION;
	is_not_on_the_way(OPEN_FIND);
}

TEST(test_a_user_namespace_needs_the_groups_once)
{
	policy_found("namespaces = [ \"ipc\" ]; user = \"map\";");
	assert_int_equal(open_step_run(&x.o, OPEN_GROUPS), OPEN_WAIT);
	answer_is(NSI_NEED, NULL);
	x.call->user.known = true;
	is_not_on_the_way(OPEN_GROUPS);
}

TEST(test_a_set_of_an_older_policy_is_joined_left_alone_or_refused)
{
	const struct set_record rec = {
		.id = 9, .owner = 1000, .digest = 1, .types = ns_bit(NS_IPC)};

	policy_found("namespaces = [ \"ipc\" ]; on_change = \"join\";");
	x.o.set = adopt(&rec);
	is_not_on_the_way(OPEN_CHANGE);
	x.o.policy.on_change = POL_CHANGE_DENY;
	x.o.set->session_count = 1;
	refused(OPEN_CHANGE, EBUSY, "live set 9");
	x.o.set->session_count = 0; /* nobody has it: nobody minds */
	passes(OPEN_CHANGE);
	assert_null(x.o.set);
	assert_int_equal(x.call->instead_of, 9);
	x.o.policy.on_change = POL_CHANGE_NEW;
	x.o.set = LIST_FIRST(&x.sets.all);
	x.o.set->session_count = 1;
	passes(OPEN_CHANGE);
	assert_null(x.o.set);
	LIST_FIRST(&x.sets.all)->session_count = 0;
}

TEST(test_a_process_is_in_one_set_at_a_time)
{
	/* Of no namespace: this process is in all of them. */
	const struct set_record first = {.id = 1}, second = {.id = 2};
	struct session session = {.sets = &x.sets, .rec = {.uid = 1000, .pid = getpid()}};

	passes(OPEN_PROCESS);
	session.set = adopt(&first);
	index_add_session(&x.sets.index, &session);
	x.o.set = session.set;
	passes(OPEN_PROCESS);
	x.o.set = adopt(&second);
	refused(OPEN_PROCESS, EBUSY, "open in set 1");
	x.o.set = NULL;
	refused(OPEN_PROCESS, EBUSY, "open in set 1");
	index_remove_session(&session);
}

TEST(test_max_sessions_counts_who_waits_for_a_set)
{
	struct call *other;

	policy_found("namespaces = [ \"ipc\" ]; max_sessions = \"1\";");
	passes(OPEN_PLACE);
	other = call_new(&x.server, -EBADF);
	assert_non_null(other);
	other->state = CALL_SET;
	other->open.uid = 1000;
	(void)snprintf(other->policy, sizeof(other->policy), "p");
	refused(OPEN_PLACE, EDQUOT, "max_sessions = 1 sessions of policy p open");
	other->open.uid = 1001;
	passes(OPEN_PLACE);
	call_free(other);
}

TEST(test_max_held_bounds_held_sets)
{
	const struct set_record rec = {.id = 1, .uid = 1000};

	policy_found("namespaces = [ \"ipc\" ]; max_held = \"1\";");
	passes(OPEN_HELD);
	adopt(&rec)->state = SET_HELD;
	refused(OPEN_HELD, EDQUOT, "max_held = 1 sets");
	x.call->open.uid = 0;
	is_not_on_the_way(OPEN_HELD);
}

TEST(test_a_login_waits_for_a_set_that_is_not_ready)
{
	const struct set_record rec = {.id = 1};

	policy_found("namespaces = [ \"ipc\" ];");
	x.o.set = adopt(&rec);
	passes(OPEN_VIEW);
	assert_true(x.call->joined);
	x.o.set->reviving = true;
	assert_int_equal(open_step_run(&x.o, OPEN_VIEW), OPEN_WAIT);
	assert_int_equal(x.call->state, CALL_SET);
	assert_ptr_equal(TAILQ_FIRST(&x.o.set->waiters), &x.call->wait);
}

TEST(test_files_are_imported_if_the_policy_names_some)
{
	const struct set_record rec = {.id = 1};

	policy_found("namespaces = [ \"ipc\" ];");
	x.o.set = adopt(&rec);
	is_not_on_the_way(OPEN_IMPORT);
}

TEST(test_maps_are_asked_of_a_set_with_a_user_namespace)
{
	const struct set_record rec = {.id = 1, .types = ns_bit(NS_USER)};

	policy_found("namespaces = [ \"ipc\" ]; user = \"map\";");
	x.o.set = adopt(&rec);
	refused(OPEN_MAPS, EAGAIN, "the policy has changed during this login");
	assert_int_equal(x.o.cause, NSI_CAUSE_POLICY);
}

TEST(test_a_refusal_ends_the_run_with_its_sentence)
{
	x.call->open.config[0] = 'x';
	open_resume(x.call, OPEN_OFF);
	assert_false(LIST_EMPTY(&x.server.calls)); /* it has a turn of its own */
	loop_run_jobs(&x.sets.loop);
	answer_is(NSI_REFUSED, "serves config=");
	assert_true(LIST_EMPTY(&x.server.calls));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_each_step_has_a_name),
		CASE(test_off_lets_everybody_through),
		CASE(test_a_module_of_another_configuration_is_refused),
		CASE(test_without_a_policy_nobody_gets_in),
		CASE(test_a_rule_leads_to_its_policy),
		CASE(test_a_rule_leads_to_the_host),
		CASE(test_no_rule_is_no_isolation),
		CASE(test_a_rule_that_says_skip_is_followed),
		CASE(test_an_audited_rule_changes_nothing),
		CASE(test_root_is_isolated_if_the_module_says_so),
		CASE(test_a_rule_for_a_group_asks_the_module),
		CASE(test_a_plain_policy_has_few_steps_on_its_way),
		CASE(test_nobody_leaves_a_user_namespace),
		CASE(test_a_set_is_found_unless_it_is_one_sessions),
		CASE(test_a_user_namespace_needs_the_groups_once),
		CASE(test_a_set_of_an_older_policy_is_joined_left_alone_or_refused),
		CASE(test_a_process_is_in_one_set_at_a_time),
		CASE(test_max_sessions_counts_who_waits_for_a_set),
		CASE(test_max_held_bounds_held_sets),
		CASE(test_a_login_waits_for_a_set_that_is_not_ready),
		CASE(test_files_are_imported_if_the_policy_names_some),
		CASE(test_maps_are_asked_of_a_set_with_a_user_namespace),
		CASE(test_a_refusal_ends_the_run_with_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
