/* SPDX-License-Identifier: MIT */
/* The findings of doctor in PAM stacks; the stacks are in tests/unit/ctl/pam.d. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/pamd.h"
#include "tests/unit/test.h"

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
	{"missing", "cron", 1, 0, "-> as its last line: session requisite pam_nsisolate.so"},
	{"missing", "su", 1, 0, "by su the user"},
	{"missing", "su-l", 0, 0, NULL}, /* su is spoken of */
	{"missing", "gdm-password", 1, 0, "graphical logins"},
	{"missing", "sddm-greeter", 0, 0, NULL},
	{"missing", "other", 0, 1, "any service without a file of its own"},
	{"missing", "strange", 0, 1, "missing/strange"},
	{"missing", "passwd", 0, 0, NULL},
	{"missing", "polkit-1", 1, 0, "by pkexec --user the user is outside"},
	{"missing", "polkit-1", 1, 0, "[pam-missing]"},
	{"missing", "cronie", 1, 0, "by cron jobs the user"},
	{"missing", "runuser", 0, 0, "by runuser (root's scripts) the user"},
	{"missing", "doas", 1, 0, "missing/doas: pam_nsisolate.so is missing"}, /* by "other" */
	{"denying", "doas", 0, 0, NULL},
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
	{"order", "before-selinux", 0, 1, "before pam_selinux.so"},
	{"order", "before-selinux-open", 0, 1, "before pam_selinux.so"},
	{"order", "before-selinux-close", 0, 0, NULL},
	{"order", "before-lastlog", 0, 0, NULL},
	{"order", "systemd-user", 0, 0, NULL},
	{"order", "before-keyring", 0, 1, "required lets pam_gnome_keyring.so"},
	{"order", "before-keyring", 0, 1, "-> session requisite pam_nsisolate.so debug"},
	{"order", "before-keyring-final", 0, 0, NULL},
	{"order", "behind-sufficient", 1, 0, "may end the stack before pam_nsisolate.so"},
	{"order", "behind-done", 1, 0, "may end the stack"},
	{"order", "behind-jump", 0, 1, "may jump over pam_nsisolate.so"},
	{"order", "behind-short-jump", 0, 0, NULL},
	{"order", "behind-substack", 0, 0, NULL},
	{"order", "behind-include", 1, 0, "may end the stack"},
	{"order", "within-substack", 1, 0, "may end the stack"},
	{"order", "twice", 0, 0, NULL},

	{"halves", "pair", 0, 0, NULL},
	{"halves", "close-and-both", 0, 0, NULL},
	{"halves", "mount-one-line", 1, 0,
	 "halves/mount-one-line:1: before pam_nsisolate.so, pam_mount.so unmounts inside"},
	{"halves", "mount-one-line", 1, 0,
	 "-> as the first line of type session: session requisite pam_nsisolate.so close"},
	{"halves", "mount-before-close", 1, 0, "pam_mount.so unmounts inside the set"},
	{"halves", "fscrypt-one-line", 0, 1, "pam_fscrypt.so locks the home from inside"},
	{"halves", "sshd", 1, 0, "halves/sshd: pam_nsisolate.so is missing"},
	{"halves", "open-alone", 0, 1, "with open alone the program stays"},
	{"halves", "optional-close", 1, 0, "optional lets the login go on"},
	{"halves", "both-on-one-line", 0, 1, "pam_nsisolate.so is missing"},
	{"order", "loop", 1, 0, "include each other without end"},
};

static void examine(const struct expected *e, struct doctor *d, char **ret_text)
{
	static char dir[100];
	size_t size;

	*ret_text = NULL;
	d->out = open_memstream(ret_text, &size);
	assert_non_null(d->out);
	(void)snprintf(dir, sizeof(dir), DIR "%s", e->dir);
	d->places = pamd_places_of(dir);
	d->has_selinux = true;
	doctor_pam_service(d, e->service);
	assert_int_equal(fclose(d->out), 0);
}

TEST(test_each_stack_gets_its_findings)
{
	const struct ctl ctl = {
		.config = NSI_CONFIG, .rundir = NSI_RUNDIR, .statedir = NSI_STATEDIR};

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

/* The findings of doctor about all services of @places. */
static char *examine_all(const char *dir, struct doctor *d)
{
	static struct ctl ctl = {
		.config = NSI_CONFIG, .rundir = NSI_RUNDIR, .statedir = NSI_STATEDIR};
	char *text = NULL;
	size_t size;

	ctl.pamdir = dir;
	*d = (struct doctor){.ctl = &ctl, .out = open_memstream(&text, &size)};
	assert_non_null(d->out);
	doctor_pam(d);
	assert_int_equal(fclose(d->out), 0);
	return text;
}

TEST(test_whole_directory_leaves_fragments_out)
{
	struct doctor d;
	char *text = examine_all(DIR "good", &d);

	assert_string_equal(text, "ok       pam: " DIR "good: 7 services, each with the module in "
				  "its place\n");
	free(text);
}

TEST(test_module_in_no_stack_is_one_finding)
{
	struct doctor d;
	char *text = examine_all(DIR "missing", &d);

	assert_int_equal(d.counts[SEV_ERROR], 1);
	assert_int_equal(d.counts[SEV_WARNING], 0);
	assert_non_null(strstr(text, "[pam-not-enabled]"));
	free(text);
}

TEST(test_directories_are_read_in_the_order_of_libpam)
{
	const struct pamd_places places = {.dirs = {DIR "good", DIR "missing"}};
	struct pamd_stack s;
	struct nsi_fail f = {""};
	struct pamd_names names;

	assert_int_equal(pamd_read(&places, "sshd", &s, &f), 0);
	assert_string_equal(s.path, DIR "good/sshd");
	pamd_done(&s);
	assert_int_equal(pamd_read(&places, "cron", &s, &f), 0);
	assert_string_equal(s.path, DIR "missing/cron");
	assert_string_equal(s.lines[0].file, DIR "good/common-session"); /* of an include, too */
	pamd_done(&s);
	assert_int_equal(pamd_read(&places, "nowhere", &s, &f), -ENOENT);
	assert_int_equal(pamd_list(&places, &names), 0);
	assert_true(pamd_names_have(&names, "crond") && pamd_names_have(&names, "cron"));
	assert_false(pamd_names_have(&names, "common-session"));
	pamd_names_done(&names);
}

TEST(test_one_file_for_all_services_is_read_where_there_is_no_directory)
{
	const struct pamd_places places = {.conf = DIR "pam.conf"};
	struct pamd_names names;
	struct pamd_stack s;
	struct nsi_fail f = {""};

	assert_int_equal(pamd_list(&places, &names), 0);
	assert_int_equal(names.count, 3);
	pamd_names_done(&names);
	assert_int_equal(pamd_read(&places, "su", &s, &f), 0);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.lines[1].module, "pam_nsisolate.so");
	assert_int_equal(s.lines[1].line, 7);
	pamd_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_stack_gets_its_findings),
		cmocka_unit_test(test_whole_directory_leaves_fragments_out),
		cmocka_unit_test(test_module_in_no_stack_is_one_finding),
		cmocka_unit_test(test_directories_are_read_in_the_order_of_libpam),
		cmocka_unit_test(
			test_one_file_for_all_services_is_read_where_there_is_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
