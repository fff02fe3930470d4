/* SPDX-License-Identifier: MIT */
/* Types of namespaces that the kernel refuses, and failures that say nothing about a type */
#include "base/nstype.h"
#include "ns/ns.h"
#include "tests/unit/faults.h"
#include "tests/unit/logged.h"

#define BOTH (ns_bit(NS_IPC) | ns_bit(NS_UTS))

static struct given {
	int error;
	uint32_t missing, full;
} given;

/* clone3(2) fails: no namespace can be tried. */
static void look(void *arg)
{
	const struct given *g = arg;
	struct logged logged;
	uint32_t missing;
	const char *log;

	faults_refuse(SYS_clone3, g->error);
	logged_begin(&logged);
	missing = ns_missing(BOTH, 7);
	log = logged_end(&logged);
	faults_check(missing == g->missing, "%s: missing 0x%x", strerrorname_np(g->error), missing);
	faults_check((log[0] != '\0') == (g->missing != 0), "the log has: %s", log);
	faults_check(ns_full(BOTH) == g->full, "%s: full 0x%x", strerrorname_np(g->error),
		     ns_full(BOTH));
}

TEST(test_a_type_is_missing_if_the_kernel_refuses_it)
{
	static const int refusals[] = {ENOSPC, EUSERS, EINVAL, EPERM, EACCES};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		given = (struct given){refusals[i], BOTH, BOTH};
		faults_apart(look, &given);
	}
}

TEST(test_another_failure_is_none_of_a_type)
{
	static const int failures[] = {EAGAIN, ENOMEM, EMFILE, ENFILE, EIO, EINTR};

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		given = (struct given){failures[i], 0, BOTH};
		faults_apart(look, &given);
	}
}

TEST(test_what_can_be_had_is_neither_missing_nor_full)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(ns_missing(BOTH, 7), 0);
	assert_int_equal(ns_full(ns_bit(NS_IPC)), ns_bit(NS_IPC)); /* as far as is known */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_type_is_missing_if_the_kernel_refuses_it),
		cmocka_unit_test(test_another_failure_is_none_of_a_type),
		cmocka_unit_test(test_what_can_be_had_is_neither_missing_nor_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
