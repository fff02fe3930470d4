/* SPDX-License-Identifier: MIT */
/* The line of the log about a session that was opened */
#include <string.h>

#include "base/nstype.h"
#include "login/opened.h"
#include "tests/unit/test.h"

static char buf[OPENED_SIZE];

static struct opened opened_of(const char *rule)
{
	return (struct opened){
		.user = "alice", .service = "sshd", .rule = rule, .remark = "", .uid = 2001};
}

TEST(test_the_host)
{
	const struct opened o = opened_of("/etc/conf:1");

	assert_string_equal(opened_format(buf, &o),
			    "opened user=alice uid=2001 service=sshd rule=/etc/conf:1 action=host "
			    "ms=0.0");
}

TEST(test_all_that_a_line_may_have)
{
	struct opened o = opened_of("/etc/conf:1");

	o.user = "a\nb";
	o.policy = "lab";
	o.set = 7;
	o.types = ns_bit(NS_MNT);
	o.missing = ns_bit(NS_UTS);
	o.joined = true;
	o.took_us = 1250;
	o.process = 42;
	o.remark = "the other one was left";
	assert_string_equal(opened_format(buf, &o),
			    "opened user=a\\x0ab uid=2001 service=sshd rule=/etc/conf:1 policy=lab "
			    "set=7 ns=mnt missing=uts joined=yes ms=1.3 process=42: the other one "
			    "was left");
}

/* Whatever is too long is cut off at the end of the line. */
TEST(test_a_line_that_is_cut_short)
{
	static char rule[OPENED_SIZE + 64];

	for (size_t len = OPENED_SIZE - 120; len < sizeof(rule); len++) {
		struct opened o;

		memset(rule, 'r', len);
		o = opened_of(rule);
		o.process = 42;
		o.remark = "a remark";
		(void)opened_format(buf, &o);
		assert_true(memchr(buf, '\0', sizeof(buf)) != NULL);
		assert_int_equal(
			strncmp(buf, "opened user=alice uid=2001 service=sshd rule=rrr", 48), 0);
	}
}

TEST(test_a_closed_session)
{
	char line[CLOSED_SIZE];

	assert_string_equal(closed_format(line, "a\n", 2001, 7, 0),
			    "closed user=a\\x0a uid=2001 set=7");
	assert_string_equal(closed_format(line, "alice", 2001, 7, 42),
			    "closed user=alice uid=2001 set=7 process=42");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_host),
		cmocka_unit_test(test_all_that_a_line_may_have),
		cmocka_unit_test(test_a_line_that_is_cut_short),
		cmocka_unit_test(test_a_closed_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
