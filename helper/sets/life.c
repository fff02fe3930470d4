/* SPDX-License-Identifier: MIT */
/* How does a set move from one state to the next, and to its end?  docs/lifecycle.md has the table. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "hook/hook.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "sets/helper.h"
#include "sets/limits.h"
#include "sets/revive.h"
#include "sets/session.h"
#include "sets/set.h"
#include "sweep/remove.h"

static const uint64_t term_us = UINT64_C(5) * 1000000; /* an anchor answers SIGTERM at once */
static const uint64_t look_first_us = 250000, look_last_us = 5000000;
static const uint64_t kill_look_us = 250000; /* while there are signals to be sent */

/* <rundir>/etc/<id>: the files that stood in for the host's. */
void set_remove_files(const struct host *host, uint64_t id)
{
	struct remove_count count;
	NSI_AUTO_FD int dir = -EBADF;
	char name[24];

	(void)snprintf(name, sizeof(name), "%" PRIu64, id);
	dir = path_open(host->etc_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	if (dir < 0)
		return;
	if (remove_below(dir, &count) < 0 || unlinkat(host->etc_fd, name, AT_REMOVEDIR) < 0)
		log_line(LOG_WARNING, "cannot remove the files of set %" PRIu64, id);
}

static bool has_disk(const struct set *set)
{
	for (uint32_t i = 0; i < set->rec.dir_count; i++)
		if (set->rec.dirs[i].method == POL_METHOD_DISK)
			return true;
	return false;
}

static void run_on_end(const struct set *set, int place)
{
	const struct record_hook *end = &set->rec.on_end;
	const struct hook hook = {
		.event = "end",
		.run = end->run,
		.timeout = end->timeout,
		.set = set->rec.id,
		.policy = set->rec.policy,
		.user = set->rec.user,
		.uid = set->rec.uid,
		.place = place,
	};
	int r = end->run[0] ? hook_spawn(&hook) : 0;

	if (r < 0)
		log_line(LOG_WARNING, "set %" PRIu64 ": cannot run the hook %s: %s", set->rec.id,
			 end->run, strerrordesc_np(-r));
}

/*
 * The anchor is gone.  The record goes last: as long as it is there, a helper
 * that comes after a crash takes up from here.
 */
void set_gone(struct set *set)
{
	struct helper *h = set->helper;
	bool sweep = has_disk(set);
	bool has_limits = set->rec.has_limits;
	uint64_t id = set->rec.id;
	uint64_t own = set->rec.scope == POL_SCOPE_SESSION ? id : 0;
	uint32_t uid = set->rec.uid;
	int r;

	if (network_end(set)) /* for an anchor that died before it was told to */
		return;
	if (set->record_fd >= 0 && !set->rec.on_end.is_inside)
		run_on_end(set, -EBADF);
	set_remove_files(&h->host, id);
	r = record_remove(h->host.sets_fd, id);
	if (r < 0)
		log_line(LOG_WARNING, "cannot remove the record of set %" PRIu64 ": %s", id,
			 strerrordesc_np(-r));
	if (set->record_fd >= 0)
		set_log(set, LOG_INFO, "ended set=%" PRIu64 " uid=%u policy=%s", id, set->rec.uid,
			set->rec.policy);
	set_free(set);
	if (has_limits)
		limits_release(h, own, uid);
	if (sweep)
		sweeper_start(&h->sweeper);
}

/*
 * From here on the set is no longer what its policy promises: a helper that comes
 * after a crash is to end it, not to let the next login in.
 */
static void put_end_on_record(struct set *set)
{
	int r;

	if (set->record_fd < 0 || set->rec.is_ending)
		return;
	if (!set->rec.on_end.is_inside && !network_is_there(set))
		return; /* only the anchor goes, and that the next helper sees */
	set->rec.is_ending = true;
	r = set_write_record(set);
	if (r < 0)
		log_line(LOG_WARNING, "set %" PRIu64 ": cannot write on record that it ends: %s",
			 set->rec.id, strerrordesc_np(-r));
}

static void end_now(struct set *set)
{
	put_end_on_record(set);
	if (set->state != SET_ENDING && set->rec.on_end.is_inside && set->record_fd >= 0 &&
	    set->anchor.pidfd >= 0)
		run_on_end(set, set->anchor.pidfd);
	set->state = SET_ENDING;
	set->changes++;
	loop_disarm(&set->helper->loop, &set->timer);
	if (network_end(set)) /* with the anchor's namespace still there, for what is in it */
		return;
	if (set->anchor.pidfd < 0) {
		set_gone(set);
		return;
	}
	anchor_stop(&set->anchor, SIGTERM);
	loop_arm(&set->helper->loop, &set->timer, term_us);
}

void set_network_gone(struct set *set)
{
	end_now(set);
}

void set_end(struct set *set)
{
	if (set->state == SET_ENDING || set->state == SET_BUILDING)
		return;
	set->state = SET_KILLING;
	set->changes++;
	set->looks = 0;
	set->kill_us = 0;
	helper_set_ready(set); /* who waits for a new anchor of it looks for another set */
	if (!set->reviving)    /* else when that has come to its end */
		scanner_start(&set->helper->scanner);
}

void set_abandon(struct set *set)
{
	set->state = SET_ENDING;
	helper_set_ready(set);
	end_now(set);
}

void set_finish(struct set *set)
{
	end_now(set);
}

void set_lose(struct set *set)
{
	if (set->state == SET_KILLING || set->state == SET_ENDING)
		return;
	set->state = SET_LOST;
	set->changes++;
	set->looks = 0;
	loop_disarm(&set->helper->loop, &set->timer);
	helper_set_ready(set); /* who waits for it looks for another */
	scanner_start(&set->helper->scanner);
}

/* The last session is gone and so is the linger: who is still inside? */
static void drain(struct set *set)
{
	if (set->rec.on_last_close == POL_LAST_KILL) {
		set_end(set); /* who closed the last session has left it: see close_session() */
		return;
	}
	set->state = SET_DRAINING;
	set->looks = 0;
	scanner_start(&set->helper->scanner);
}

void set_settle(struct set *set)
{
	struct loop *loop = &set->helper->loop;

	set->changes++;
	if (set->reviving || set->state == SET_BUILDING) /* both end with a call of this */
		return;
	if (set->state == SET_LOST) {
		if (set->session_count == 0 && set->rec.on_last_close == POL_LAST_KILL)
			set_end(set);
		return;
	}
	if (!set_can_be_entered(set))
		return;
	if (set->session_count > 0 || set->imports > 0) {
		set->state = SET_LIVE;
		loop_disarm(loop, &set->timer);
	} else if (set->state == SET_LIVE && set->rec.linger > 0) {
		set->state = SET_LINGERING;
		loop_arm(loop, &set->timer, (uint64_t)set->rec.linger * 1000000);
	} else if (set->state == SET_LIVE) {
		drain(set);
	}
}

void set_resume(struct set *set)
{
	if (set_can_be_entered(set)) {
		if (set->state == SET_LINGERING) /* its timer was put to another use: anew */
			set->state = SET_LIVE;
		helper_set_ready(set);
		set_settle(set);
	}
	if (set_wants_scan(set)) /* nobody came back to it meanwhile */
		scanner_start(&set->helper->scanner);
}

void set_on_timer(struct timer *t)
{
	struct set *set = loop_owner(t, struct set, timer);

	if (set->reviving) {
		revive_on_timer(set);
		return;
	}
	switch (set->state) {
	case SET_BUILDING:
		set_build_timeout(set);
		break;
	case SET_LINGERING:
		drain(set);
		break;
	case SET_DRAINING:
	case SET_KILLING:
	case SET_LOST:
		scanner_start(&set->helper->scanner);
		break;
	case SET_ENDING:
		anchor_stop(&set->anchor, SIGKILL);
		break;
	case SET_LIVE:
	case SET_STATE_MAX:
		break;
	}
}

/* Rarer and rarer, but for a set whose processes are to be signalled, and then in time. */
static uint64_t next_look_us(struct set *set)
{
	uint64_t us = look_first_us << (set->looks < 8 ? set->looks : 8);
	uint64_t now = clock_now_us();

	set->looks++;
	if (set->state == SET_KILLING) {
		if (now >= set->kill_us)
			return kill_look_us;
		us = us < set->kill_us - now ? us : set->kill_us - now;
	}
	return us < look_last_us ? us : look_last_us;
}

void set_scanned(struct set *set, unsigned members, int member_pid)
{
	if (set->reviving) {
		revive_from(set, members, member_pid);
		return;
	}
	if (members == 0) {
		end_now(set);
		return;
	}
	if (set->state == SET_KILLING && set->kill_us == 0) /* they have been sent SIGTERM */
		set->kill_us = clock_now_us() + (uint64_t)set->rec.kill_grace * 1000000;
	loop_arm(&set->helper->loop, &set->timer, next_look_us(set));
}

void set_on_anchor_end(struct source *src, uint32_t events)
{
	struct set *set = loop_owner(src, struct set, process);

	(void)events;
	loop_remove(&set->helper->loop, src);
	src->fd = -EBADF;
	anchor_done(&set->anchor);
	if (set->state == SET_ENDING) {
		set_gone(set);
		return;
	}
	set_log(set, LOG_WARNING, "the anchor of set %" PRIu64 " (uid %u) is gone before its time",
		set->rec.id, set->rec.uid);
	if (set->state == SET_KILLING || set->state == SET_LOST)
		scanner_start(&set->helper->scanner); /* nobody will enter it: it needs none */
	else
		revive_begin(set);
}
