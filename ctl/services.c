/* SPDX-License-Identifier: MIT */
#include "ctl/services.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

/*
 * The first that matches.  tests/unit/ctl/debian-services lists the files that packages of
 * Debian 12 and 13 have; each of them is found here.
 */
static const struct service services[] = {
	{"sshd", SERVICE_LOGIN, "logins over ssh"},
	{"login", SERVICE_LOGIN, "logins at a console"},
	{"remote", SERVICE_LOGIN, "logins over telnet"},
	{"rlogin", SERVICE_LOGIN, "logins over rlogin"},
	{"rsh", SERVICE_LOGIN, "commands over rsh"},
	{"rexec", SERVICE_LOGIN, "commands over rexec"},
	{"su", SERVICE_LOGIN, "su"},
	{"su-l", SERVICE_LOGIN, "su -"},
	{"sudo", SERVICE_LOGIN, "sudo -u"},
	{"sudo-i", SERVICE_LOGIN, "sudo -i"},
	{"doas", SERVICE_LOGIN, "doas -u"},
	{"polkit-1", SERVICE_LOGIN, "pkexec --user"},
	{"systemd-run0", SERVICE_LOGIN, "run0 -u"},
	{"runuser", SERVICE_ROOT, "runuser (root's scripts)"},
	{"runuser-l", SERVICE_ROOT, "runuser -l (root's scripts)"},
	{"cron", SERVICE_LOGIN, "cron jobs"},
	{"crond", SERVICE_LOGIN, "cron jobs"},
	{"cronie", SERVICE_LOGIN, "cron jobs"},
	{"fcron", SERVICE_LOGIN, "cron jobs"},
	{"atd", SERVICE_LOGIN, "at jobs"},
	{"systemd-user", SERVICE_LOGIN, "their own systemd (services, timers)"},
	{"*-greeter", SERVICE_SYSTEM, "a greeter"},
	{"gdm-launch-environment", SERVICE_SYSTEM, "the greeter of gdm"},
	{"gdm*", SERVICE_LOGIN, "graphical logins"},
	{"lightdm*", SERVICE_LOGIN, "graphical logins"},
	{"sddm*", SERVICE_LOGIN, "graphical logins"},
	{"plasmalogin*", SERVICE_LOGIN, "graphical logins"},
	{"greetd", SERVICE_LOGIN, "graphical logins"},
	{"phosh", SERVICE_LOGIN, "graphical logins"},
	{"[kwlx]dm", SERVICE_LOGIN, "graphical logins"},
	{"lxdm", SERVICE_LOGIN, "graphical logins"},
	{"slim", SERVICE_LOGIN, "graphical logins"},
	{"nodm", SERVICE_LOGIN, "graphical logins"},
	{"emptty", SERVICE_LOGIN, "graphical logins"},
	{"ly", SERVICE_LOGIN, "graphical logins"},
	{"xrdp-sesman", SERVICE_LOGIN, "remote desktops"},
	{"tigervnc", SERVICE_LOGIN, "remote desktops"},
	{"weston-remote-access", SERVICE_LOGIN, "remote desktops"},
	{"cockpit", SERVICE_LOGIN, "logins over the web"},
	{"vsftpd", SERVICE_LOGIN, "ftp"},
	{"proftpd", SERVICE_LOGIN, "ftp"},
	{"pure-ftpd", SERVICE_LOGIN, "ftp"},
	{"ftp", SERVICE_LOGIN, "ftp"},
	{"netatalk", SERVICE_LOGIN, "file sharing"},
	{"samba", SERVICE_LOGIN, "file sharing"},
	{"schroot", SERVICE_LOGIN, "sessions in a chroot"},
	{"slurm*", SERVICE_LOGIN, "batch jobs"},
	{"newrole", SERVICE_LOGIN, "newrole"},
	{"ppp", SERVICE_LOGIN, "logins over ppp"},
	{"other", SERVICE_FALLBACK,
	 "any service without a file of its own, such as run0 (systemd-run0) and slurm,"},
	/* These ask who somebody is, and open no session. */
	{"chfn", SERVICE_NONE, ""},
	{"chsh", SERVICE_NONE, ""},
	{"passwd", SERVICE_NONE, ""},
	{"chpasswd", SERVICE_NONE, ""},
	{"newusers", SERVICE_NONE, ""},
	{"chage", SERVICE_NONE, ""},
	{"user*", SERVICE_NONE, ""},
	{"group*", SERVICE_NONE, ""},
	{"sssd-shadowutils", SERVICE_NONE, ""},
	{"run_init", SERVICE_NONE, ""},
	{"fcrontab", SERVICE_NONE, ""},
	{"fcronsighup", SERVICE_NONE, ""},
	{"vmtoolsd", SERVICE_NONE, ""},
	{"cups", SERVICE_NONE, ""},
	{"vlock", SERVICE_NONE, ""},
	{"physlock", SERVICE_NONE, ""},
	{"screen", SERVICE_NONE, ""},
	{"xlock", SERVICE_NONE, ""},
	{"xtrlock-pam", SERVICE_NONE, ""},
	{"i3lock", SERVICE_NONE, ""},
	{"swaylock", SERVICE_NONE, ""},
	{"waylock", SERVICE_NONE, ""},
	{"hyprlock", SERVICE_NONE, ""},
	{"gtklock", SERVICE_NONE, ""},
	{"kde", SERVICE_NONE, ""},
	{"kde-*", SERVICE_NONE, ""},
	{"kscreenlocker*", SERVICE_NONE, ""},
	{"kcheckpass", SERVICE_NONE, ""},
	{"*lock", SERVICE_NONE, ""},
	{"*screensaver*", SERVICE_NONE, ""},
	{"dovecot", SERVICE_NONE, ""},
	{"imap", SERVICE_NONE, ""},
	{"imap[34]*", SERVICE_NONE, ""},
	{"pop", SERVICE_NONE, ""},
	{"pop3", SERVICE_NONE, ""},
	{"pop3d", SERVICE_NONE, ""},
	{"sieve", SERVICE_NONE, ""},
	{"lmtp", SERVICE_NONE, ""},
	{"mupdate", SERVICE_NONE, ""},
	{"nntp", SERVICE_NONE, ""},
	{"nnrpd", SERVICE_NONE, ""},
	{"gnu-*", SERVICE_NONE, ""},
	{"esmtp", SERVICE_NONE, ""},
	{"smtp*", SERVICE_NONE, ""},
	{"webmail", SERVICE_NONE, ""},
	{"calendar", SERVICE_NONE, ""},
	{"popa3d", SERVICE_NONE, ""},
	{"perdition", SERVICE_NONE, ""},
	{"jabberd", SERVICE_NONE, ""},
	{"ejabberd", SERVICE_NONE, ""},
	{"radiusd", SERVICE_NONE, ""},
	{"tac_plus", SERVICE_NONE, ""},
	{"ocserv", SERVICE_NONE, ""},
	{"pwauth", SERVICE_NONE, ""},
	{"sockd", SERVICE_NONE, ""},
	{"pcsd", SERVICE_NONE, ""},
	{"postgresql", SERVICE_NONE, ""},
	{"mysql", SERVICE_NONE, ""},
	{"mariadb", SERVICE_NONE, ""},
	{"calife", SERVICE_NONE, ""},
	{"please", SERVICE_NONE, ""},
	{"super", SERVICE_NONE, ""},
	{"frr", SERVICE_NONE, ""},
	{"x2gobroker", SERVICE_NONE, ""},
	{"weston-authenticate", SERVICE_NONE, ""},
};

const struct service *service_find(const char *name)
{
	static const struct service unknown = {"", SERVICE_UNKNOWN, "sessions of a service"};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (fnmatch(services[i].pattern, name, 0) == 0)
			return &services[i];
	return &unknown;
}

/* For "systemd-user", pam_systemd(8) registers nothing: it only sets variables. */
static const struct late_module late[] = {
	{"pam_mount.so", NULL, NULL, true,
	 "what it mounts is seen by this login alone, and stays when another one ends it"},
	{"pam_selinux.so", "close", NULL, false,
	 "in a set with another root, which may have no /etc/selinux, it leaves the session in the "
	 "domain of the program that opened it"},
	{"pam_namespace.so", NULL, NULL, true, "it builds namespaces of its own on top of the set"},
	{"pam_systemd.so", NULL, "systemd-user", false,
	 "the session is registered, and its runtime directory looked for, from inside the set"},
	{"pam_systemd_home.so", NULL, NULL, true,
	 "the home is mounted where this login alone sees it"},
	{"pam_mkhomedir.so", NULL, NULL, false,
	 "the home is made inside the set; over an overlay it is lost"},
	{"pam_oddjob_mkhomedir.so", NULL, NULL, false,
	 "the home is made outside when the set has been built without it"},
	{"pam_fscrypt.so", NULL, NULL, false, "the home is unlocked when the set is there already"},
	{"pam_ecryptfs.so", NULL, NULL, true, "the home is mounted where this login alone sees it"},
	{"pam_zfs_key.so", NULL, NULL, true, "the home is mounted where this login alone sees it"},
	{"pam_krb5.so", NULL, NULL, false, "its ticket cache is made in the private /tmp"},
};

const struct late_module *late_find(const char *module, const char *args, const char *service)
{
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		const struct late_module *row = &late[i];

		if (strcmp(module, row->name) != 0)
			continue;
		if ((row->unless && strstr(args, row->unless)) ||
		    (row->but_for && strcmp(service, row->but_for) == 0))
			return NULL;
		return row;
	}
	return NULL;
}

bool module_is_starter(const char *module)
{
	static const char *const starters[] = {
		"pam_gnome_keyring.so", "pam_kwallet.so", "pam_kwallet5.so", "pam_kwallet6.so",
		"pam_exec.so",          "pam_script.so",  "pam_ssh.so",      "pam_python.so",
		"pam_xauth.so",         "pam_rundir.so",
	};

	for (size_t i = 0; i < sizeof(starters) / sizeof(starters[0]); i++)
		if (strcmp(module, starters[i]) == 0)
			return true;
	return false;
}

static const struct early_module early[] = {
	{"pam_mount.so", true, "unmounts inside the set at close, and the host keeps it mounted"},
	{"pam_ecryptfs.so", true,
	 "unmounts inside the set at close, and the host keeps it mounted"},
	{"pam_encfs.so", true, "unmounts inside the set at close, and the host keeps it mounted"},
	{"pam_zfs_key.so", true, "unmounts inside the set at close, and the host keeps it mounted"},
	{"pam_fscrypt.so", false, "locks the home from inside the set at close"},
};

const struct early_module *early_find(const char *module)
{
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		if (strcmp(module, early[i].name) == 0)
			return &early[i];
	return NULL;
}
