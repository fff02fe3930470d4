/* SPDX-License-Identifier: MIT */
/*
 * Programs of this machine that take users in without a session, or after a refusal.
 * docs/consumers.md has what was measured of each, and of those that are well.
 */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SSHD_ALL    "{/etc/ssh/sshd_config.d/*.conf," SSHD_CONFIG "}"
#define PROFTPD_ALL "{/etc/proftpd/proftpd.conf,/etc/proftpd/conf.d/*.conf,/etc/proftpd.conf}"
#define VSFTPD_ALL  "{/etc/vsftpd.conf,/etc/vsftpd/vsftpd.conf}"
#define SLURM_CONF  "{/etc/slurm/slurm.conf,/etc/slurm-llnl/slurm.conf}"

/* "UsePAM yes" is in Debian's file, and left out upstream; the first value counts (sshd_config(5)). */
static bool consumers_sshd_opens(void)
{
	char value[200];

	if (access(SSHD_CONFIG, R_OK) != 0)
		return true; /* no sshd, or not ours to read */
	return setting_is_on(
		setting_find(SSHD_CONFIG, "Include", SETTING_FIRST, value, sizeof(value))
			? SSHD_ALL
			: SSHD_CONFIG,
		"UsePAM", SETTING_FIRST);
}

/* Without the "*", a refusal of PAM's makes proftpd ask the next module, which knows no sessions. */
static bool consumers_proftpd_refuses(void)
{
	char value[200];

	return setting_find(PROFTPD_ALL, "AuthOrder", SETTING_LAST, value, sizeof(value)) &&
	       strstr(value, "mod_auth_pam.c*");
}

static bool consumers_vsftpd_opens(void)
{
	return setting_is_on(VSFTPD_ALL, "session_support", SETTING_LAST) ||
	       !setting_is_on(VSFTPD_ALL, "local_enable", SETTING_LAST);
}

static bool consumers_slurm_opens(void)
{
	return setting_is_on(SLURM_CONF, "UsePAM", SETTING_LAST);
}

static bool consumers_samba_is_alone(void)
{
	return !setting_is_on("/etc/samba/smb.conf", "obey pam restrictions", SETTING_LAST);
}

#define NEVER NULL

/* Findings of several programs, each with its remedy. */
#define CRON                                                                           \
	"it opens no session, so jobs run on the host, whatever /etc/pam.d/cron says", \
		"apt-get install cron (or cronie)"
#define SSH "it calls no PAM, so its logins are not isolated", "apt-get install openssh-server"
#define COMMAND                                                                   \
	"it opens no session: commands as another user stay where the caller is", \
		"sudo or doas in its place"

static const struct consumer {
	enum finding finding;
	const char *program;   /* whose presence says that it is installed */
	bool (*is_well)(void); /* whether its settings make it well; NEVER: none does */
	const char *where;
	const char *what;
	const char *remedy;
} consumers[] = {
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/sshd", consumers_sshd_opens, SSHD_CONFIG,
	 "sshd calls no PAM, so its logins are not isolated", "UsePAM yes"},
	{FIND_CONSUMER_GOES_ON, "/usr/sbin/proftpd", consumers_proftpd_refuses,
	 "/etc/proftpd/proftpd.conf",
	 "after a refusal of PAM's, proftpd asks mod_auth_unix, and lets the user in on the host",
	 "AuthOrder mod_auth_pam.c* mod_auth_unix.c"},
	{FIND_CONSUMER_GOES_ON, "/usr/sbin/pure-ftpd", NEVER, "pure-ftpd",
	 "it closes the session before the user's commands, and does not look at a refusal",
	 "no setting helps: serve files by sftp, vsftpd or proftpd"},
	{FIND_CONSUMER_GOES_ON, "/usr/bin/jupyterhub", NEVER, "jupyterhub",
	 "it starts servers on the host, also after a refusal",
	 "a spawner that starts a unit with PAMName=, such as systemdspawner"},
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/vsftpd", consumers_vsftpd_opens, "/etc/vsftpd.conf",
	 "vsftpd opens no session, so its users are on the host", "session_support=YES"},
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/in.rshd", NEVER, "rsh-redone-server",
	 "in.rshd and in.rlogind open no session", "ssh in its place"},
	{FIND_CONSUMER_NO_SESSION, "/usr/lib/systemd/system-generators/systemd-crontab-generator",
	 NEVER, "systemd-cron", CRON},
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/bcron-sched", NEVER, "bcron", CRON},
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/dropbear", NEVER, "dropbear", SSH},
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/tinysshd", NEVER, "tinysshd", SSH},
	{FIND_CONSUMER_NO_SESSION, "/usr/bin/please", NEVER, "please", COMMAND},
	{FIND_CONSUMER_NO_SESSION, "/usr/bin/super", NEVER, "super", COMMAND},
	{FIND_CONSUMER_NO_SESSION, "/usr/bin/calife", NEVER, "calife", COMMAND},
	{FIND_CONSUMER_NO_SESSION, "/usr/bin/userv", NEVER, "userv",
	 "it opens no session: services run on the host", "sudo or doas in its place"},
	{FIND_CONSUMER_NO_SESSION, "/usr/sbin/slurmd", consumers_slurm_opens,
	 "/etc/slurm/slurm.conf", "slurmstepd opens no session, so jobs run on the host",
	 "UsePAM=1"},
	{FIND_CONSUMER_SERVES, "/usr/sbin/dovecot", NEVER, "dovecot",
	 "its processes serve mail on the host: it keeps no session open",
	 "nothing to do, unless users can have it run programs (Sieve extprograms)"},
	{FIND_CONSUMER_SHARED, "/usr/sbin/smbd", consumers_samba_is_alone, "/etc/samba/smb.conf",
	 "several users in one connection (multiuser mounts, terminal servers) share one process, "
	 "which can be in one user's set alone",
	 "where clients do so: obey pam restrictions = no"},
};

/* By the program, not by the package: dpkg's database is dpkg's. */
static bool consumer_is_installed(const struct consumer *c)
{
	return access(c->program, F_OK) == 0;
}

void doctor_consumers(struct doctor *d)
{
	char what[400];

	if (d->ctl->pamdir)
		return; /* the PAM stacks of another system: its programs are not here */
	for (size_t i = 0; i < sizeof(consumers) / sizeof(consumers[0]); i++) {
		const struct consumer *c = &consumers[i];

		if (!consumer_is_installed(c) || (c->is_well && c->is_well()))
			continue;
		text_fmt(what, sizeof(what), "%s: %s", c->where, c->what);
		doctor_find(d, c->finding, what, "%s", c->remedy);
	}
}
