/* SPDX-License-Identifier: MIT */
#include "setup/import_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "log/log.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"

enum {
	COPY_CHUNK = 65536,
	LINES_MAX = 6,    /* of the log, for one login: its socket has room for few at once */
	LOOKS_A_TIME = 64 /* names between two looks at the clock */
};

/* One pattern of one directory. */
struct import_search {
	struct import *import;
	int from, to;
	const char *pattern;
	uid_t uid;
	bool is_copy; /* the original stays */
};

static int import_copy_bytes(int from, int to, struct import *import)
{
	char buf[COPY_CHUNK];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(from, buf, sizeof(buf));
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		total += (size_t)n;
		if (total > IMPORT_BYTES_MAX || (uint64_t)n > import->bytes)
			return -EFBIG;
		import->bytes -= (uint64_t)n;
		r = fd_write_all(to, buf, (size_t)n);
		if (r < 0)
			return r;
	}
}

/* Makes the new file, @temp, and gives it to the user.  Returns 0 or -errno. */
static int import_make_file(const struct import_search *s, int in, const struct stat *st,
			    const char *temp)
{
	NSI_AUTO_FD int out =
		openat(s->to, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = out < 0 ? -errno : import_copy_bytes(in, out, s->import);

	if (r < 0)
		return r;
	if (fchown(out, st->st_uid, st->st_gid) < 0 || fchmod(out, st->st_mode & 0777) < 0)
		return -errno;
	if (s->is_copy) { /* by which it is known whether it is the younger one */
		const struct timespec times[2] = {st->st_atim, st->st_mtim};

		if (futimens(out, times) < 0)
			return -errno;
	}
	return close(nsi_take_fd(&out)) < 0 ? -errno : 0;
}

/*
 * The new file is complete and the user's before it has its name.  Until then its name
 * is one that nobody can guess: others may write to this directory.
 */
static int import_copy_file(const struct import_search *s, int in, const struct stat *st,
			    const char *name)
{
	char temp[48];
	uint64_t number;
	int r;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	text_fmt(temp, sizeof(temp), ".nsisolate-%016" PRIx64, number);
	r = import_make_file(s, in, st, temp);
	if (r >= 0 && renameat(s->to, temp, s->to, name) == 0)
		return 0;
	r = r < 0 ? r : -errno;
	(void)unlinkat(s->to, temp, 0); /* the error at hand says more */
	return r;
}

static bool import_is_own_file(const struct stat *st, uid_t uid)
{
	return S_ISREG(st->st_mode) && st->st_uid == uid && st->st_nlink == 1;
}

/* Whether @file of the host is what @st says, and nobody has changed it since. */
static bool import_is_unchanged(const struct import_file *file, const struct stat *st)
{
	return st->st_dev == file->dev && st->st_ino == file->ino &&
	       st->st_ctim.tv_sec == file->ctime.tv_sec &&
	       st->st_ctim.tv_nsec == file->ctime.tv_nsec;
}

/* Whether the set has a younger one of that name: the session has renewed its ticket. */
static bool import_has_younger(const struct import_search *s, const char *name,
			       const struct stat *st)
{
	struct stat there;

	return fstatat(s->to, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (there.st_mtim.tv_sec > st->st_mtim.tv_sec ||
		(there.st_mtim.tv_sec == st->st_mtim.tv_sec &&
		 there.st_mtim.tv_nsec >= st->st_mtim.tv_nsec));
}

/* It was seen to be the user's, who may have put something else there: it is looked at again. */
static int import_one(const struct import_search *s, const char *name)
{
	struct import *import = s->import;
	struct import_file *file = &import->files[import->count];
	/* O_NONBLOCK: a FIFO, or a file with a lease, must not hold the login up. */
	NSI_AUTO_FD int in =
		path_open(s->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, PATH_XDEV_NO);
	struct stat st;
	int r;

	if (in < 0)
		return in == -ENOENT ? 0 : in;
	if (fstat(in, &st) < 0)
		return -errno;
	if (!import_is_own_file(&st, s->uid) || (s->is_copy && import_has_younger(s, name, &st)))
		return 0;
	r = import_copy_file(s, in, &st, name);
	if (r < 0 || s->is_copy)
		return r;
	*file = (struct import_file){
		.from = s->from,
		.dev = st.st_dev,
		.ino = st.st_ino,
		.ctime = st.st_ctim,
	};
	(void)text_copy(file->name, sizeof(file->name), name); /* a name fits */
	import->count++;
	return 0;
}

/* Too large, no room, a directory of that name: all of it a user's doing. */
static void import_log_left(const struct import_search *s, const char *name, const char *why)
{
	char shown[NAME_MAX * 4 + 1];

	if (s->import->lines == 0)
		return;
	if (--s->import->lines == 0)
		log_line(LOG_WARNING, "more files of uid %u are not moved into the set", s->uid);
	else
		log_line(LOG_WARNING, "%.100s of uid %u is not moved into the set: %s",
			 text_escape(shown, sizeof(shown), name), s->uid, why);
}

/* Logs a file that is not imported if it is the user's; other users could make thousands. */
static bool import_is_named(const struct import_search *s, const struct dirent *e)
{
	struct stat st;

	if (fnmatch(s->pattern, e->d_name, FNM_PERIOD) != 0)
		return false;
	if (fstatat(s->from, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			import_log_left(s, e->d_name, strerrordesc_np(errno));
		return false;
	}
	if (st.st_uid != s->uid)
		return false;
	if (import_is_own_file(&st, s->uid))
		return true;
	import_log_left(s, e->d_name,
			S_ISDIR(st.st_mode)   ? "it is a directory"
			: S_ISLNK(st.st_mode) ? "it is a symbolic link"
			: S_ISREG(st.st_mode) ? "it has a second name"
					      : "it is no file");
	return false;
}

/* Whether another file may be brought, or looked for; else says why not. */
static bool import_may_go_on(const struct import_search *s, unsigned looks, bool is_found)
{
	if (is_found && s->import->count == IMPORT_FILES_MAX) {
		log_line(LOG_WARNING,
			 "not all files of uid %u are moved into the set: a login can bring %d",
			 s->uid, IMPORT_FILES_MAX);
		return false;
	}
	if (looks % LOOKS_A_TIME != 0 || clock_now_us() < s->import->end_us)
		return true;
	log_line(LOG_WARNING,
		 "not all files of uid %u to be imported could be found within %d seconds: "
		 "their directory has too many",
		 s->uid, IMPORT_SECONDS);
	return false;
}

static int import_search_dir(const struct import_search *s, struct nsi_fail *f)
{
	NSI_AUTO_DIR DIR *dir = path_list(s->from, ".");
	unsigned looks = 0;
	struct dirent *e;

	if (!dir)
		return fail_errno(f, errno, "cannot look for files to import");
	while (errno = 0, (e = readdir(dir)) != NULL) {
		const bool is_found = import_is_named(s, e);
		int r;

		if (!import_may_go_on(s, ++looks, is_found))
			return 0;
		r = is_found ? import_one(s, e->d_name) : 0;
		if (r < 0)
			import_log_left(s, e->d_name, strerrordesc_np(-r));
	}
	return errno ? fail_errno(f, errno, "cannot look for files to import") : 0;
}

static int import_list(const struct setup_plan *plan, const struct words *w, struct pol_list list,
		       struct import_search *s, struct nsi_fail *f)
{
	for (uint32_t i = 0; i < list.count; i++) {
		const char *template = policy_list_str(plan->image, list, i);
		char pattern[NAME_MAX + 1];
		int r = template_expand(template, &w->values, pattern, sizeof(pattern));

		if (r < 0)
			return fail_errno(f, r, "cannot expand %.100s of \"import\"", template);
		if (strchr(pattern, '/')) /* the name of a user can hold anything */
			return fail_set(f, EINVAL, "%.100s of \"import\" has a slash here",
					template);
		s->pattern = pattern;
		r = import_search_dir(s, f);
		if (r < 0)
			return r;
	}
	return 0;
}

/* In the set: one directory of the policy, with @from, the host's. */
static int import_dir(const struct setup_plan *plan, const struct words *w,
		      const struct pol_dir *dir, int from, struct import *import,
		      struct nsi_fail *f)
{
	NSI_AUTO_FD int to = mnt_open_target(policy_str(plan->image, dir->path), f);
	struct import_search s = {.import = import, .from = from, .to = to, .uid = plan->uid};
	int r;

	if (to < 0)
		return to;
	r = import_list(plan, w, dir->import, &s, f);
	if (r < 0)
		return r;
	s.is_copy = true;
	return import_list(plan, w, dir->copy, &s, f);
}

int import_copy(const struct setup_plan *plan, int anchor_pidfd, struct import *ret,
		struct nsi_fail *f)
{
	const struct pol_list dirs = plan->policy->dirs;
	int from[RECORD_DIRS];
	struct words w;

	ret->count = 0;
	ret->bytes = IMPORT_TOTAL_MAX;
	ret->lines = LINES_MAX;
	ret->end_us = clock_now_us() + IMPORT_SECONDS * UINT64_C(1000000);
	words_init(&w, plan);
	for (uint32_t i = 0; i < dirs.count && i < RECORD_DIRS; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, dirs.first + i);

		from[i] = policy_dir_imports(dir)
				  ? mnt_open_target(policy_str(plan->image, dir->path), f)
				  : -EBADF;
		if (policy_dir_imports(dir) && from[i] < 0)
			return from[i];
	}
	if (setns(anchor_pidfd, CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot enter the set to import files");
	for (uint32_t i = 0; i < dirs.count && i < RECORD_DIRS; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, dirs.first + i);
		int r = from[i] < 0 ? 0 : import_dir(plan, &w, dir, from[i], ret, f);

		if (r < 0)
			return r;
	}
	return 0;
}

void import_remove(const struct import *import)
{
	for (unsigned i = 0; i < import->count; i++) {
		const struct import_file *file = &import->files[i];
		struct stat st;

		if (fstatat(file->from, file->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !import_is_unchanged(file, &st))
			continue;
		if (unlinkat(file->from, file->name, 0) < 0)
			log_line(LOG_WARNING,
				 "a file of uid %u was copied into the set, and the "
				 "original cannot be removed: %s",
				 st.st_uid, strerrordesc_np(errno));
	}
}
