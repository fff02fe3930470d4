/* SPDX-License-Identifier: MIT */
/* Refusals at display managers: notes for their users, and the end of those that go on. */
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fail.h"
#include "pam_nsisolate/open_session.h"
#include "tests/unit/pam_nsisolate/rundir.h"
#include "tests/unit/pam_nsisolate/standin.h"

/* The size of the note in the home of a display manager's user; -1: none. */
static long note_after_refusal(pam_handle_t *pamh, const char *service)
{
	const char *path = scratch_path(&dir, 0, ".xsession-errors");
	const struct nsi_fail wrong = {"unknown argument bogus"};
	struct stat st;

	pamh->items[PAM_SERVICE] = service;
	pamh->account.pw_dir = dir.top;
	pamh->account.pw_uid = getuid() ? getuid() : 65534;
	if (getuid() == 0 && access(path, F_OK) == 0)
		(void)!chown(path, 65534, 65534);
	(void)open_refuse(pamh, 0, &args, &wrong);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

TEST(test_a_note_for_who_sees_no_message)
{
	pam_handle_t pamh = standin_of_alice();
	long size;

	assert_int_equal(note_after_refusal(&pamh, "sshd"), -1);
	pamh.drop_code = -1;
	assert_int_equal(note_after_refusal(&pamh, "lightdm"), -1);
	pamh.drop_code = 0;
	assert_int_equal(scratch_write(&dir, ".xsession-errors", "before\n"), 0);
	size = note_after_refusal(&pamh, "lightdm");
	assert_true(size > 50);
	assert_null(strstr(pamh.log, "cannot get the groups"));
	pamh.regain_code = -1;
	assert_true(note_after_refusal(&pamh, "sddm") > size);
	expect_logged(&pamh, "cannot get the groups and file-system ids of before back");
	size = note_after_refusal(&pamh, "lightdm");
	assert_int_equal(truncate(scratch_path(&dir, 0, ".xsession-errors"), 1 << 20), 0);
	assert_int_equal(note_after_refusal(&pamh, "lightdm"), 1 << 20); /* it is long enough */
}

/* Display managers that go on after a refusal have the process of the login ended. */
TEST(test_services_that_go_on)
{
	static const char *const services[] = {"xdm", "wdm", "lxdm", "rig"};
	const struct nsi_fail wrong = {"unknown argument bogus"};

	for (unsigned i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		pam_handle_t pamh = standin_of_alice();
		pid_t pid = fork();
		int status;

		pamh.items[PAM_SERVICE] = services[i];
		if (pid == 0) {
			(void)open_refuse(&pamh, 0, &args, &wrong);
			_exit(7);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), i < 3 ? 1 : 7);
	}
}

/* With a directory of its own. */
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_note_for_who_sees_no_message),
		CASE(test_services_that_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
