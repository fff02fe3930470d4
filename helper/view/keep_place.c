/* SPDX-License-Identifier: MIT */
#include "view/keep_place.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"

/* Whether the account @name has this uid; one that is not known has none. */
static bool keep_kept_is_user(const char *name, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buf[16384];

	return getpwnam_r(name, &pw, buf, sizeof(buf), &found) == 0 && found &&
	       found->pw_uid == uid;
}

bool kept_is_trusted(const struct stat *st, const char *users)
{
	if (S_ISDIR(st->st_mode) || st->st_uid == 0)
		return st->st_uid == 0 && (S_ISDIR(st->st_mode) || S_ISSOCK(st->st_mode));
	if (!S_ISSOCK(st->st_mode))
		return false;
	while (*users) {
		const size_t size = strcspn(users, ",");
		char name[256];

		text_fmt(name, sizeof(name), "%.*s", (int)size, users);
		if (keep_kept_is_user(name, st->st_uid))
			return true;
		users += size + (users[size] == ',');
	}
	return false;
}

int kept_make_place(int mount, int instance, const char *name, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = -EBADF;
	struct stat want, st;
	int r;

	if (fstat(mount, &want) < 0)
		return fail_errno(f, errno, "cannot look at %s", name);
	if (S_ISDIR(want.st_mode))
		r = mkdirat(instance, name, 01777) < 0 ? -errno : 0;
	else
		r = mknodat(instance, name, S_IFREG, 0) < 0 ? -errno : 0;
	if (r < 0 && r != -EEXIST)
		return fail_errno(f, r, "cannot make a place for %s", name);
	target = path_open(instance, name, O_PATH | O_NOFOLLOW, PATH_ANY);
	if (target < 0 || fstat(target, &st) < 0)
		return fail_errno(f, target < 0 ? target : errno, "cannot open %s", name);
	if (S_ISDIR(want.st_mode) != S_ISDIR(st.st_mode))
		return fail_errno(f, S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR, "cannot cover %s",
				  name);
	return nsi_take_fd(&target);
}
