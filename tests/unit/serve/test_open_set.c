/* SPDX-License-Identifier: MIT */
/* The steps of an opening that look for a set and wait for it, each alone */
#include "sets/index.h"
#include "tests/unit/serve/open_step.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_set_is_found_unless_it_is_one_sessions),
		CASE(test_a_set_of_an_older_policy_is_joined_left_alone_or_refused),
		CASE(test_a_process_is_in_one_set_at_a_time),
		CASE(test_max_sessions_counts_who_waits_for_a_set),
		CASE(test_max_held_bounds_held_sets),
		CASE(test_a_login_waits_for_a_set_that_is_not_ready),
		CASE(test_files_are_imported_if_the_policy_names_some),
		CASE(test_maps_are_asked_of_a_set_with_a_user_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
