/* SPDX-License-Identifier: MIT */
#include "ctl/modules.h"

#include <stddef.h>
#include <string.h>

/* For "systemd-user", pam_systemd(8) registers nothing: it only sets variables. */
static const struct late_module late[] = {
	{"pam_mount.so", NULL, NULL, true,
	 "what it mounts is seen by this login alone, and stays when another one ends it"},
	{"pam_selinux.so", "close", NULL, true,
	 "the context of the session is set when its directories are there already"},
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
