/* SPDX-License-Identifier: MIT */
/* Leftovers that can be deleted: the verb "gc" */
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
#include "base/clock.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "instance/instance.h"

enum {
	PATIENCE_SECONDS = 60,
	LOOK_EVERY_US = 100000
};

struct garbage_item {
	char *what; /* owned: a path */
	char why[80];
};

struct garbage {
	struct garbage_item *items; /* owned */
	unsigned count;
};

/* The context of a search of the statedir. */
struct look {
	const struct ctl *ctl;
	const struct view_list *sets; /* all of them, dead ones too */
	struct garbage *found;
	bool out_of_memory;
};

static void gc_done(struct garbage *g)
{
	for (unsigned i = 0; i < g->count; i++)
		free(g->items[i].what);
	free(g->items);
	*g = (struct garbage){0};
}

static void __attribute__((format(printf, 3, 4)))
gc_add(struct look *l, const char *why, const char *fmt, ...)
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

static void gc_look_at_records(struct look *l)
{
	for (unsigned i = 0; i < l->sets->count; i++) {
		const struct set_record *rec = &l->sets->rows[i].rec;

		if (l->sets->rows[i].state == VIEW_DEAD)
			gc_add(l, "a set that nobody is in any more", "%s/sets/%" PRIu64,
			       l->ctl->rundir, rec->id);
	}
}

static bool gc_is_live(const struct look *l, uint64_t id)
{
	for (unsigned i = 0; i < l->sets->count; i++)
		if (l->sets->rows[i].rec.id == id && l->sets->rows[i].state != VIEW_DEAD)
			return true;
	return false;
}

/* Whether a set has it: then it stays, whatever its age. */
static bool gc_is_in_use(int dirfd, const char *name)
{
	NSI_AUTO_FD int lock = meta_lock_unused(dirfd, name); /* closing gives it up */

	return lock == -EWOULDBLOCK;
}

static void gc_look_at_instances(struct look *l, int state_fd, const char *owner)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, owner);
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		struct instance_meta meta;

		if (e->d_name[0] == '.' || e->d_type == DT_REG ||
		    instance_meta_read(dirfd(dir), e->d_name, &meta) < 0 ||
		    !instance_is_over(&meta, l->sets->boot_id, (uint64_t)time(NULL)) ||
		    gc_is_in_use(dirfd(dir), e->d_name))
			continue;
		gc_add(l, "not used for longer than its policy keeps it", "%s/%s/%s",
		       l->ctl->statedir, owner, e->d_name);
	}
}

/* "s<boot>-<id>": the directories of the set @id of this boot or of an earlier one. */
static void gc_look_at_set(struct look *l, int state_fd, const char *name, uint64_t id)
{
	char owner[128];

	text_fmt(owner, sizeof(owner), "%.64s/" OWNER_JOB_FILE, name);
	/* Instances of a job outlive its set: each is looked at alone. */
	if (faccessat(state_fd, owner, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		gc_look_at_instances(l, state_fd, name);
	else if (!instance_is_of_boot(name, l->sets->boot_id, &id))
		gc_add(l, "of a set before this boot", "%s/%s", l->ctl->statedir, name);
	else if (!gc_is_live(l, id))
		gc_add(l, "of a set that has ended", "%s/%s", l->ctl->statedir, name);
}

static void gc_look_at_trash(struct look *l, int state_fd)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, "trash");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			gc_add(l, "on its way out", "%s/trash/%s", l->ctl->statedir, e->d_name);
}

static void gc_look_at_state(struct look *l)
{
	NSI_AUTO_FD int state = open(l->ctl->statedir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = state < 0 ? NULL : path_list(state, ".");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		uint64_t number;

		if (instance_is_of_set(e->d_name, &number))
			gc_look_at_set(l, state, e->d_name, number);
		else if (instance_is_of_owner(e->d_name, &number))
			gc_look_at_instances(l, state, e->d_name);
	}
	if (state >= 0)
		gc_look_at_trash(l, state);
}

/*
 * Finds what the helper would remove from the rundir and the statedir: records of dead
 * sets, instances whose set or time is over, the trash.  Returns 0 or -errno.
 */
static int gc_find(const struct ctl *ctl, struct garbage *ret, struct nsi_fail *f)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	struct look l = {.ctl = ctl, .sets = &sets, .found = ret};
	int r = views_read(ctl, true, &sets, f);

	*ret = (struct garbage){0};
	if (r < 0)
		return r;
	gc_look_at_records(&l);
	gc_look_at_state(&l);
	return l.out_of_memory ? fail_set(f, ENOMEM, "no memory for the list") : 0;
}

static bool gc_has(const struct garbage *g, const char *what)
{
	for (unsigned i = 0; i < g->count; i++)
		if (strcmp(g->items[i].what, what) == 0)
			return true;
	return false;
}

/* Counts how much of @was is still there; what goes into the trash first counts as well. */
static int gc_count_left(const struct ctl *ctl, const struct garbage *was, unsigned *ret,
			 struct nsi_fail *f)
{
	NSI_CLEANUP(gc_done) struct garbage now = {0};
	int r = gc_find(ctl, &now, f);

	*ret = 0;
	for (unsigned i = 0; i < was->count && r == 0; i++)
		*ret += gc_has(&now, was->items[i].what);
	for (unsigned i = 0; i < now.count && r == 0; i++)
		*ret += strstr(now.items[i].what, "/trash/") != NULL;
	return r;
}

/* The helper answers at once; its sweeper goes on at idle priority. */
static int gc_wait_for_sweep(const struct ctl *ctl, const struct garbage *was, struct nsi_fail *f)
{
	uint64_t end = clock_now_us() + PATIENCE_SECONDS * UINT64_C(1000000);
	unsigned left = was->count, before = was->count + 1, idle = 0;
	int r = 0;

	/* Some leftovers are for an administrator to remove: stop when nothing changes any more. */
	while (r == 0 && left > 0 && clock_now_us() < end && idle < 30) {
		(void)usleep(LOOK_EVERY_US);
		r = gc_count_left(ctl, was, &left, f);
		idle = left < before ? 0 : idle + 1;
		before = left;
		say_progress("sweeping: %u left", left);
	}
	say_progress_end();
	return r;
}

static int gc_print_json(const struct ctl *ctl, const struct garbage *was,
			 const struct garbage *now)
{
	json_t *answer = json_answer(), *list = json_array();

	for (unsigned i = 0; i < was->count; i++) {
		const struct garbage_item *item = &was->items[i];
		json_t *o =
			json_pack("{s:o, s:s}", "what", json_text(item->what), "why", item->why);

		(void)json_object_set_new(o, "gone",
					  ctl->dry_run ? json_null()
						       : json_boolean(!gc_has(now, item->what)));
		(void)json_array_append_new(list, o);
	}
	(void)json_object_set_new(answer, "dry_run", json_boolean(ctl->dry_run));
	(void)json_object_set_new(answer, "items", list);
	return json_print(answer);
}

/* @now is what was found after the sweep; nothing with --dry-run. */
static int gc_print(const struct ctl *ctl, const struct garbage *was, const struct garbage *now)
{
	if (ctl->json)
		return gc_print_json(ctl, was, now);
	for (unsigned i = 0; i < was->count; i++)
		(void)printf("%s %s: %s\n",
			     ctl->dry_run                      ? "would go:"
			     : gc_has(now, was->items[i].what) ? "stays"
							       : "gone ",
			     was->items[i].what, was->items[i].why);
	if (was->count == 0)
		(void)printf("nothing is left over\n");
	return CTL_OK;
}

int gc_verb(const struct ctl *ctl)
{
	const struct nsi_header collect = wire_header(NSI_COLLECT);
	NSI_CLEANUP(gc_done) struct garbage was = {0};
	NSI_CLEANUP(gc_done) struct garbage now = {0};
	struct nsi_fail f = {""};
	struct nsi_reply reply;
	int r;

	if (geteuid() != 0)
		return say_need_root("gc");
	r = gc_find(ctl, &was, &f);
	if (r < 0)
		return say_fail(r, &f);
	if (ctl->dry_run)
		return gc_print(ctl, &was, &now);
	r = session_ask(ctl, &collect, &reply, &f);
	if (r < 0)
		return say_fail(r, &f);
	r = gc_wait_for_sweep(ctl, &was, &f);
	if (r < 0)
		return say_fail(r, &f);
	r = gc_find(ctl, &now, &f);
	return r < 0 ? say_fail(r, &f) : gc_print(ctl, &was, &now);
}
