/* SPDX-License-Identifier: MIT */
/* The verb "gc" */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/garbage.h"
#include "ctl/pam_session.h"
#include "ctl/say.h"

enum {
	PATIENCE_SECONDS = 60,
	LOOK_EVERY_US = 100000
};

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
	NSI_CLEANUP(garbage_done) struct garbage now = {0};
	int r = garbage_find(ctl, &now, f);

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

int gc_verb(const struct ctl *ctl, int argc, char **argv)
{
	const struct nsi_header collect = wire_header(NSI_COLLECT);
	NSI_CLEANUP(garbage_done) struct garbage was = {0};
	NSI_CLEANUP(garbage_done) struct garbage now = {0};
	struct nsi_fail f = {""};
	struct nsi_reply reply;
	int r;

	(void)argc;
	(void)argv;
	if (geteuid() != 0)
		return say_need_root("gc");
	r = garbage_find(ctl, &was, &f);
	if (r == 0 && !ctl->dry_run)
		r = session_ask(ctl, &collect, &reply, &f);
	if (r == 0 && !ctl->dry_run)
		r = gc_wait_for_sweep(ctl, &was, &f);
	if (r == 0 && !ctl->dry_run)
		r = garbage_find(ctl, &now, &f);
	return r < 0 ? say_fail(r, &f) : gc_print(ctl, &was, &now);
}
