/* SPDX-License-Identifier: MIT */
/* What does doctor find in a PAM stack?  The stacks are in tests/unit/ctl/pam.d. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/doctor.h"

#define DIR "tests/unit/ctl/pam.d/"

static const struct expected {
	const char *dir;
	const char *service;
	unsigned errors;
	unsigned warnings;
	const char *says;
} all[] = {
	{"good", "sshd", 0, 0, NULL},
	{"good", "su", 0, 0, NULL},
	{"good", "su-l", 0, 0, NULL},
	{"good", "login", 0, 0, NULL},
	{"good", "crond", 0, 0, NULL},
	{"good", "chsh", 0, 0, NULL},
	{"good", "other", 0, 0, NULL},

	{"missing", "sshd", 1, 0, "missing/sshd: pam_nsisolate.so is missing"},
	{"missing", "cron", 1, 0, "by cron jobs the user is outside"},
	{"missing", "cron", 1, 0, "-> as its last line: session required pam_nsisolate.so"},
	{"missing", "su", 1, 0, "by su the user"},
	{"missing", "su-l", 0, 0, NULL}, /* su is spoken of */
	{"missing", "gdm-password", 1, 0, "graphical logins"},
	{"missing", "sddm-greeter", 0, 0, NULL},
	{"missing", "other", 0, 1, "any service without a file of its own"},
	{"missing", "strange", 0, 1, "missing/strange"},
	{"missing", "passwd", 0, 0, NULL},
	{"missing", "polkit-1", 0, 0, NULL},
	{"missing", "systemd-user", 2, 0, "it includes nowhere, which is not there"},
	{"missing", "no-such-service", 1, 0, "cannot read"},

	{"control", "required", 0, 0, NULL},
	{"control", "spaces", 0, 0, NULL},
	{"control", "optional", 1, 0, "control/optional:1: optional lets the login go on"},
	{"control", "sufficient", 1, 0, "sufficient lets the login go on"},
	{"control", "ignores", 1, 0, "lets the login go on"},
	{"control", "ok-when-denied", 1, 0, "lets the login go on"},
	{"control", "jumps", 1, 0, "lets the login go on"},
	{"control", "when-absent", 1, 0, "lets the login go on"},
	{"control", "refuses-all", 1, 0, "refuses a login that was isolated"},
	{"control", "quiet", 1, 0, "goes on without a word"},
	{"control", "quiet", 1, 0, "-> session required pam_nsisolate.so"},
	{"control", "allows", 0, 1, "on_error=allow lets people in"},
	{"control", "misspelt", 1, 0, "unknown argument on_eror"},
	{"control", "another-rundir", 0, 0, "another policy or rundir"},

	{"order", "before-mount", 1, 0, "order/before-mount:1: it stands before pam_mount.so"},
	{"order", "before-systemd", 0, 1, "before pam_systemd.so"},
	{"order", "before-mkhomedir", 0, 1, "before pam_mkhomedir.so"},
	{"order", "before-namespace", 1, 0, "before pam_namespace.so"},
	{"order", "before-selinux", 1, 0, "before pam_selinux.so"},
	{"order", "before-selinux-open", 1, 0, "before pam_selinux.so"},
	{"order", "before-selinux-close", 0, 0, NULL},
	{"order", "before-lastlog", 0, 0, NULL},
	{"order", "behind-sufficient", 1, 0, "may end the stack before pam_nsisolate.so"},
	{"order", "behind-done", 1, 0, "may end the stack"},
	{"order", "behind-jump", 0, 1, "may jump over pam_nsisolate.so"},
	{"order", "behind-short-jump", 0, 0, NULL},
	{"order", "behind-substack", 0, 0, NULL},
	{"order", "behind-include", 1, 0, "may end the stack"},
	{"order", "within-substack", 1, 0, "may end the stack"},
	{"order", "twice", 0, 0, NULL},
	{"order", "loop", 1, 0, "include each other without end"},
};

static void examine(const struct expected *e, struct doctor *d, char **ret_text)
{
	char dir[100];
	size_t size;

	*ret_text = NULL;
	d->out = open_memstream(ret_text, &size);
	assert_non_null(d->out);
	(void)snprintf(dir, sizeof(dir), DIR "%s", e->dir);
	doctor_pam_service(d, dir, e->service);
	assert_int_equal(fclose(d->out), 0);
}

static void test_each_stack_gets_its_findings(void **state)
{
	const struct ctl ctl = {
		.config = NSI_CONFIG, .rundir = NSI_RUNDIR, .statedir = NSI_STATEDIR};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct expected *e = &all[i];
		struct doctor d = {.ctl = &ctl};
		char *text;

		examine(e, &d, &text);
		if (d.counts[SEV_ERROR] != e->errors || d.counts[SEV_WARNING] != e->warnings ||
		    (e->says && !strstr(text, e->says)) || (!e->says && text[0]))
			fail_msg("%s/%s: %u errors, %u warnings, and:\n%s", e->dir, e->service,
				 d.counts[SEV_ERROR], d.counts[SEV_WARNING], text);
		free(text);
	}
}

static void test_whole_directory_leaves_fragments_out(void **state)
{
	struct ctl ctl = {.config = NSI_CONFIG,
			  .rundir = NSI_RUNDIR,
			  .statedir = NSI_STATEDIR,
			  .pamdir = DIR "good"};
	struct doctor d = {.ctl = &ctl};
	char *text = NULL;
	size_t size;

	(void)state;
	d.out = open_memstream(&text, &size);
	doctor_pam(&d);
	fclose(d.out);
	assert_string_equal(text, "ok       pam: " DIR "good: 7 services, each with the module in "
				  "its place\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_stack_gets_its_findings),
		cmocka_unit_test(test_whole_directory_leaves_fragments_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
