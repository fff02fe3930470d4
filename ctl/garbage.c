/* SPDX-License-Identifier: MIT */
#include "ctl/garbage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/sets.h"
#include "instance/instance.h"

/* The context of a search of the statedir. */
struct look {
	const struct ctl *ctl;
	const struct view_list *sets; /* all of them, dead ones too */
	struct garbage *found;
	bool out_of_memory;
};

void garbage_done(struct garbage *g)
{
	for (unsigned i = 0; i < g->count; i++)
		free(g->items[i].what);
	free(g->items);
	*g = (struct garbage){0};
}

static void __attribute__((format(printf, 3, 4)))
garbage_add(struct look *l, const char *why, const char *fmt, ...)
{
	struct garbage *g = l->found;
	struct garbage_item *more = realloc(g->items, (g->count + 1) * sizeof(*more));
	va_list ap;
	int n = -1;

	if (more) {
		g->items = more;
		text_fmt(more[g->count].why, sizeof(more[g->count].why), "%s", why);
		va_start(ap, fmt);
		n = vasprintf(&more[g->count].what, fmt, ap);
		va_end(ap);
	}
	if (n < 0)
		l->out_of_memory = true;
	else
		g->count++;
}

static void garbage_look_at_records(struct look *l)
{
	for (unsigned i = 0; i < l->sets->count; i++) {
		const struct set_record *rec = &l->sets->rows[i].rec;

		if (l->sets->rows[i].state == VIEW_DEAD)
			garbage_add(l, "a set that nobody is in any more", "%s/sets/%" PRIu64,
				    l->ctl->rundir, rec->id);
	}
}

static bool garbage_is_live(const struct look *l, uint64_t id)
{
	for (unsigned i = 0; i < l->sets->count; i++)
		if (l->sets->rows[i].rec.id == id && l->sets->rows[i].state != VIEW_DEAD)
			return true;
	return false;
}

/* Whether a set has it: then it stays, whatever its age. */
static bool garbage_is_in_use(int dirfd, const char *name)
{
	NSI_AUTO_FD int lock = meta_lock_unused(dirfd, name); /* closing gives it up */

	return lock == -EWOULDBLOCK;
}

static void garbage_look_at_instances(struct look *l, int state_fd, const char *owner)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, owner);
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		struct instance_meta meta;

		if (e->d_name[0] == '.' || e->d_type == DT_REG ||
		    instance_meta_read(dirfd(dir), e->d_name, &meta) < 0 ||
		    !instance_is_over(&meta, l->sets->boot_id, (uint64_t)time(NULL)) ||
		    garbage_is_in_use(dirfd(dir), e->d_name))
			continue;
		garbage_add(l, "not used for longer than its policy keeps it", "%s/%s/%s",
			    l->ctl->statedir, owner, e->d_name);
	}
}

/* "s<boot>-<id>": the directories of one set. */
static void garbage_look_at_set(struct look *l, int state_fd, const char *name)
{
	char owner[128];
	uint64_t id;

	text_fmt(owner, sizeof(owner), "%.64s/" OWNER_JOB_FILE, name);
	if (faccessat(state_fd, owner, F_OK, AT_SYMLINK_NOFOLLOW) ==
	    0) /* a job's: retained beyond it */
		garbage_look_at_instances(l, state_fd, name);
	else if (strncmp(name + 1, l->sets->boot_id, 8) != 0 || name[9] != '-')
		garbage_add(l, "of a set before this boot", "%s/%s", l->ctl->statedir, name);
	else if (text_u64(name + 10, UINT64_MAX, &id) == 0 && !garbage_is_live(l, id))
		garbage_add(l, "of a set that has ended", "%s/%s", l->ctl->statedir, name);
}

static void garbage_look_at_trash(struct look *l, int state_fd)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, "trash");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			garbage_add(l, "on its way out", "%s/trash/%s", l->ctl->statedir,
				    e->d_name);
}

static void garbage_look_at_state(struct look *l)
{
	NSI_AUTO_FD int state = open(l->ctl->statedir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = state < 0 ? NULL : path_list(state, ".");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		char kind = e->d_name[0];

		if (kind == 's' && strlen(e->d_name) > 10)
			garbage_look_at_set(l, state, e->d_name);
		else if ((kind == 'u' || kind == 'g') && e->d_name[1] >= '0' && e->d_name[1] <= '9')
			garbage_look_at_instances(l, state, e->d_name);
	}
	if (state >= 0)
		garbage_look_at_trash(l, state);
}

int garbage_find(const struct ctl *ctl, struct garbage *ret, struct nsi_fail *f)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	struct look l = {.ctl = ctl, .sets = &sets, .found = ret};
	int r = views_read(ctl, true, &sets, f);

	*ret = (struct garbage){0};
	if (r < 0)
		return r;
	garbage_look_at_records(&l);
	garbage_look_at_state(&l);
	return l.out_of_memory ? fail_set(f, ENOMEM, "no memory for the list") : 0;
}
