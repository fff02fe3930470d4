/* SPDX-License-Identifier: MIT */
/* "enter": whose shell it is, and the sets and users that it refuses */
#include <stdlib.h>

#include "tests/unit/ctl/machine.h"

static struct output o;

/* "enter OPERAND -- sh -c 'echo ...'" in a child, as it moves this process. */
static int enter(const char *operand)
{
	static char *const command[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
					(char *)(uintptr_t) "echo $USER $NSISOLATE_SET "
							    "$NSISOLATE_POLICY"};
	int status = -1;
	pid_t pid;

	machine.operands[0] = (char *)(uintptr_t)operand;
	memcpy(machine.operands + 1, command, sizeof(command));
	output_begin(&o);
	pid = fork();
	if (pid == 0) {
		int code = enter_verb(&machine.ctl);

		(void)fflush(NULL);
		_exit(code);
	}
	(void)waitpid(pid, &status, 0);
	output_end(&o);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(test_the_user_of_the_set)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	rec = machine_set(7, 0); /* without a namespace of its own: there is nothing to enter */
	machine_record(&rec, getpid());
	assert_int_equal(enter("7"), CTL_OK);
	assert_string_equal(o.out, "root 7 lab\n");
	assert_int_equal(enter("root"), CTL_OK);
	rec.uid = 4000000000;
	machine_record(&rec, getpid());
	assert_int_equal(enter("7"), CTL_NOT_FOUND);
	assert_string_equal(o.err,
			    "nsisolate: uid 4000000000, whose set this is, is no user any more\n");
	machine.ctl.root = true;
	assert_int_equal(enter("7"), CTL_OK);
	assert_string_equal(o.out, "root 7 lab\n");
}

TEST(test_sets_that_cannot_be_entered)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	assert_int_equal(enter("7"), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no set 7\n");
	rec = machine_set(7, 0);
	rec.anchor_start++;
	machine_record(&rec, getpid());
	assert_int_equal(enter("7"), CTL_SYSTEM);
	assert_string_equal(o.err,
			    "nsisolate: the anchor of set 7 is gone; the helper makes a new one "
			    "as soon as it runs\n");
	assert_string_equal(o.out, "");
}

TEST(test_an_ordinary_user)
{
	const bool is_root = geteuid() == 0;
	int plain, others, own;

	(void)unsetenv("NSISOLATE_SET");
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	plain = enter("7");
	expect_text(o.err, "nsisolate: enter needs root\n");
	machine.ctl.root = true;
	others = enter("7");
	expect_text(o.err, "nsisolate: enter --root of another's set needs root\n");
	(void)setenv("NSISOLATE_SET", "7", 1);
	own = enter("7");
	expect_text(o.err,
		    "nsisolate: this session has no namespaces of yours: its policy must say "
		    "user = \"delegate\", and it must be called in the session\n");
	(void)unsetenv("NSISOLATE_SET");
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(plain, CTL_NOT_PERMITTED);
	assert_int_equal(others, CTL_NOT_PERMITTED);
	assert_int_equal(own, CTL_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_user_of_the_set),
		MACHINE_TEST(test_sets_that_cannot_be_entered),
		MACHINE_TEST(test_an_ordinary_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
