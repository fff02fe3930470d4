/* SPDX-License-Identifier: MIT */
/*
 * Programs of this machine that take users in without a session, or after a refusal, or that log one in
 * by themselves.  docs/consumers.md has what was measured of each, and of those that are well.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/lint.h"

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

static bool consumers_sudo_opens(void)
{
	return sudoers_open_sessions("/etc/sudoers");
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
	{FIND_CONSUMER_NO_SESSION, "/usr/bin/sudo", consumers_sudo_opens, "/etc/sudoers",
	 "with !pam_session sudo opens no session: commands as another user stay where the caller "
	 "is",
	 "take !pam_session out of its Defaults"},
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

/* A user's name, or a switch, at @key of @files means that @program logs somebody in by itself. */
static const struct autologin {
	const char *program;
	const char *files;
	const char *key;
	const char *refused; /* the end of the sentence: what follows a refusal */
	const char *
		is_enabled; /* a switch in the same files without which @key does nothing, or NULL */
} autologins[] = {
	{"/usr/sbin/greetd", "/etc/greetd/config.toml", "[initial_session]",
	 "greetd gives up after five, and nobody gets a greeter any more"},
	{"/usr/sbin/gdm3", "/etc/gdm3/{daemon,custom}.conf", "AutomaticLoginEnable",
	 "the screen stays black"},
	{"/usr/sbin/gdm3", "/etc/gdm3/{daemon,custom}.conf", "TimedLoginEnable",
	 "the screen stays black"},
	{"/usr/sbin/lightdm", "{/etc/lightdm/lightdm.conf,/etc/lightdm/lightdm.conf.d/*.conf}",
	 "autologin-user", "the greeter appears without a word"},
	{"/usr/bin/sddm", "{/etc/sddm.conf,/etc/sddm.conf.d/*.conf}", "User",
	 "the greeter appears without a word"},
	{"/usr/bin/slim", "/etc/slim.conf", "auto_login", "it tries again, once a second"},
	{"/usr/sbin/lxdm", "/etc/lxdm/{lxdm,default}.conf", "autologin", "it tries again"},
	{"/usr/sbin/nodm", "/etc/default/nodm", "NODM_USER", "it tries again, every half a minute",
	 "NODM_ENABLED"},
};

/* Whether the file @path has the line @section: TOML, which setting_find() does not read. */
static bool consumer_has_section(const char *path, const char *section)
{
	NSI_AUTO_FILE FILE *file = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) >= 0)
		if (strncmp(line + strspn(line, " \t"), section, strlen(section)) == 0)
			return true;
	return false;
}

static bool consumer_logs_in(const struct autologin *a)
{
	char value[200];

	if (a->key[0] == '[')
		return consumer_has_section(a->files, a->key);
	if (a->is_enabled && !setting_is_on(a->files, a->is_enabled, SETTING_LAST))
		return false;
	return setting_find(a->files, a->key, SETTING_LAST, value, sizeof(value)) && value[0] &&
	       strcasecmp(value, "false") != 0 && strcasecmp(value, "no") != 0 &&
	       strcasecmp(value, "root") != 0;
}

static void consumers_check_autologins(struct doctor *d)
{
	char what[400];

	for (size_t i = 0; i < sizeof(autologins) / sizeof(autologins[0]); i++) {
		const struct autologin *a = &autologins[i];

		if (access(a->program, F_OK) != 0 || !consumer_logs_in(a))
			continue;
		text_fmt(what, sizeof(what), "%s: it logs a user in by itself (%s): refused, %s",
			 strchr(a->files, '{') ? a->program : a->files, a->key, a->refused);
		doctor_find(d, FIND_AUTOLOGIN, what, "%s",
			    "on_error = \"allow\" in a rule for that user, or a login on a console "
			    "(getty) for who mends it");
	}
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
	consumers_check_autologins(d);
}
