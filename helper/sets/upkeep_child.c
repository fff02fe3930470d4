/* SPDX-License-Identifier: MIT */
/* The child of the helper that looks at views, and what its results change */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "confine/confine.h"
#include "ns/ns.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/set.h"
#include "sets/upkeep.h"
#include "view/visit.h"

static const uint64_t patience_us = 4 * 1000000; /* a module waits for ten seconds in all */
static const uint64_t hold_us = 10 * 1000000;    /* before one that failed is looked at again */
static const uint64_t follow_us = 500 * 1000;

/* A set that drains is looked at for a login alone: the scanner would take the child for a member. */
static bool upkeep_is_due(const struct upkeep *u, const struct set *set, uint64_t now)
{
	const struct set_upkeep *k = &set->upkeep;

	if (k->state != UPKEEP_STALE && k->state != UPKEEP_FRESH)
		return false;
	if (set->anchor.pidfd < 0 || set->reviving || !set_can_be_entered(set))
		return false;
	return k->is_wanted ||
	       (set->state != SET_DRAINING && now >= k->hold_us && k->visited_us < u->round_us);
}

static unsigned upkeep_choose(struct upkeep *u, struct visit_set sets[UPKEEP_BATCH])
{
	uint64_t now = clock_now_us();

	u->batch_count = 0;
	for (int wanted = 1; wanted >= 0; wanted--) { /* logins first */
		for (struct set *s = LIST_FIRST(&u->sets->all); s && u->batch_count < UPKEEP_BATCH;
		     s = LIST_NEXT(s, link)) {
			if (!upkeep_is_due(u, s, now) || s->upkeep.is_wanted != (wanted == 1))
				continue;
			/* Before the look, so that no change falls in between. */
			s->upkeep.was_fresh =
				!upkeep_watch_mounts(s) && s->upkeep.state == UPKEEP_FRESH;
			s->upkeep.state = UPKEEP_VISITED;
			s->upkeep.has_changed = false;
			sets[u->batch_count] = (struct visit_set){.rec = &s->rec,
								  .covers = &s->upkeep.covers,
								  .anchor = s->anchor.pidfd};
			u->batch[u->batch_count++] = s->rec.id;
		}
	}
	return u->batch_count;
}

/* The child's part: @fds are the inotify(7) descriptor, if there is one, and the anchors. */
static int upkeep_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	const struct upkeep *u = arg;
	struct visit_set sets[UPKEEP_BATCH];
	sigset_t term;

	/* A set that has begun to end while the child is in it is signalled. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, NULL); /* fails for a bad "how" alone */
	for (unsigned i = 0; i < u->batch_count; i++) {
		sets[i] = u->visits[i];
		sets[i].anchor = fds[i + 1];
	}
	if (priv_become(PRIV_VISITOR, f) < 0 || confine_become(CONFINE_VISITOR, f) < 0)
		return 1;
	return visit_sets(sets, u->batch_count, u->sets->host.rundir, fds[0] >= 0 ? fds[0] : out,
			  out) < 0;
}

static void upkeep_set_failure(struct set_upkeep *k, const char *what)
{
	free(k->failure);
	k->failure = what[0] ? strndup(what, sizeof(((struct nsi_fail *)0)->what) - 1) : NULL;
}

static void upkeep_explain(int err, struct nsi_fail *f)
{
	struct nsi_fail why = {""};

	f->what[0] = '\0';
	if (err == -EAGAIN && ns_explain(err, 0, &why) < 0)
		(void)fail_set(f, err, "its view cannot be looked at: %.180s", why.what);
	else
		(void)fail_errno(f, err, "its view cannot be looked at");
}

/* A set whose view has changed is for nobody without a look; one in which nothing has changed is. */
static void upkeep_give_up(struct set *set, int err)
{
	struct set_upkeep *k = &set->upkeep;
	struct nsi_fail why;

	if (k->state != UPKEEP_VISITED)
		return;
	k->state = k->was_fresh && !k->has_changed ? UPKEEP_FRESH : UPKEEP_STALE;
	if (k->state == UPKEEP_STALE) {
		k->visited_us = clock_now_us();
		k->is_lost = true;
		upkeep_explain(err, &why);
		upkeep_set_failure(k, why.what);
	}
	if (k->is_wanted) {
		k->is_wanted = false;
		set_wake(set);
	}
}

void upkeep_child_on_refusal(struct loop_job *job)
{
	struct upkeep *u = loop_owner(job, struct upkeep, refusal);

	for (unsigned i = 0; i < u->batch_count; i++) {
		struct set *set = set_by_id(u->sets, u->batch[i]);

		if (set)
			upkeep_give_up(set, u->failure);
	}
	u->batch_count = 0;
	upkeep_schedule(u, follow_us);
}

static void upkeep_on_results(struct work *w);
static void upkeep_on_done(struct work *w);

void upkeep_child_start(struct upkeep *u)
{
	struct visit_set visits[UPKEEP_BATCH];
	struct work_order order = {
		.run = upkeep_run,
		.arg = u,
		.fds = {u->events.fd},
		.patience_us = patience_us,
		.most = UPKEEP_BATCH * sizeof(struct visit_result),
		.heard = upkeep_on_results,
		.done = upkeep_on_done,
	};

	if (u->batch_count > 0 || u->sets->stopping || upkeep_choose(u, visits) == 0)
		return;
	u->visits = visits;
	order.fd_count = u->batch_count + 1;
	for (unsigned i = 0; i < u->batch_count; i++)
		order.fds[i + 1] = visits[i].anchor;
	loop_disarm(&u->sets->loop, &u->next);
	u->failure = work_start(&u->work, &u->sets->loop, &order);
	u->visits = NULL; /* the child has a copy */
	/* Posted, as the login that has asked for the look does not wait for it yet. */
	if (u->failure < 0)
		loop_post(&u->sets->loop, &u->refusal);
}

/* Puts what a look has changed into the record in memory; without memory, the last change stays there. */
static void upkeep_note_change(struct set *set, const char *what)
{
	struct set_record rec;

	if (!what[0])
		return;
	set_store_record(set, &rec);
	(void)snprintf(rec.view, sizeof(rec.view), "%.*s", (int)sizeof(rec.view) - 1, what);
	(void)facts_load(&set->rec, &rec); /* said above */
}

/* Puts the result on record, for "nsisolate list" and "nsisolate doctor". */
static void upkeep_note(struct set *set, const struct visit_result *res)
{
	struct set_facts *rec = &set->rec;
	const bool is_new = res->put_back || rec->view_lost != (res->lost > 0);
	bool has_new_device = false;
	int r;

	for (uint32_t i = 0; i < rec->dir_count; i++)
		has_new_device |= rec->dirs[i].dev != res->dev[i];
	if (!is_new && !has_new_device)
		return;
	for (uint32_t i = 0; i < rec->dir_count; i++) {
		if (rec->dirs[i].dev != res->dev[i])
			rec->dirs[i].wd = 0;
		rec->dirs[i].dev = res->dev[i];
	}
	if (has_new_device || res->put_back) { /* another file system is the set's own now */
		set->rec.home_dev = 0;
		set->rec.home_wd = 0;
		sentinel_watch_again(set);
	}
	rec->view_lost = res->lost > 0;
	upkeep_note_change(set, res->what.what);
	r = set->record_fd >= 0 ? set_write_record(set) : 0;
	if (r < 0)
		set_log(set, LOG_WARNING,
			"set %" PRIu64 ": cannot note what has become of its view: %s", rec->id,
			strerrordesc_np(-r));
}

static void upkeep_apply(struct set *set, const struct visit_result *res)
{
	struct set_upkeep *k = &set->upkeep;

	if (k->state != UPKEEP_VISITED)
		return;
	k->is_lost = res->lost > 0;
	upkeep_set_failure(k, res->lost > 0 ? res->what.what : "");
	k->visited_us = clock_now_us();
	k->hold_us = res->lost ? k->visited_us + hold_us : 0;
	k->state = k->has_changed || k->mounts.fd < 0 ? UPKEEP_STALE : UPKEEP_CURRENT;
	if (k->mounts.fd < 0) /* then each login asks */
		k->hold_us = UINT64_MAX;
	upkeep_note(set, res);
	joinable_renew(set);
	if (k->is_wanted) {
		k->is_wanted = false;
		set_wake(set);
	}
}

static void upkeep_on_results(struct work *w)
{
	struct upkeep *u = loop_owner(w, struct upkeep, work);
	struct visit_result res;

	while (w->used >= sizeof(res)) {
		struct set *set;

		memcpy(&res, w->answer, sizeof(res));
		work_consume(w, sizeof(res));
		work_extend(w, patience_us);
		set = set_by_id(u->sets, res.set);
		if (set)
			upkeep_apply(set, &res);
	}
}

/* The set that the child has hung in is lost: nothing is known of its view, and the others come first next time. */
static void upkeep_blame(struct upkeep *u)
{
	bool is_first = true;

	for (unsigned i = 0; i < u->batch_count; i++) {
		struct set *set = set_by_id(u->sets, u->batch[i]);
		struct visit_result res = {.set = u->batch[i], .lost = 1};

		if (!set || set->upkeep.state != UPKEEP_VISITED)
			continue;
		if (!is_first) {
			set->upkeep.state = UPKEEP_STALE;
			continue;
		}
		is_first = false;
		memcpy(res.dev, (uint64_t[RECORD_DIRS]){0}, sizeof(res.dev));
		for (uint32_t k = 0; k < set->rec.dir_count; k++)
			res.dev[k] = set->rec.dirs[k].dev;
		(void)fail_set(&res.what, ETIMEDOUT,
			       "its view cannot be looked at: a file system of one of its paths "
			       "does not answer");
		set_log(set, LOG_ERR, "set %" PRIu64 ": %s", set->rec.id, res.what.what);
		upkeep_apply(set, &res);
	}
}

static void upkeep_on_done(struct work *w)
{
	struct upkeep *u = loop_owner(w, struct upkeep, work);

	upkeep_blame(u);
	u->batch_count = 0;
	u->ended_us = clock_now_us();
	upkeep_child_start(u); /* the rest of the round, and logins that wait */
	for (const struct set *s = LIST_FIRST(&u->sets->all); s && !work_is_busy(w);
	     s = LIST_NEXT(s, link))
		if (s->upkeep.state == UPKEEP_STALE || s->upkeep.state == UPKEEP_FRESH)
			upkeep_schedule(u, s->upkeep.hold_us > u->ended_us ? follow_us * 2
									   : u->pause_us);
}
