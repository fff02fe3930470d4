/* SPDX-License-Identifier: MIT */
/* Policies with "ipc" that lead to desktops whose X server is in another IPC namespace */
#include <stdlib.h>

#include "ctl/lint.h"
#include "ctl/pamd.h"
#include "tests/unit/ctl/root.h"
#include "tests/unit/image.h"

static struct pol_image *image;
static const char *service;

static void note(void *arg, const struct lint *lint)
{
	(void)arg;
	(void)printf("%u %s: %s\n", lint->line, finding_rows[lint->finding].id, lint->text);
}

static int lint(void)
{
	char *names[] = {(char *)(uintptr_t)service};

	lint_desktops(image, &(struct pamd_names){names, 1}, note, NULL);
	return 0;
}

/* The findings about @rules, which stand in line 3. */
static const char *findings(const char *name, const char *rules)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { lab = { namespaces = [ \"mount\", \"ipc\" ]; }; "
		       "plain = { namespaces = [ \"mount\" ]; }; };\nrules = ( %s );\n",
		       rules);
	image = image_of_text(text);
	service = name;
	assert_int_equal(root_call(lint), 0);
	free(image);
	return root_o.out;
}

#define ALL "{ uid = \"1000-\"; policy = \"lab\"; }"

TEST(test_remote_desktops)
{
	if (geteuid() != 0)
		skip();
	assert_string_equal(findings("xrdp-sesman", ALL), ""); /* none is installed */
	root_write("usr/sbin/xrdp-sesman", "");
	expect_text(findings("xrdp-sesman", ALL),
		    "3 ipc-remote: it gives remote desktops (xrdp-sesman) an IPC namespace");
	assert_string_equal(findings("sshd", ALL), "");
	root_write("usr/lib/x86_64-linux-gnu/xrdp/xrdp-sesexec", ""); /* as of 0.10 */
	assert_string_equal(findings("xrdp-sesman", ALL), "");
}

TEST(test_local_desktops)
{
	if (geteuid() != 0)
		skip();
	expect_text(
		findings("lightdm", ALL),
		"3 ipc-display: it gives desktops (lightdm) an IPC namespace, and their X server "
		"is in the host's");
	assert_string_equal(findings("gdm3", ALL), "");
}

TEST(test_rules_that_give_no_ipc_namespace)
{
	if (geteuid() != 0)
		skip();
	assert_string_equal(findings("lightdm", "{ uid = \"1000-\"; policy = \"plain\"; }"), "");
	assert_string_equal(
		findings("lightdm", "{ uid = \"1000-\"; policy = \"lab\"; audit = true; }"), "");
	assert_string_equal(findings("lightdm", "{ service = \"sshd\"; policy = \"lab\"; }"), "");
	/* Somebody has thought of that service. */
	assert_string_equal(
		findings("lightdm", "{ service = \"lightdm\"; policy = \"plain\"; }, " ALL), "");
}

static int lint_sudo(void)
{
	lint_sudoers(image, note, NULL);
	return 0;
}

TEST(test_sudoers_with_hosts_and_a_policy_with_a_host_name)
{
	if (geteuid() != 0)
		skip();
	root_write("etc/sudoers", "root ALL=ALL\nalice lab1=ALL\n");
	image = image_of("lab = { namespaces = [ \"uts\" ]; hostname = \"cell\"; }");
	assert_int_equal(root_call(lint_sudo), 0);
	free(image);
	assert_string_equal(root_o.out,
			    "2 sudoers-host: it names the host lab1, and the sets of policy 'lab' "
			    "have another host name, so the line does not hold there\n");
	image = image_of("lab = { namespaces = [ \"uts\" ]; }");
	assert_int_equal(root_call(lint_sudo), 0);
	free(image);
	assert_string_equal(root_o.out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_remote_desktops),
		ROOT_TEST(test_local_desktops),
		ROOT_TEST(test_rules_that_give_no_ipc_namespace),
		ROOT_TEST(test_sudoers_with_hosts_and_a_policy_with_a_host_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
