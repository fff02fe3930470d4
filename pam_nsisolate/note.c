/* SPDX-License-Identifier: MIT */
/* Refusals at display managers: notes in ~/.xsession-errors, and the end of those that go on */
#include "pam_nsisolate/report.h"

#include <fcntl.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "wire/wire.h"

#define NOTE_FILE ".xsession-errors"

enum {
	NOTE_FILE_MAX = 1 << 20 /* bytes: an autologin may be refused once a second */
};

/*
 * When these open a session their greeter has closed, or shows a text of its own: of them GDM 43
 * alone shows messages of PAM.  Measured with the versions of Debian 12 and 13: docs/desktops.md.
 */
static const char *const note_services[] = {
	"lightdm",
	"lightdm-autologin",
	"sddm",
	"sddm-autologin",
	"gdm-password",
	"gdm-autologin",
	"gdm-fingerprint",
	"xdm",
	"wdm",
	"lxdm",
	"slim",
	"nodm",
	"greetd",
	"xrdp-sesman",
};

static bool note_is_for(const char *service)
{
	for (size_t i = 0; i < sizeof(note_services) / sizeof(note_services[0]); i++)
		if (strcmp(service, note_services[i]) == 0)
			return true;
	return false;
}

/* As the user.  Without waiting for anything: neither for a reader of a FIFO nor for a lease. */
static void note_write(const char *path, uid_t uid, const char *line)
{
	NSI_AUTO_FD int fd =
		open(path,
		     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		     0600);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == uid &&
	    st.st_size < NOTE_FILE_MAX)
		(void)!write(fd, line, strlen(line));
}

static int note_format(char *dst, size_t size, const char *sentence)
{
	const time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (!localtime_r(&now, &tm) || strftime(when, sizeof(when), "%F %T", &tm) == 0)
		when[0] = '\0';
	return snprintf(dst, size, "%s pam_nsisolate: %s\n", when, sentence);
}

void note_refusal(pam_handle_t *pamh, const struct nsi_open *open, const char *sentence)
{
	PAM_MODUTIL_DEF_PRIVS(privs);
	char path[NSI_PATH_SIZE + sizeof("/" NOTE_FILE)], line[NSI_TEXT_SIZE + 128];
	char user[sizeof(open->user)];
	struct passwd pw = {.pw_name = user, .pw_uid = open->uid, .pw_gid = open->gid};
	int n;

	if (!note_is_for(open->service) || open->uid == 0 || open->home[0] != '/')
		return;
	n = note_format(line, sizeof(line), sentence);
	if (n < 0 || (size_t)n >= sizeof(line) || text_copy(user, sizeof(user), open->user) < 0)
		return;
	text_fmt(path, sizeof(path), "%s/" NOTE_FILE, open->home); /* room was made */
	if (pam_modutil_drop_priv(pamh, &privs, &pw) != 0)
		return;
	note_write(path, open->uid, line);
	if (pam_modutil_regain_priv(pamh, &privs) != 0)
		pam_syslog(pamh, LOG_ERR,
			   "cannot get the groups and file-system ids of before back");
}

/*
 * Each opens the session in a process of its own for one display or one login, so that nobody
 * else's session ends with it.  Measured with the versions of Debian 12 and 13: docs/desktops.md.
 */
static const struct insist {
	const char *service;
	int status;
} insist_services[] = {
	{"xdm", 1},  /* REMANAGE_DISPLAY of dm.h: the server is reset, and there is a new greeter */
	{"wdm", 1},  /* the same source */
	{"lxdm", 1}, /* any */
};

void insist_on_refusal(pam_handle_t *pamh, const char *service)
{
	for (size_t i = 0; i < sizeof(insist_services) / sizeof(insist_services[0]); i++) {
		const struct insist *row = &insist_services[i];

		if (strcmp(service, row->service) != 0)
			continue;
		pam_syslog(pamh, LOG_NOTICE,
			   "%s goes on after a refusal, so its process for this login is ended",
			   row->service);
		_exit(row->status);
	}
}
