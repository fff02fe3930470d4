/* SPDX-License-Identifier: MIT */
/* Logins that a display manager makes by itself, for "doctor" */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"

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
static bool desktop_has_section(const char *path, const char *section)
{
	NSI_AUTO_FILE FILE *file = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) >= 0)
		if (strncmp(line + strspn(line, " \t"), section, strlen(section)) == 0)
			return true;
	return false;
}

static bool desktop_logs_in(const struct autologin *a)
{
	char value[200];

	if (a->key[0] == '[')
		return desktop_has_section(a->files, a->key);
	if (a->is_enabled && !setting_is_on(a->files, a->is_enabled, SETTING_LAST))
		return false;
	return setting_find(a->files, a->key, SETTING_LAST, value, sizeof(value)) && value[0] &&
	       strcasecmp(value, "false") != 0 && strcasecmp(value, "no") != 0 &&
	       strcasecmp(value, "root") != 0;
}

void doctor_desktop(struct doctor *d)
{
	char what[400];

	if (d->ctl->pamdir)
		return;
	for (size_t i = 0; i < sizeof(autologins) / sizeof(autologins[0]); i++) {
		const struct autologin *a = &autologins[i];

		if (access(a->program, F_OK) != 0 || !desktop_logs_in(a))
			continue;
		text_fmt(what, sizeof(what), "%s: it logs a user in by itself (%s): refused, %s",
			 strchr(a->files, '{') ? a->program : a->files, a->key, a->refused);
		doctor_find(d, FIND_AUTOLOGIN, what, "%s",
			    "on_error = \"allow\" in a rule for that user, or a login on a console "
			    "(getty) for who mends it");
	}
}
