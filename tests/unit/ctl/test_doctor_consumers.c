/* SPDX-License-Identifier: MIT */
/* Programs that open no session, go on after a refusal, or log a user in by themselves */
#include "ctl/doctor.h"
#include "tests/unit/ctl/root.h"

static const struct {
	const char *program, *file, *text;
	const char *says; /* NULL: nothing */
} cases[] = {
	{"usr/sbin/sshd", NULL, NULL, NULL}, /* its file is not there to be read */
	{"usr/sbin/sshd", "etc/ssh/sshd_config", "UsePAM yes\n", NULL},
	{"usr/sbin/sshd", "etc/ssh/sshd_config", "Port 22\n",
	 "error    /etc/ssh/sshd_config: sshd calls no PAM, so its logins are not isolated "
	 "[consumer-no-session]\n         -> UsePAM yes\n"},
	{"usr/sbin/sshd", "etc/ssh/sshd_config", "UsePAM no\nUsePAM yes\n", "sshd calls no PAM"},
	{"usr/sbin/proftpd", "etc/proftpd/proftpd.conf",
	 "AuthOrder mod_auth_pam.c* mod_auth_unix.c\n", NULL},
	{"usr/sbin/proftpd", "etc/proftpd/proftpd.conf", "AuthOrder mod_auth_pam.c\n",
	 "[consumer-goes-on]"},
	{"usr/sbin/proftpd", NULL, NULL, "AuthOrder mod_auth_pam.c* mod_auth_unix.c\n"},
	{"usr/sbin/vsftpd", "etc/vsftpd.conf", "local_enable=YES\n", "vsftpd opens no session"},
	{"usr/sbin/vsftpd", "etc/vsftpd.conf", "local_enable=YES\nsession_support=YES\n", NULL},
	{"usr/sbin/vsftpd", "etc/vsftpd.conf", "anonymous_enable=YES\n", NULL},
	{"usr/sbin/slurmd", "etc/slurm/slurm.conf", "UsePAM=1\n", NULL},
	{"usr/sbin/slurmd", "etc/slurm/slurm.conf", "UsePAM=0\n", "slurmstepd opens no session"},
	{"usr/sbin/smbd", "etc/samba/smb.conf", "[global]\n  obey pam restrictions = yes\n",
	 "note     /etc/samba/smb.conf: several users"},
	{"usr/sbin/smbd", "etc/samba/smb.conf", "[global]\n", NULL},
	{"usr/sbin/dropbear", NULL, NULL, "dropbear: it calls no PAM"},
	{"usr/bin/jupyterhub", NULL, NULL, "jupyterhub: it starts servers on the host"},
	{"usr/sbin/greetd", "etc/greetd/config.toml", "[terminal]\nvt = 1\n", NULL},
	{"usr/sbin/greetd", "etc/greetd/config.toml", "  [initial_session]\nuser = \"kiosk\"\n",
	 "warning  /etc/greetd/config.toml: it logs a user in by itself ([initial_session]): "
	 "refused, "
	 "greetd gives up after five, and nobody gets a greeter any more [autologin]\n"},
	{"usr/sbin/gdm3", "etc/gdm3/daemon.conf", "AutomaticLoginEnable = true\n",
	 "/usr/sbin/gdm3: it logs a user in by itself (AutomaticLoginEnable)"},
	{"usr/sbin/gdm3", "etc/gdm3/daemon.conf", "AutomaticLoginEnable = false\n", NULL},
	{"usr/sbin/lightdm", "etc/lightdm/lightdm.conf", "autologin-user=\n", NULL},
	{"usr/sbin/lightdm", "etc/lightdm/lightdm.conf", "autologin-user=kiosk\n", "[autologin]"},
	{"usr/sbin/nodm", "etc/default/nodm", "NODM_USER=root\nNODM_ENABLED=true\n", NULL},
	{"usr/sbin/nodm", "etc/default/nodm", "NODM_USER=kiosk\nNODM_ENABLED=false\n", NULL},
	{"usr/sbin/nodm", "etc/default/nodm", "NODM_USER=kiosk\nNODM_ENABLED=true\n",
	 "it tries again, every half a minute"},
	{"usr/bin/unheard-of", NULL, NULL, NULL},
};

static int examine(void)
{
	const struct ctl ctl = {0};
	struct doctor d = {.ctl = &ctl, .out = stdout};

	doctor_consumers(&d);
	return 0;
}

TEST(test_each_program)
{
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		root_write(cases[i].program, "");
		if (cases[i].file)
			root_write(cases[i].file, cases[i].text);
		assert_int_equal(root_call(examine), 0);
		if (cases[i].says ? !strstr(root_o.out, cases[i].says) : root_o.out[0])
			fail_msg("%s with \"%s\":\n%s", cases[i].program,
				 cases[i].text ? cases[i].text : "", root_o.out);
		scratch_done(&root_s);
		assert_int_equal(scratch_make(&root_s), 0);
	}
}

TEST(test_the_stacks_of_another_system_say_nothing_of_programs)
{
	const struct ctl ctl = {.pamdir = "/nonexistent"};
	struct doctor d = {.ctl = &ctl, .out = stdout};

	output_begin(&root_o);
	doctor_consumers(&d);
	output_end(&root_o);
	assert_string_equal(root_o.out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_each_program),
		ROOT_TEST(test_the_stacks_of_another_system_say_nothing_of_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
