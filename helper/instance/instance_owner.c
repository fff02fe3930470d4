/* SPDX-License-Identifier: MIT */
#include "instance/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "instance/reserve.h"

enum {
	OWNER_SIZE = 2300, /* a name of NSI_NAME_SIZE with every byte escaped, and a job's */
	OWNER_JOB = 128
};

int owner_is_alias(const char *name, uid_t uid)
{
	char buf[16384];
	struct passwd pw, *found = NULL;
	int r = getpwnam_r(name, &pw, buf, sizeof(buf), &found);

	/* An error of a source, be it ENOENT, says nothing of the account (getpwnam(3)). */
	return r != 0 ? -r : found && found->pw_uid == uid;
}

static int owner_quarantine(int state_fd, const char *name, struct nsi_fail *f)
{
	NSI_AUTO_FD int to = reserve_make_dir(state_fd, state_fd, "quarantine", 0700, f);
	char aside[NAME_MAX + 1];
	uint32_t number;

	if (to < 0)
		return to;
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail_errno(f, errno, "no random number");
	text_fmt(aside, sizeof(aside), "%s-%lld-%08" PRIx32, name, (long long)time(NULL), number);
	if (renameat(state_fd, name, to, aside) < 0)
		return fail_errno(f, errno,
				  "cannot put the instances of a former owner of this uid aside");
	return 0;
}

int owner_check(int state_fd, const char *name, uid_t uid, const char *user, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir =
		path_open(state_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	char was[OWNER_SIZE], is[OWNER_SIZE];
	ssize_t n;
	int r;

	(void)text_escape(is, sizeof(is), user);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return fail_errno(f, dir, "cannot open the instances of uid %u", uid);
	n = fd_read_file(dir, "owner", was, sizeof(was));
	if (n == -ENOENT) /* a crash came between directory and file */
		return 0;
	if (n < 0)
		return fail_errno(f, (int)n, "cannot read whose the instances of uid %u are", uid);
	was[strcspn(was, "\n")] = '\0';
	r = strcmp(was, is) == 0 ? 1 : owner_is_alias(was, uid);
	if (r < 0)
		return fail_errno(f, r,
				  "the directories of uid %u are those of %.200s, and it cannot be "
				  "found out whether that is still a name of this account",
				  uid, was);
	return r > 0 ? 0 : owner_quarantine(state_fd, name, f);
}

int owner_note(int state_fd, int dir_fd, const char *user, const char *job, struct nsi_fail *f)
{
	char name[OWNER_SIZE - OWNER_JOB], text[OWNER_SIZE];
	const char *file = job ? OWNER_JOB_FILE : "owner";
	int n, r;

	if (faccessat(dir_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	n = snprintf(text, sizeof(text), job ? "%s\njob %.110s\n" : "%s\n",
		     text_escape(name, sizeof(name), user), job);
	r = reserve_write_file(state_fd, dir_fd, file, text, (size_t)n);
	return r < 0 ? fail_errno(f, r, "cannot note whose the instances are") : 0;
}
