/* SPDX-License-Identifier: MIT */
#include "policy/pathname.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void pathname_simplify(char *path)
{
	const char *from = path;
	char *to = path;

	if (path[0] != '/')
		return;
	while (*(from += strspn(from, "/"))) {
		size_t len = strcspn(from, "/");

		if (len != 1 || from[0] != '.') {
			*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

bool pathname_is_component(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX || strchr(name, '/'))
		return false;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool pathname_is_normal(const char *path)
{
	const char *at = path;

	if (path[0] != '/' || strlen(path) >= PATH_MAX)
		return false;
	if (path[1] == '\0')
		return true;
	while (*at == '/') {
		size_t len = strcspn(at + 1, "/");
		const char *name = at + 1;

		if (len == 0 || len > NAME_MAX || (len == 1 && name[0] == '.') ||
		    (len == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		at = name + len;
	}
	return true;
}

bool pathname_is_within(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (strcmp(top, "/") == 0)
		return true;
	return strncmp(path, top, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* How far below a path of the system the refusal reaches. */
enum reach {
	REACH_SELF,
	REACH_BELOW
};

static const struct {
	const char *path;
	enum reach reach;
	const char *why;
} denied[] = {
	{"/", REACH_SELF, "it is the root of everything"},
	{"/bin", REACH_BELOW, "programs of the system are there"},
	{"/boot", REACH_BELOW, "the kernel is there"},
	{"/dev", REACH_BELOW, "devices are there (only /dev/shm can be)"},
	{"/etc", REACH_BELOW, "settings that root's programs trust are there"},
	{"/home", REACH_SELF, "it would hide every home (name a directory below it)"},
	{"/lib", REACH_BELOW, "libraries of the system are there"},
	{"/lib32", REACH_BELOW, "libraries of the system are there"},
	{"/lib64", REACH_BELOW, "libraries of the system are there"},
	{"/libx32", REACH_BELOW, "libraries of the system are there"},
	{"/proc", REACH_BELOW, "the kernel's view of processes is there"},
	{"/root", REACH_BELOW, "it is root's home"},
	{"/run", REACH_SELF, "sockets of the system are there (name a directory below it)"},
	{"/sbin", REACH_BELOW, "programs of the system are there"},
	{"/sys", REACH_BELOW, "the kernel's view of devices is there"},
	{"/usr", REACH_BELOW, "programs of the system are there"},
	{"/var", REACH_SELF, "state of the system is there (name a directory below it)"},
};

const char *pathname_denied(const char *path, const char *rundir, const char *statedir)
{
	if (strcmp(path, "/dev/shm") == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		if (strcmp(path, denied[i].path) == 0)
			return denied[i].why;
		if (denied[i].reach == REACH_BELOW && pathname_is_within(path, denied[i].path))
			return denied[i].why;
	}
	if (pathname_is_within(path, rundir) || pathname_is_within(rundir, path))
		return "the sockets and records of nsisolate are there";
	if (pathname_is_within(path, statedir) || pathname_is_within(statedir, path))
		return "the instances of nsisolate are kept there";
	return NULL;
}

/* Why a component lets somebody but root move what is below it, or NULL. */
static const char *pathname_weakness(const struct stat *st, bool is_last)
{
	if (S_ISLNK(st->st_mode))
		return "is a symbolic link";
	if (!S_ISDIR(st->st_mode))
		return "is not a directory";
	if (st->st_uid != 0)
		return is_last ? "does not belong to root, so its owner could move it away"
			       : "does not belong to root, so its owner could move what is below "
				 "it";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(st->st_mode & S_ISVTX))
		return is_last ? NULL : "can be written by others than root";
	return NULL;
}

enum pathname_state pathname_inspect(const char *path, char *why, size_t size)
{
	char upto[PATH_MAX];
	size_t len = 0;

	if (!pathname_is_normal(path))
		return PATHNAME_BAD;
	do {
		const char *weak;
		struct stat st;

		len += 1 + strcspn(path + len + 1, "/");
		text_fmt(upto, sizeof(upto), "%.*s", (int)len, path); /* path is shorter */
		if (lstat(upto, &st) < 0) {
			text_fmt(why, size, "%.200s: %s", upto, strerrordesc_np(errno));
			return errno == ENOENT ? PATHNAME_MISSING : PATHNAME_BAD;
		}
		weak = pathname_weakness(&st, path[len] == '\0');
		if (weak) {
			text_fmt(why, size, "%.200s %s", upto, weak);
			return PATHNAME_BAD;
		}
	} while (path[len] != '\0');
	return PATHNAME_GOOD;
}
