/* SPDX-License-Identifier: MIT */
/* The check that an id map contains the ids that a login program needs */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/idmap.h"
#include "base/text.h"
#include "ns/ns.h"

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
	int r = 0;

	text_fmt(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && r == 0 && getline(&line, &room, file) > 0) {
		char *colon = strchr(line, ':');

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
	}
	if (r == 0 && seen != 4)
		r = fail_set(f, EBADMSG, "cannot read the ids of the program that asks");
	return r;
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
