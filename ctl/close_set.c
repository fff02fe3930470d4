/* SPDX-License-Identifier: MIT */
/* The verb "close" */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/sets.h"

enum {
	SPARE_SECONDS = 20, /* beyond the policy's kill_grace */
	HELD_SECONDS = 5,   /* a file system takes a moment to go after its last process */
	LOOK_EVERY_US = 100000
};

static const struct view *close_find_again(const struct view_list *list, uint64_t id)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->rows[i].rec.id == id)
			return &list->rows[i];
	return NULL;
}

/* The helper answers at once; the set is gone when its record is. */
static int close_wait_for_end(const struct ctl *ctl, const struct view *v)
{
	uint64_t end = clock_now_us() + (v->rec.kill_grace + SPARE_SECONDS) * UINT64_C(1000000);
	uint64_t busy =
		clock_now_us(); /* when it was last seen in another state, or with a process */
	enum view_state state = v->state;
	unsigned left = 0;

	while (clock_now_us() < end) {
		NSI_CLEANUP(views_done) struct view_list list = {0};
		struct nsi_fail f = {""};
		const struct view *now;
		int r = views_read(ctl, true, &list, &f);

		if (r < 0)
			return say_fail(r, &f);
		now = close_find_again(&list, v->rec.id);
		if (!now) {
			say_progress_end();
			return CTL_OK;
		}
		left = now->processes;
		state = now->state;
		if (state != VIEW_HELD || left > 0)
			busy = clock_now_us();
		else if (clock_now_us() > busy + HELD_SECONDS * UINT64_C(1000000))
			break;
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

/* Asks for the end of a set, or that no login joins it any more.  Returns an exit code. */
static int close_ask(const struct ctl *ctl, uint64_t set, bool refresh)
{
	const struct nsi_retire m = {
		.h = wire_header(NSI_RETIRE),
		.set = set,
		.force = !refresh && ctl->force,
		.refresh = refresh,
	};
	struct nsi_fail f = {""};
	struct nsi_reply reply;
	int r = session_ask(ctl, &m.h, &reply, &f);

	if (r < 0)
		return say_fail(r, &f);
	if (reply.h.type == NSI_DONE)
		return CTL_OK;
	say_error("%s", reply.text);
	return CTL_REFUSED;
}

/* Ends each set, or each stale one: all are asked first, then their ends are awaited. */
static int close_many(const struct ctl *ctl, const struct view_list *list)
{
	NSI_AUTO_FREE struct pol_image *image = ctl->stale ? policy_of_files(ctl, NULL) : NULL;
	NSI_AUTO_FREE bool *asked = calloc(list->count + 1, sizeof(*asked));
	int worst = CTL_OK;

	if (!asked || (ctl->stale && !image)) {
		say_error("%s", asked ? "the policy cannot be read; see \"nsisolate check\""
				      : "no memory");
		return asked ? CTL_REFUSED : CTL_SYSTEM;
	}
	for (unsigned i = 0; i < list->count; i++) {
		int code;

		if (ctl->stale && !stale_is(image, &list->rows[i]))
			continue;
		code = close_ask(ctl, list->rows[i].rec.id, false);
		asked[i] = code == CTL_OK;
		worst = code > worst ? code : worst;
	}
	for (unsigned i = 0; i < list->count; i++) {
		int code = asked[i] ? close_wait_for_end(ctl, &list->rows[i]) : CTL_OK;

		worst = code > worst ? code : worst;
	}
	return worst;
}

static int close_one(const struct ctl *ctl, const struct view_list *list, const char *operand,
		     bool refresh)
{
	struct view *v = NULL;
	int code = view_find(list, operand, &v);

	if (code == CTL_OK)
		code = close_ask(ctl, v->rec.id, refresh);
	return code == CTL_OK && !refresh ? close_wait_for_end(ctl, v) : code;
}

int close_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct nsi_fail f = {""};
	int r;

	if (geteuid() != 0)
		return say_need_root("close");
	if ((ctl->operands[0] != NULL) + ctl->all + ctl->stale != 1) {
		say_error("close takes one of USER, SET, --all and --stale");
		return CTL_USAGE;
	}
	r = views_read(ctl, false, &list, &f);
	if (r < 0)
		return say_fail(r, &f);
	return ctl->operands[0] ? close_one(ctl, &list, ctl->operands[0], false)
				: close_many(ctl, &list);
}

int refresh_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct nsi_fail f = {""};
	int r;

	if (geteuid() != 0)
		return say_need_root("refresh");
	r = views_read(ctl, false, &list, &f);
	return r < 0 ? say_fail(r, &f) : close_one(ctl, &list, ctl->operands[0], true);
}
