/* SPDX-License-Identifier: MIT */
/* The files and directories with their owners and modes, for "doctor" */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/pam_session.h"
#include "ctl/sets.h"
#include "login/off.h"

static void places_check_dir(struct doctor *d, const char *name, const char *path)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int fd = path_open_trusted(path, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, &f);
	char what[400];
	struct stat st;

	if (fd == -ENOENT) {
		doctor_good(d, name, "%s is not there yet; the first login makes it", path);
		return;
	}
	if (fd < 0) {
		text_fmt(what, sizeof(what), "%s: %s", name, f.what);
		doctor_find(d, FIND_DIRECTORY_UNSAFE, what,
			    "every login is refused until it is root's alone, from / on");
		return;
	}
	if (fstat(fd, &st) == 0 && (st.st_mode & 07777) != 0700) {
		text_fmt(what, sizeof(what), "%s: %s has mode %04o, not 0700", name, path,
			 st.st_mode & 07777);
		doctor_find(d, FIND_DIRECTORY_UNSAFE, what, "chmod 0700 %s", path);
		return;
	}
	doctor_good(d, name, "%s", path);
}

static void places_check_program(struct doctor *d, const char *name, const char *path, mode_t need)
{
	NSI_AUTO_FREE char *real = realpath(path, NULL); /* /lib may be a link to /usr/lib */
	struct nsi_fail f = {""};
	NSI_AUTO_FD int fd = path_open_trusted(real ? real : path, O_PATH, PATH_ROOT_OWNED, &f);
	char what[400];
	struct stat st;

	if (fd < 0)
		text_fmt(what, sizeof(what), "%s: %s", name, f.what);
	else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & need) != need)
		text_fmt(what, sizeof(what), "%s: %s is no file that can be used", name, path);
	else {
		doctor_good(d, name, "%s", path);
		return;
	}
	doctor_find(d, FIND_FILE_UNUSABLE, what, "install it again");
}

static void places_check_off(struct doctor *d)
{
	char why[300], what[340];

	if (!off_is_set(d->ctl->rundir, why, sizeof(why)))
		return;
	text_fmt(what, sizeof(what), "break-glass: %s; nobody is isolated", why);
	doctor_find(d, FIND_SWITCHED_OFF, what,
		    "remove it when what it was made for has been mended");
}

static void places_check_bad_records(struct doctor *d)
{
	char path[400];
	struct dirent *e;
	DIR *dir;

	text_fmt(path, sizeof(path), "%s/sets", d->ctl->rundir);
	dir = opendir(path);
	while (dir && (e = readdir(dir)) != NULL) {
		char what[800];

		if (strncmp(e->d_name, ".bad-", 5) != 0)
			continue;
		text_fmt(what, sizeof(what), "records: %s/%s could not be read and was set aside",
			 path, e->d_name);
		doctor_find(d, FIND_RECORD_BAD, what,
			    "look for what is left of its set with lsns(8), then remove it");
	}
	if (dir)
		(void)closedir(dir); /* was only read */
}

/* Whether SELinux enforces. */
static bool places_selinux_enforces(void)
{
	char text[8];

	return fd_read_file(AT_FDCWD, "/sys/fs/selinux/enforce", text, sizeof(text)) > 0 &&
	       text[0] == '1';
}

/* Our policy module gives the rundir a type of its own, by which programs that are confined may reach it. */
static void places_check_label(struct doctor *d)
{
	char label[300] = "", what[700];
	ssize_t size;

	if (!d->has_selinux || !places_selinux_enforces())
		return;
	size = getxattr(d->ctl->rundir, "security.selinux", label, sizeof(label) - 1);
	if (size < 0) {
		text_fmt(what, sizeof(what), "SELinux: the label of %.300s cannot be read: %s",
			 d->ctl->rundir, strerror(errno));
		doctor_find(d, FIND_SELINUX_MODULE, what, "systemctl start nsisolate.socket");
		return;
	}
	if (strstr(label, ":nsisolate_runtime_t:")) {
		doctor_good(d, "SELinux", "%s has the type of the policy module", d->ctl->rundir);
		return;
	}
	text_fmt(what, sizeof(what),
		 "SELinux: %.300s has the label %s: sshd and other confined programs cannot reach "
		 "the helper, and refuse their logins",
		 d->ctl->rundir, label);
	doctor_find(d, FIND_SELINUX_MODULE, what, "semodule -i %s && restorecon -RF %s",
		    NSI_SELINUX_MODULE, d->ctl->rundir);
}

void doctor_places(struct doctor *d)
{
	places_check_program(d, "module", NSI_MODULE, 0444);
	places_check_program(d, "helper", NSI_HELPER, 0111);
	places_check_dir(d, "rundir", d->ctl->rundir);
	places_check_dir(d, "statedir", d->ctl->statedir);
	places_check_label(d);
	places_check_off(d);
	places_check_bad_records(d);
}

/* Where distributions have libpam, one directory for each architecture. */
#define LIBPAM "{/usr,}/lib{,32,64,x32,/*-linux-*}/libpam.so.0"

static bool places_has_module(const char *libpam)
{
	int len = (int)(strrchr(libpam, '/') - libpam);
	char path[400];

	text_fmt(path, sizeof(path), "%.*s/security/pam_nsisolate.so", len, libpam);
	if (access(path, F_OK) == 0)
		return true;
	/* Debian 12 has libpam below /lib, and modules there or below /usr/lib. */
	text_fmt(path, sizeof(path), "/usr%.*s/security/pam_nsisolate.so", len, libpam);
	return strncmp(libpam, "/usr/", 5) != 0 && access(path, F_OK) == 0;
}

/* Of merged /usr, one of the two names: /lib/x is /usr/lib/x. */
static bool places_is_same_again(const char *libpam)
{
	char usr[400];

	text_fmt(usr, sizeof(usr), "/usr%s", libpam);
	return strncmp(libpam, "/usr/", 5) != 0 && access(usr, F_OK) == 0;
}

void doctor_architectures(struct doctor *d)
{
	glob_t libraries = {0};
	char what[700];

	if (d->ctl->pamdir || access(NSI_MODULE, F_OK) != 0)
		return; /* another system, or no module at all, which is reported already */
	if (glob(LIBPAM, GLOB_BRACE, NULL, &libraries) != 0)
		libraries.gl_pathc = 0;
	for (size_t i = 0; i < libraries.gl_pathc; i++) {
		const char *libpam = libraries.gl_pathv[i];

		if (places_is_same_again(libpam) || places_has_module(libpam))
			continue;
		text_fmt(what, sizeof(what),
			 "%.300s: it has no pam_nsisolate.so beside it, so programs of its "
			 "architecture that open a session refuse everybody, root, too",
			 libpam);
		doctor_find(d, FIND_ARCHITECTURE_MODULE, what, "%s",
			    strstr(libpam, "i386") ? "apt-get install libpam-nsisolate:i386"
						   : "install the module of that architecture");
	}
	globfree(&libraries);
}

static void places_check_sets(struct doctor *d)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct nsi_fail f = {""};

	if (views_read(d->ctl, false, &list, &f) < 0)
		return; /* faults of the rundir are reported already */
	for (unsigned i = 0; i < list.count; i++) {
		char what[200];

		if (list.rows[i].state != VIEW_ORPHANED)
			continue;
		text_fmt(what, sizeof(what),
			 "sets: the anchor of set %llu (%.60s) is gone; its sessions go on",
			 (unsigned long long)list.rows[i].rec.id, list.rows[i].rec.user);
		doctor_find(d, FIND_SET_ORPHANED, what,
			    "nsisolate gc starts a helper, which mends it");
	}
}

void doctor_helper(struct doctor *d)
{
	struct nsi_fail f = {""};
	int r = session_ping(d->ctl, &f);
	char what[400];

	if (geteuid() != 0)
		return;
	places_check_sets(d);
	if (r == 0)
		doctor_good(d, "socket", "a helper answers at %s/helper.sock", d->ctl->rundir);
	else if (r == CLIENT_NO_HELPER && access("/run/systemd/system", F_OK) == 0)
		doctor_find(d, FIND_SOCKET_MISSING,
			    "socket: systemd runs here, and nobody listens for logins",
			    "systemctl enable --now nsisolate.socket");
	else if (r == CLIENT_NO_HELPER)
		doctor_good(d, "socket", "no helper is running; the next login starts one");
	else {
		text_fmt(what, sizeof(what), "socket: %s", f.what);
		doctor_find(d, FIND_SOCKET_BROKEN, what,
			    "end the helper that is there (SIGTERM); sets live on");
	}
}
