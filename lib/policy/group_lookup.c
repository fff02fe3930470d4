/* SPDX-License-Identifier: MIT */
/* The groups that rules name, and the sources that are asked for them */
#include "policy/group_lookup.h"

#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/draft.h"
#include "policy/load.h"

enum {
	LINE_MAX_SIZE = 1024
};

int sources_add_actions(const char *line, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (line += strspn(line, " \t\n"); *line && *line != '#'; line += strspn(line, " \t\n")) {
		const int name = (int)strcspn(line, " \t\n[#");
		const char *given = line + name + strspn(line + name, " \t");
		const bool has_given = *given == '[';
		const int length = has_given ? (int)strcspn(++given, "]") : 0;
		/* The actions of the line itself come last, so they prevail. */
		const int n = snprintf(buf + used, size - used,
				       "%.*s [UNAVAIL=return TRYAGAIN=return %.*s] ", name, line,
				       length, given);

		if (n < 0 || (size_t)n >= size - used)
			return -ENAMETOOLONG;
		used += (size_t)n;
		line = given + length + (has_given && given[length] == ']');
	}
	return 0;
}

/* Finds the text behind "group:".  Returns whether there is such a line. */
static bool group_read_sources(char *buf, size_t size)
{
	NSI_AUTO_FILE FILE *file = fopen("/etc/nsswitch.conf", "re");
	char line[LINE_MAX_SIZE];

	while (file && fgets(line, sizeof(line), file)) {
		const char *start = line + strspn(line, " \t");

		if (strncmp(start, "group:", strlen("group:")) == 0)
			return snprintf(buf, size, "%s", start + strlen("group:")) < (int)size;
	}
	return false;
}

void sources_stop_at_failure(void)
{
#ifdef __GLIBC__
	char line[LINE_MAX_SIZE], actions[4 * LINE_MAX_SIZE];

	/* glibc keeps what it makes of the text, not the text (nss/nsswitch.c). */
	if (group_read_sources(line, sizeof(line)) &&
	    sources_add_actions(line, actions, sizeof(actions)) == 0 && actions[0])
		(void)__nss_configure_lookup("group", actions); /* else it is as it was */
#endif
}

/* A group of a whole university has some megabytes of members. */
enum {
	RECORD_MAX = 64 << 20
};

/* A name, and what was found out about it. */
struct known {
	int outcome;
	struct group_found found;
	char name[];
};

static int groups_compare(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Whether /etc/group has an entry of @name, or one of number *@gid for NULL; fills in *@gid. */
static bool group_is_in_file(const char *name, gid_t *gid)
{
	NSI_AUTO_FILE FILE *file = fopen("/etc/group", "re");
	const struct group *group;

	while (file && (group = fgetgrent(file)) != NULL) {
		if (name ? strcmp(group->gr_name, name) != 0 : group->gr_gid != *gid)
			continue;
		*gid = group->gr_gid;
		return true;
	}
	return false;
}

int groups_ask(const char *name, gid_t *ret)
{
	for (size_t size = 4096; size <= RECORD_MAX; size *= 4) {
		NSI_AUTO_FREE char *buf = malloc(size);
		struct group group, *found;
		int err;

		if (!buf)
			return -ENOMEM;
		err = getgrnam_r(name, &group, buf, size, &found);
		if (err == ERANGE)
			continue;
		if (found)
			*ret = found->gr_gid;
		return found ? 0 : err ? -err : GROUPS_UNKNOWN;
	}
	return -ERANGE;
}

/* The number that the policy of before has for @name. */
static bool group_find_last(const struct pol_image *last, const char *name, gid_t *ret)
{
	const struct pol_match *rows = last ? policy_table(last, POL_TABLE_MATCHES) : NULL;

	for (uint64_t i = 0; last && i < last->table[POL_TABLE_MATCHES].count; i++) {
		const struct pol_match *m = &rows[i];

		if (m->kind != POL_MATCH_RANGE || m->low != m->high ||
		    strcmp(policy_str(last, m->text), name) != 0)
			continue;
		*ret = m->low;
		return true;
	}
	return false;
}

static void group_look_up(const struct draft *d, struct known *k)
{
	int r = d->names ? d->names->find_group(d->names->arg, k->name, &k->found.gid)
			 : groups_ask(k->name, &k->found.gid);
	gid_t local;

	k->found.is_local = group_is_in_file(k->name, &local) && (r != 0 || local == k->found.gid);
	if (r < 0 && k->found.is_local) { /* behind a source that does not answer */
		k->found.gid = local;
		r = 0;
	}
	if (r < 0) {
		k->found.err = -r;
		k->outcome = group_find_last(d->last, k->name, &k->found.gid) ? GROUPS_LAST
									      : GROUPS_UNSURE;
		return;
	}
	k->outcome = r;
}

int groups_find(struct draft *d, const char *name, struct group_found *ret)
{
	NSI_AUTO_FREE struct known *fresh = calloc(1, sizeof(*fresh) + strlen(name) + 1);
	struct known **found;

	if (!fresh)
		return -ENOMEM;
	memcpy(fresh->name, name, strlen(name) + 1);
	found = tsearch(fresh, &d->groups, groups_compare);
	if (!found)
		return -ENOMEM;
	if (*found == fresh)
		group_look_up(d, nsi_take_ptr(&fresh)); /* the tree's now */
	*ret = (*found)->found;
	return (*found)->outcome;
}

bool groups_are_local(gid_t low, gid_t high)
{
	return low == high && group_is_in_file(NULL, &low);
}

void groups_done(struct draft *d)
{
	tdestroy(d->groups, free);
	d->groups = NULL;
}
