/* SPDX-License-Identifier: MIT */
/* How does an administrator end a set? */
#include <inttypes.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/sets.h"

enum {
	SPARE_SECONDS = 20, /* beyond the policy's kill_grace */
	LOOK_EVERY_US = 100000
};

static const struct view *find_again(const struct view_list *list, uint64_t id)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->rows[i].rec.id == id)
			return &list->rows[i];
	return NULL;
}

/* The helper answers at once; the set is gone when its record is. */
static int wait_for_end(const struct ctl *ctl, const struct view *v)
{
	uint64_t end = clock_now_us() + (v->rec.kill_grace + SPARE_SECONDS) * UINT64_C(1000000);
	enum view_state state = v->state;
	unsigned left = 0;

	while (clock_now_us() < end) {
		NSI_CLEANUP(views_done) struct view_list list = {0};
		struct nsi_fail f = {""};
		const struct view *now;
		int r = views_read(ctl, true, &list, &f);

		if (r < 0)
			return say_fail(r, &f);
		now = find_again(&list, v->rec.id);
		if (!now) {
			say_progress_end();
			return CTL_OK;
		}
		left = now->processes;
		state = now->state;
		say_progress("waiting for set %" PRIu64 " to end: %u processes left", v->rec.id,
			     left);
		(void)usleep(LOOK_EVERY_US);
	}
	if (state == VIEW_HELD && left == 0)
		say_error("set %" PRIu64 " is held: no process of it is found, and something still "
			  "uses it, such as an open file; it ends with that",
			  v->rec.id);
	else
		say_error("set %" PRIu64 " has not ended yet: %u processes are left", v->rec.id,
			  left);
	return CTL_SYSTEM;
}

static int retire(const struct ctl *ctl, const struct view *v)
{
	const struct nsi_retire m = {
		.h = wire_header(NSI_RETIRE),
		.set = v->rec.id,
		.force = ctl->force,
	};
	struct nsi_fail f = {""};
	struct nsi_reply reply;
	int r = session_ask(ctl, &m.h, &reply, &f);

	if (r < 0)
		return say_fail(r, &f);
	if (reply.h.type == NSI_DONE)
		return wait_for_end(ctl, v);
	say_error("%s", reply.text);
	return CTL_REFUSED;
}

int close_verb(const struct ctl *ctl, int argc, char **argv)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct nsi_fail f = {""};
	struct view *v = NULL;
	int r;

	(void)argc;
	if (geteuid() != 0)
		return say_need_root("close");
	r = views_read(ctl, false, &list, &f);
	if (r < 0)
		return say_fail(r, &f);
	r = view_find(&list, argv[0], &v);
	if (r != 0)
		return r == VIEWS_NONE ? CTL_NOT_FOUND : CTL_REFUSED;
	return retire(ctl, v);
}
