/* SPDX-License-Identifier: MIT */
#include "sets/scan.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/log.h"
#include "sets/all.h"
#include "sets/look.h"
#include "sets/session.h"
#include "sets/set.h"

static const uint64_t retry_us = 1000000;
static const uint64_t freeze_us =
	UINT64_C(3) * 1000000; /* between two looks that may stop processes of others for a while */
static const uint64_t patience_us = UINT64_C(30) * 1000000; /* a child that hangs */

/* Hands the answers to their sets; one that is stale is asked for again.  A set may start the next scan. */
static void scan_deliver(struct scanner *s, const char *answers, size_t size)
{
	for (size_t at = 0; at + sizeof(struct look_answer) <= size;
	     at += sizeof(struct look_answer)) {
		struct look_answer a;
		struct set *set;

		memcpy(&a, answers + at, sizeof(a));
		set = set_by_id(s->sets, a.set);
		if (!set || !set_wants_scan(set))
			continue;
		if (set->changes == a.changes)
			set_scanned(set, &a.found);
		else
			s->again = true;
	}
}

/* The last answer, which is about no set, says that there are no more. */
static bool scan_is_whole(const struct work *w)
{
	struct look_answer last = {.set = 1};

	if (w->used % sizeof(last) == 0 && w->used > 0)
		memcpy(&last, w->answer + w->used - sizeof(last), sizeof(last));
	return last.set == 0;
}

static void scan_on_done(struct work *w)
{
	const struct set *set;
	struct scanner *s = loop_owner(w, struct scanner, work);
	const size_t size = w->used;
	char *answers;

	if (!scan_is_whole(w)) {
		log_line(LOG_WARNING, "the search for processes was aborted; it is done again");
		LIST_FOREACH (set, &s->sets->all, link)
			if (set_kills(set))
				groups_thaw(set);
		loop_arm(&s->sets->loop, &s->next, retry_us);
	}
	answers = work_take(w);
	scan_deliver(s, answers, size);
	free(answers);
	if (s->again)
		scanner_start(s);
}

static void scan_on_next(struct timer *t)
{
	scanner_start(loop_owner(t, struct scanner, next));
}

void scanner_init(struct scanner *s, struct sets *sets)
{
	*s = (struct scanner){
		.sets = sets,
		.work = WORK_NONE,
		.next = {.fire = scan_on_next},
	};
}

/* Whether the look that begins may freeze control groups: if it has to kill, and none did so just now. */
static bool scan_take_freeze(struct scanner *s)
{
	const struct set *set;
	const uint64_t now = clock_now_us();

	if (now < s->freeze_us)
		return false;
	LIST_FOREACH (set, &s->sets->all, link) {
		if (set_wants_scan(set) && set_kills(set) && set->kill_us && now >= set->kill_us) {
			s->freeze_us = now + freeze_us;
			return true;
		}
	}
	return false;
}

void scanner_start(struct scanner *s)
{
	int r;

	if (work_is_busy(&s->work)) {
		s->again = true;
		return;
	}
	s->again = false;
	s->may_freeze = scan_take_freeze(s);
	r = work_start(&s->work, &s->sets->loop,
		       &(struct work_order){
			       .run = look_run,
			       .arg = s->sets,
			       .patience_us = patience_us,
			       .most = LOOK_ANSWERS_MAX,
			       .done = scan_on_done,
		       });
	if (r < 0) {
		log_line(LOG_WARNING, "cannot look for processes: %s", strerrordesc_np(-r));
		loop_arm(&s->sets->loop, &s->next, retry_us);
	}
}
