/* SPDX-License-Identifier: MIT */
#include "sets/set.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "load/resolver.h"
#include "log/log.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/look.h"
#include "sets/session.h"

/* Uids come in runs, group numbers are hashes: both are spread by a multiplication (Knuth, 6.4). */
static unsigned set_bucket(uint64_t number)
{
	return (unsigned)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % INDEX_BUCKETS;
}

void index_add(struct set_index *index, struct set *set)
{
	LIST_INSERT_HEAD(&index->by_owner[set_bucket(set->rec.owner)], set, owner_link);
	LIST_INSERT_HEAD(&index->by_id[set_bucket(set->rec.id)], set, id_link);
	set->is_indexed = true;
	set->is_without_mounts = !(set->rec.types & ns_bit(NS_MNT));
	index->without_mounts += set->is_without_mounts;
}

void index_remove(struct set_index *index, struct set *set)
{
	if (!set->is_indexed)
		return;
	LIST_REMOVE(set, owner_link);
	LIST_REMOVE(set, id_link);
	index->without_mounts -= set->is_without_mounts;
	set->is_indexed = false;
}

struct set *index_owner(const struct set_index *index, uint64_t owner)
{
	return LIST_FIRST(&index->by_owner[set_bucket(owner)]);
}

struct set *index_id(const struct set_index *index, uint64_t id)
{
	struct set *set;

	LIST_FOREACH (set, &index->by_id[set_bucket(id)], id_link)
		if (set->rec.id == id)
			return set;
	return NULL;
}

void index_add_session(struct set_index *index, struct session *session)
{
	struct session_list *process = &index->by_process[set_bucket((uint64_t)session->rec.pid)];

	LIST_INSERT_HEAD(&index->by_user[set_bucket(session->rec.uid)], session, user_link);
	LIST_INSERT_HEAD(process, session, process_link);
	session->is_indexed = true;
}

void index_remove_session(struct session *session)
{
	if (!session->is_indexed)
		return;
	LIST_REMOVE(session, user_link);
	LIST_REMOVE(session, process_link);
	session->is_indexed = false;
}

struct session *index_user(const struct set_index *index, uint32_t uid)
{
	return LIST_FIRST(&index->by_user[set_bucket(uid)]);
}

struct session *index_process(const struct set_index *index, int pid)
{
	return LIST_FIRST(&index->by_process[set_bucket((uint64_t)pid)]);
}

/* A uid may have been given to somebody else while a set of the former account lives on. */
static bool set_is_of(const struct set *s, const struct set_key *key)
{
	if (key->scope == POL_SCOPE_GROUP)
		return true;
	if (key->scope == POL_SCOPE_JOB &&
	    (s->rec.uid != key->uid || strcmp(s->rec.job_group, key->job->group) != 0))
		return false;
	return account_is_same(s->rec.user, key->user, key->uid);
}

struct set *set_find(struct sets *sets, const struct set_key *key)
{
	struct set *older = NULL;

	for (struct set *s = index_owner(&sets->index, key->owner); s;
	     s = LIST_NEXT(s, owner_link)) {
		if (!set_can_be_entered(s) || s->rec.is_retired || s->rec.nested != key->nested ||
		    s->rec.scope != key->scope || s->rec.owner != key->owner ||
		    strcmp(s->rec.policy, key->policy) != 0 || !set_is_of(s, key))
			continue;
		if (s->rec.digest == key->digest)
			return s;
		older = s;
	}
	return older;
}

struct set *set_by_id(struct sets *sets, uint64_t id)
{
	return index_id(&sets->index, id);
}

struct set *set_by_namespaces(struct sets *sets, const struct ns_inodes *ns)
{
	struct set *s;
	struct set *lost = NULL; /* without an anchor its numbers may be another's by now */

	LIST_FOREACH (s, &sets->all, link) {
		bool same = s->record_fd >= 0 && s->rec.types != 0;

		for (int type = 0; type < NS_TYPE_MAX && same; type++)
			if (s->rec.types & ns_bit(type))
				same = s->rec.ns.ino[type] == ns->ino[type];
		if (same && s->anchor.pidfd >= 0)
			return s;
		if (same)
			lost = s;
	}
	return lost;
}

unsigned set_count_held(const struct sets *sets, uint32_t uid)
{
	const struct set *s;
	unsigned count = 0;

	LIST_FOREACH (s, &sets->all, link)
		count += s->state == SET_HELD && s->rec.uid == uid &&
			 (!s->rec.end.is_over || s->is_reported); /* or it is most likely over */
	return count;
}

void set_note_user(struct set *set, uint32_t uid, int pid)
{
	unsigned i = 0;

	if (pid && (set->first_pid == 0 || pid < set->first_pid))
		set->first_pid = pid;
	while (i < set->rec.user_count && set->rec.users[i] != uid)
		i++;
	if (i < set->rec.user_count || i == RECORD_USERS)
		return;
	set->rec.users[set->rec.user_count++] = uid;
	set->has_new_user = true;
	if (set->record_fd >= 0)
		loop_post(&set->sets->loop, &set->note);
}

void set_hold_limits(struct set *set)
{
	if (set->rec.has_limits)
		limits_hold(&set->sets->limits, &set->limits,
			    set->rec.scope == POL_SCOPE_SESSION ? set->rec.id : 0, set->rec.uid);
}

void set_take_limits(struct set *set, struct limits_holder *login)
{
	const bool had = set->limits.holds && set->rec.has_memory_limit == login->has_memory;

	if (login->holds && !had) { /* the set is older than the policy's limits */
		int r;

		set->rec.has_limits = true;
		set->rec.has_memory_limit = login->has_memory;
		limits_hold(&set->sets->limits, &set->limits, login->set, login->uid);
		r = set_write_record(set);
		if (r < 0)
			log_line(LOG_WARNING,
				 "cannot note the limits in the record of set %" PRIu64 ": %s",
				 set->rec.id, strerrordesc_np(-r));
	}
	limits_release(&set->sets->limits, login);
}

void set_wait(struct set *set, struct set_waiter *w)
{
	w->set = set;
	w->set_id = set->rec.id;
	TAILQ_INSERT_TAIL(&set->waiters, w, link);
}

void set_unwait(struct loop *loop, struct set_waiter *w)
{
	loop_unpost(loop, &w->job);
	if (w->set)
		TAILQ_REMOVE(&w->set->waiters, w, link);
	w->set = NULL;
}

void set_wake(struct set *set)
{
	struct set_waiter *w;

	while ((w = TAILQ_FIRST(&set->waiters)) != NULL) {
		TAILQ_REMOVE(&set->waiters, w, link);
		w->set = NULL;
		w->failure = set->state == SET_BUILDING ? set->failure : (struct nsi_fail){""};
		loop_post(&set->sets->loop, &w->job);
	}
}

void set_go_on_behind(struct set *set, void (*run)(struct loop_job *job))
{
	set->behind.run = run;
	loop_post(&set->sets->loop, &set->behind);
}

void set_free(struct set *set)
{
	struct sets *sets = set->sets;

	joinable_withdraw(set);
	set_wake(set);
	limits_release(&sets->limits, &set->limits);
	loop_unpost(&sets->loop, &set->behind);
	while (!LIST_EMPTY(&set->sessions))
		session_free(LIST_FIRST(&set->sessions));
	loop_disarm(&sets->loop, &set->timer);
	loop_disarm(&sets->loop, &set->birth);
	loop_unpost(&sets->loop, &set->note);
	sentinel_forget(set);
	upkeep_end(set);
	upkeep_free(set);
	groups_free(set);
	job_forget(set);
	work_cancel(&set->charge.work);
	loop_remove(&sets->loop, &set->report);
	loop_remove(&sets->loop, &set->process);
	anchor_done(&set->anchor);
	network_free(set);
	nsi_closep(&set->record_fd);
	index_remove(&sets->index, set);
	LIST_REMOVE(set, link);
	facts_free(&set->rec);
	free(set->watch.roots);
	free(set);
}

int set_watch_anchor(struct set *set)
{
	int r;

	set->process.fd = set->anchor.pidfd;
	r = loop_add(&set->sets->loop, &set->process, EPOLLIN);
	if (r < 0)
		set->process.fd = -EBADF; /* nobody hears of its end */
	return r;
}

void set_adjust(struct set *set, const struct pol_policy *policy)
{
	struct set_facts *rec = &set->rec;
	/* A set that lost sessions in a crash keeps the setting that kills nobody. */
	uint8_t on_last_close = rec->in_doubt ? rec->on_last_close : policy->on_last_close;
	bool same = rec->linger == policy->linger && rec->kill_grace == policy->kill_grace &&
		    rec->max_sessions == policy->max_sessions &&
		    rec->on_last_close == on_last_close;
	int r;

	if (same)
		return;
	rec->linger = policy->linger;
	rec->kill_grace = policy->kill_grace;
	rec->max_sessions = policy->max_sessions;
	rec->on_last_close = on_last_close;
	if (set->record_fd < 0) /* it is being built: its record is yet to come */
		return;
	r = set_write_record(set);
	if (r < 0)
		log_line(LOG_WARNING,
			 "cannot note the changed policy in the record of set %" PRIu64 ": %s",
			 rec->id, strerrordesc_np(-r));
}
