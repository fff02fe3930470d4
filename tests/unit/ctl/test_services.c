/* SPDX-License-Identifier: MIT */
/* Known PAM services, and the effect of other modules in their stacks */
#include "ctl/services.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

/* Each file that packages of Debian have: "SERVICE KIND PACKAGE...". */
TEST(test_every_service_of_debian_is_known)
{
	static const char *const kinds[] = {[SERVICE_LOGIN] = "login",
					    [SERVICE_ROOT] = "root",
					    [SERVICE_SYSTEM] = "system",
					    [SERVICE_NONE] = "none",
					    [SERVICE_FALLBACK] = "fallback"};
	FILE *file = fopen("tests/unit/ctl/debian-services", "re");
	char line[200], service[64], kind[16];
	unsigned count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		enum service_kind known;

		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%63s %15s", service, kind), 2);
		known = service_find(service)->kind;
		if (known == SERVICE_UNKNOWN || strcmp(kinds[known], kind) != 0)
			fail_msg("%s should be of the kind %s", service, kind);
		count++;
	}
	(void)fclose(file);
	assert_true(count > 90);
}

TEST(test_a_service_that_nobody_knows)
{
	assert_int_equal(service_find("frobnicate")->kind, SERVICE_UNKNOWN);
	assert_string_equal(service_find("frobnicate")->what, "sessions of a service");
	assert_int_equal(service_find("")->kind, SERVICE_UNKNOWN);
	assert_int_equal(service_find("sddm-greeter")->kind, SERVICE_SYSTEM); /* before "sddm*" */
}

TEST(test_modules_that_must_not_stand_behind_ours)
{
	assert_true(late_find("pam_mount.so", "", "sshd")->is_error);
	assert_false(late_find("pam_systemd.so", "", "sshd")->is_error);
	assert_null(late_find("pam_systemd.so", "", "systemd-user"));
	assert_non_null(late_find("pam_selinux.so", "open", "sshd"));
	assert_null(late_find("pam_selinux.so", "close", "sshd"));
	assert_null(late_find("pam_unix.so", "", "sshd"));
}

TEST(test_modules_before_the_line_that_closes)
{
	assert_true(early_find("pam_mount.so")->is_error);
	assert_false(early_find("pam_fscrypt.so")->is_error);
	assert_null(early_find("pam_unix.so"));
	assert_true(module_is_starter("pam_exec.so"));
	assert_false(module_is_starter("pam_unix.so"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_service_of_debian_is_known),
		cmocka_unit_test(test_a_service_that_nobody_knows),
		cmocka_unit_test(test_modules_that_must_not_stand_behind_ours),
		cmocka_unit_test(test_modules_before_the_line_that_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
