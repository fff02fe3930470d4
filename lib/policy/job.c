/* SPDX-License-Identifier: MIT */
#include "policy/job.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char job_word[] = "%{job}";

/*
 * Slurm, version 2: the scope is a child of a slice at the top, and has the node's name in front where
 * a machine has several slurmd.  Version 1: "slurm", or "slurm_NODE".
 */
static const char *const job_slurm[] = {
	"/*.slice/*slurmstepd.scope/job_%{job}",
	"/slurm*/uid_*/job_%{job}",
	NULL,
};

static const struct {
	const char *word;
	const char *const *patterns;
} job_managers[] = {
	{"slurm", job_slurm},
};

static const char *const *job_patterns(const char *word)
{
	for (size_t i = 0; i < sizeof(job_managers) / sizeof(job_managers[0]); i++)
		if (strcmp(job_managers[i].word, word) == 0)
			return job_managers[i].patterns;
	return NULL;
}

bool job_is_manager(const char *text)
{
	return job_patterns(text) != NULL;
}

static bool job_is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-_.:@+~", c));
}

/* Absolute, without "//", "." and "..", with %{job} once, in the last part. */
static bool job_is_pattern(const char *text)
{
	const char *word = strstr(text, job_word);

	if (text[0] != '/' || !word || strchr(word, '/') || strlen(text) >= JOB_PATH)
		return false;
	for (const char *at = strchr(text, '%'); at; at = strchr(at + 1, '%'))
		if (at != word)
			return false;
	for (const char *at = text; at; at = strchr(at + 1, '/')) {
		const size_t len = strcspn(at + 1, "/");

		if (len == 0 || (len == 1 && at[1] == '.') || strncmp(at + 1, "../", 3) == 0)
			return false;
	}
	return true;
}

int job_check(const char *text)
{
	return job_is_manager(text) || job_is_pattern(text) ? 0 : -EINVAL;
}

/* The match of a pattern with the begin of a path. */
struct job_match {
	const char *name; /* in the path */
	size_t name_len;
	const char *end; /* of what matched */
};

/*
 * Whether @pattern matches @at up to the end of a part of the path; "*" and %{job} take as little
 * as they can, and give way by recursion, which is as deep as the pattern has of them.
 */
static bool job_matches(const char *pattern, const char *at, struct job_match *m)
{
	for (; *pattern; pattern++, at++) {
		if (*pattern == '*') {
			for (;; at++) {
				if (job_matches(pattern + 1, at, m))
					return true;
				if (*at == '\0' || *at == '/')
					return false;
			}
		}
		if (strncmp(pattern, job_word, sizeof(job_word) - 1) == 0) {
			m->name = at;
			for (m->name_len = 1; job_is_name_char(at[m->name_len - 1]); m->name_len++)
				if (job_matches(pattern + sizeof(job_word) - 1, at + m->name_len,
						m))
					return true;
			return false;
		}
		if (*pattern != *at)
			return false;
	}
	m->end = at;
	return *at == '\0' || *at == '/';
}

static bool job_match_path(const char *pattern, const char *path, struct job_place *ret)
{
	struct job_match m = {0};
	size_t len;

	if (!job_matches(pattern, path, &m))
		return false;
	len = (size_t)(m.end - path);
	if (m.name_len >= sizeof(ret->name) || len >= sizeof(ret->path))
		return false;
	memcpy(ret->name, m.name, m.name_len);
	ret->name[m.name_len] = '\0';
	memcpy(ret->path, path, len);
	ret->path[len] = '\0';
	return strcmp(ret->name, ".") != 0 && strcmp(ret->name, "..") != 0;
}

static bool job_match_any(const char *text, const char *path, struct job_place *ret)
{
	const char *const *patterns = job_patterns(text);

	if (!patterns)
		return job_match_path(text, path, ret);
	for (; *patterns; patterns++)
		if (job_match_path(*patterns, path, ret))
			return true;
	return false;
}

/* How well a hierarchy tells of a job: version 2 reports its end, the freezer has all of its processes. */
static int job_rank(const char *tree)
{
	if (tree[0] == '\0')
		return 3;
	return strcmp(tree, "freezer") == 0 ? 2 : 1;
}

/* One line of /proc/PID/cgroup, "ID:CONTROLLERS:PATH".  False if it is cut short or of no job. */
static bool job_match_line(const char *text, const char *line, size_t len, struct job_place *ret)
{
	const char *tree = memchr(line, ':', len), *path;
	char copy[4096];
	size_t tree_len;

	path = tree ? memchr(tree + 1, ':', len - (size_t)(tree + 1 - line)) : NULL;
	if (!path || len - (size_t)(path - line) > sizeof(copy))
		return false;
	tree_len = (size_t)(path - tree) - 1;
	if (tree_len >= sizeof(ret->tree))
		return false;
	len -= (size_t)(path + 1 - line);
	memcpy(copy, path + 1, len);
	copy[len] = '\0';
	if (!job_match_any(text, copy, ret))
		return false;
	memcpy(ret->tree, tree + 1, tree_len);
	ret->tree[tree_len] = '\0';
	return true;
}

bool job_find(const char *text, const char *cgroups, struct job_place *ret)
{
	int best = 0;

	for (const char *line = cgroups; *line; line += *line == '\n') {
		const size_t len = strcspn(line, "\n");
		struct job_place place;

		if (job_match_line(text, line, len, &place) && job_rank(place.tree) > best) {
			best = job_rank(place.tree);
			*ret = place;
		}
		line += len;
	}
	return best > 0;
}
