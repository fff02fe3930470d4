/* SPDX-License-Identifier: MIT */
#include "ctl/services.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

/* The first that matches. */
static const struct service services[] = {
	{"sshd", SERVICE_LOGIN, "logins over ssh"},
	{"login", SERVICE_LOGIN, "logins at a console"},
	{"remote", SERVICE_LOGIN, "logins over telnet"},
	{"rlogin", SERVICE_LOGIN, "logins over rlogin"},
	{"rsh", SERVICE_LOGIN, "commands over rsh"},
	{"su", SERVICE_LOGIN, "su"},
	{"su-l", SERVICE_LOGIN, "su -"},
	{"sudo", SERVICE_LOGIN, "sudo -u"},
	{"sudo-i", SERVICE_LOGIN, "sudo -i"},
	{"runuser", SERVICE_LOGIN, "runuser (root's scripts)"},
	{"runuser-l", SERVICE_LOGIN, "runuser -l (root's scripts)"},
	{"cron", SERVICE_LOGIN, "cron jobs"},
	{"crond", SERVICE_LOGIN, "cron jobs"},
	{"atd", SERVICE_LOGIN, "at jobs"},
	{"systemd-user", SERVICE_LOGIN, "their own systemd (services, timers)"},
	{"*-greeter", SERVICE_SYSTEM, "a greeter"},
	{"gdm-launch-environment", SERVICE_SYSTEM, "the greeter of gdm"},
	{"gdm*", SERVICE_LOGIN, "graphical logins"},
	{"lightdm*", SERVICE_LOGIN, "graphical logins"},
	{"sddm*", SERVICE_LOGIN, "graphical logins"},
	{"greetd", SERVICE_LOGIN, "graphical logins"},
	{"[kwlx]dm", SERVICE_LOGIN, "graphical logins"},
	{"lxdm", SERVICE_LOGIN, "graphical logins"},
	{"slim", SERVICE_LOGIN, "graphical logins"},
	{"xrdp-sesman", SERVICE_LOGIN, "remote desktops"},
	{"cockpit", SERVICE_LOGIN, "logins over the web"},
	{"vsftpd", SERVICE_LOGIN, "ftp"},
	{"proftpd", SERVICE_LOGIN, "ftp"},
	{"samba", SERVICE_LOGIN, "file sharing"},
	{"slurm*", SERVICE_LOGIN, "batch jobs"},
	{"other", SERVICE_FALLBACK, "any service without a file of its own"},
	{"chfn", SERVICE_NONE, ""},
	{"chsh", SERVICE_NONE, ""},
	{"passwd", SERVICE_NONE, ""},
	{"chpasswd", SERVICE_NONE, ""},
	{"newusers", SERVICE_NONE, ""},
	{"chage", SERVICE_NONE, ""},
	{"user*", SERVICE_NONE, ""},
	{"group*", SERVICE_NONE, ""},
	{"polkit-1", SERVICE_NONE, ""},
	{"cups", SERVICE_NONE, ""},
	{"vlock", SERVICE_NONE, ""},
	{"*lock", SERVICE_NONE, ""},
	{"*screensaver", SERVICE_NONE, ""},
	{"dovecot", SERVICE_NONE, ""},
	{"smtp*", SERVICE_NONE, ""},
	{"ppp", SERVICE_NONE, ""},
};

const struct service *service_find(const char *name)
{
	static const struct service unknown = {"", SERVICE_UNKNOWN, "sessions of a service"};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (fnmatch(services[i].pattern, name, 0) == 0)
			return &services[i];
	return &unknown;
}

static const struct late_module late[] = {
	{"pam_mount.so", NULL, 1,
	 "what it mounts is seen by this login alone, and stays when another one ends it"},
	{"pam_selinux.so", "close", 1,
	 "the context of the session is set when its directories are there already"},
	{"pam_namespace.so", NULL, 1, "it builds namespaces of its own on top of the set"},
	{"pam_systemd.so", NULL, 0,
	 "the session is registered, and its runtime directory looked for, from inside the set"},
	{"pam_systemd_home.so", NULL, 1, "the home is mounted where this login alone sees it"},
	{"pam_mkhomedir.so", NULL, 0,
	 "the home is made inside the set; over an overlay it is lost"},
	{"pam_oddjob_mkhomedir.so", NULL, 0,
	 "the home is made outside when the set has been built without it"},
	{"pam_fscrypt.so", NULL, 0, "the home is unlocked when the set is there already"},
	{"pam_ecryptfs.so", NULL, 1, "the home is mounted where this login alone sees it"},
	{"pam_zfs_key.so", NULL, 1, "the home is mounted where this login alone sees it"},
	{"pam_krb5.so", NULL, 0, "its ticket cache is made in the private /tmp"},
};

const struct late_module *late_find(const char *module, const char *args)
{
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++)
		if (strcmp(module, late[i].name) == 0 &&
		    !(late[i].unless && strstr(args, late[i].unless)))
			return &late[i];
	return NULL;
}
