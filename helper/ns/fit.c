/* SPDX-License-Identifier: MIT */
/* The ids of a map: the ranges that a user has in subuid(5), and the check for those that a login needs */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/idmap.h"
#include "base/path.h"
#include "base/text.h"
#include "ns/ns.h"

enum {
	LINE_SIZE = 1024
};

/* "alice:100000:65536" or "2001:100000:65536" (subuid(5)).  Returns 1 for one of theirs, 0, -errno. */
static int fit_read_subids(char *line, const char *user, uid_t uid, struct idmap_range *ret)
{
	char *rest = NULL, *name = strtok_r(line, ":", &rest);
	const char *first = strtok_r(NULL, ":", &rest), *count = strtok_r(NULL, "\n", &rest);
	uint64_t number, start;

	if (!name || !first || !count)
		return 0; /* a comment, an empty line */
	if (strcmp(name, user) != 0 && (text_u64(name, UINT32_MAX, &number) < 0 || number != uid))
		return 0;
	if (text_u64(first, UINT32_MAX, &start) < 0 || text_u64(count, UINT32_MAX, &number) < 0)
		return -EBADMSG;
	*ret = (struct idmap_range){(uint32_t)start, (uint32_t)start, (uint32_t)number};
	return 1;
}

int ns_add_subids(const char *path, const char *user, uid_t uid, struct idmap *map,
		  struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = path_open_trusted(path, O_RDONLY, PATH_ROOT_OWNED, f);
	NSI_AUTO_FILE FILE *file = NULL;
	char line[LINE_SIZE];
	bool found = false;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "re");
	if (!file)
		return fail_errno(f, errno, "cannot read %.64s", path);
	(void)nsi_take_fd(&fd); /* the stream's now */
	while (fgets(line, sizeof(line), file)) {
		struct idmap_range range;
		int r = fit_read_subids(line, user, uid, &range);

		if (r == 0)
			continue;
		r = r < 0 ? r : idmap_add(map, &range);
		if (r < 0)
			return fail_errno(f, r, "%.64s has an invalid range for %.64s", path, user);
		found = true;
	}
	if (ferror(file))
		return fail_errno(f, EIO, "cannot read %.64s", path);
	return found ? 0
		     : fail_set(f, ENOENT, "the map has ids of %.64s, where %.64s has none", path,
				user);
}

static int fit_lacks(const char *what, uint32_t id, const char *whose, struct nsi_fail *f)
{
	return fail_set(f, EPERM, "the %s of the set lacks %u, %s", what, id, whose);
}

/* The ids of one line of proc_pid_status(5), "Uid:\t0\t0\t0\t0"; as the kernel tells them here. */
static int fit_line(const struct idmap *map, const char *what, char *ids, struct nsi_fail *f)
{
	char *rest = NULL;

	for (const char *word = strtok_r(ids, " \t\n", &rest); word;
	     word = strtok_r(NULL, " \t\n", &rest)) {
		uint64_t id;

		if (text_u64(word, UINT32_MAX, &id) < 0)
			return fail_set(f, EBADMSG, "cannot read the ids of the program that asks");
		if (!idmap_has(map, (uint32_t)id))
			return fit_lacks(what, (uint32_t)id,
					 "an id of the program that opens the session", f);
	}
	return 0;
}

/* Threads of a process are in one user namespace, so that none of them can change it (setns(2)). */
static int fit_check_threads(const char *count, struct nsi_fail *f)
{
	return strtoul(count, NULL, 10) == 1
		       ? 0
		       : fail_set(f, ENOTSUP,
				  "the program that opens the session has several threads, with "
				  "which it cannot enter a user namespace (user = \"map\")");
}

static int fit_process(const struct idmap *uids, const struct idmap *gids, pid_t pid,
		       struct nsi_fail *f)
{
	NSI_AUTO_FILE FILE *file = NULL;
	NSI_AUTO_FREE char *line = NULL;
	unsigned seen = 0;
	char path[40];
	size_t room = 0;

	text_fmt(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && getline(&line, &room, file) > 0) {
		char *colon = strchr(line, ':');
		int r = 0;

		if (!colon)
			continue;
		*colon++ = '\0';
		seen += strcmp(line, "Uid") == 0 || strcmp(line, "Gid") == 0 ||
			strcmp(line, "Groups") == 0 || strcmp(line, "Threads") == 0;
		if (strcmp(line, "Uid") == 0)
			r = fit_line(uids, "uid_map", colon, f);
		else if (strcmp(line, "Gid") == 0 || strcmp(line, "Groups") == 0)
			r = fit_line(gids, "gid_map", colon, f);
		else if (strcmp(line, "Threads") == 0)
			r = fit_check_threads(colon + strspn(colon, " \t"), f);
		if (r < 0)
			return r;
	}
	return seen == 4 ? 0 : fail_set(f, EBADMSG, "cannot read the ids of the program that asks");
}

int ns_fits(const struct idmap *uids, const struct idmap *gids, const struct ns_login *login,
	    struct nsi_fail *f)
{
	if (!idmap_has(uids, 0))
		return fit_lacks("uid_map", 0, "root", f);
	if (!idmap_has(gids, 0))
		return fit_lacks("gid_map", 0, "root's group", f);
	if (!idmap_has(uids, login->uid))
		return fit_lacks("uid_map", login->uid, "the user", f);
	if (!idmap_has(gids, login->gid))
		return fit_lacks("gid_map", login->gid, "the user's group", f);
	for (uint32_t i = 0; i < login->group_count; i++)
		if (!idmap_has(gids, login->groups[i]))
			return fit_lacks("gid_map", login->groups[i], "a group that the user is in",
					 f);
	return fit_process(uids, gids, login->pid, f);
}
