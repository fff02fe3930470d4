/* SPDX-License-Identifier: MIT */
/* A new anchor for a set whose own has gone */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "host/host.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/life.h"
#include "sets/set.h"
#include "setup/setup.h"

enum {
	TRIES = 8
};

static const uint64_t enter_us = UINT64_C(10) * 1000000; /* setns(2) and a report take no time */
static const uint64_t retry_us = UINT64_C(1) * 1000000;

/* The set cannot be had back: nobody enters it any more, and its sessions are on their own. */
static void revive_give_up(struct set *set, const char *why)
{
	set_log(set, LOG_WARNING, "set %" PRIu64 " (uid %u) takes no more logins: %s", set->rec.id,
		set->rec.uid, why);
	set->reviving = false;
	if (set->state == SET_KILLING)
		set_resume(set);
	else
		set_lose(set);
}

/* The anchor that was on its way is none; its process goes. */
static void revive_drop_anchor(struct set *set)
{
	set_end_report(set);
	loop_remove(&set->sets->loop, &set->process);
	set->process.fd = -EBADF;
	anchor_stop(&set->anchor, SIGKILL);
	anchor_done(&set->anchor);
}

/* Tries again after a while: the member may just have ended, or a limit may have been reached. */
static void revive_try_later(struct set *set, const char *why)
{
	revive_drop_anchor(set);
	if (++set->tries >= TRIES)
		revive_give_up(set, why);
	else
		loop_arm(&set->sets->loop, &set->timer, retry_us);
}

static bool revive_is_same(const struct set *set, const struct ns_inodes *ns)
{
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((set->rec.types & ns_bit(type)) && ns->ino[type] != set->rec.ns.ino[type])
			return false;
	return true;
}

int set_write_record(struct set *set)
{
	struct session *s;
	NSI_AUTO_FREE struct session_record *slots = NULL;
	struct set_record rec;
	unsigned count = 0;
	int fd;

	LIST_FOREACH (s, &set->sessions, link)
		count = s->slot >= count ? s->slot + 1 : count;
	slots = calloc(count + 1, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	LIST_FOREACH (s, &set->sessions, link)
		slots[s->slot] = s->rec;
	set_store_record(set, &rec);
	fd = record_replace(set->sets->host.sets_fd, &rec, slots, count);
	if (fd < 0)
		return fd;
	nsi_closep(&set->record_fd);
	set->record_fd = fd;
	return 0;
}

/* The record names another anchor now. */
static int revive_rewrite_record(struct set *set)
{
	set->rec.anchor_pid = set->anchor.pid;
	if (priv_start_time(set->anchor.pid, &set->rec.anchor_start) < 0)
		return -ESRCH;
	return set_write_record(set);
}

/* Whether it is in the set: the member that it entered beside may have left since it was looked at. */
static int revive_check_place(const struct set *set)
{
	struct ns_inodes ns;
	int r;

	priv_raise();
	r = proc_namespaces(set->anchor.pid, &ns);
	if (r == 0 && (!revive_is_same(set, &ns) || !sentinel_confirms(set, set->anchor.pid)))
		r = -ESRCH;
	priv_lower();
	return r;
}

/* Takes the new anchor on, which has reported @err.  Returns NULL, or what it failed at. */
static const char *revive_take_report(struct set *set, int err)
{
	if (err != 0)
		return "a new anchor could not enter it";
	if (revive_check_place(set) < 0)
		return "a new anchor was not in all of its namespaces";
	if (revive_rewrite_record(set) < 0)
		return "its record could not be written anew";
	if (set_watch_anchor(set) < 0)
		return "a new anchor could not be watched";
	set_release_anchor(set);
	return NULL;
}

static void revive_on_report(struct source *src)
{
	struct set *set = loop_owner(src, struct set, report);
	struct setup_report report;
	const char *why;
	int r = anchor_read_report(&set->anchor, &report);

	if (r == -EAGAIN)
		return;
	set_end_report(set);
	why = revive_take_report(set, r < 0 ? r : report.err);
	if (why) {
		revive_try_later(set, why);
		return;
	}
	set_log(set, LOG_NOTICE, "set %" PRIu64 " (uid %u) has a new anchor", set->rec.id,
		set->rec.uid);
	set->reviving = false;
	charge_keep(set);
	upkeep_begin(set, false);
	set_resume(set);
}

static int revive_start(struct set *set, int member_pidfd)
{
	struct nsi_fail f = {""};
	struct set_record rec;
	int r;

	set_store_record(set, &rec);
	r = anchor_revive(&rec, &set->sets->host, member_pidfd, &set->anchor, &f);
	if (r < 0)
		return r;
	set->report = (struct source){.fd = set->anchor.socket, .ready = revive_on_report};
	loop_arm(&set->sets->loop, &set->timer, enter_us);
	return loop_add(&set->sets->loop, &set->report, EPOLLIN);
}

/* A session's own process, if it is in all of the set's namespaces. */
static int revive_find_session(const struct set *set)
{
	const struct session *s;

	LIST_FOREACH (s, &set->sessions, link) {
		struct ns_inodes ns;

		if (proc_namespaces(s->rec.pid, &ns) == 0 && revive_is_same(set, &ns))
			return s->process.fd;
	}
	return -ESRCH;
}

/* revive_from() follows. */
static void revive_look(struct set *set)
{
	set->wants_look = true;
	scanner_start(&set->sets->scanner);
}

static void revive_try_now(struct set *set)
{
	int member;

	set->changes++;
	priv_raise();
	member = revive_find_session(set);
	priv_lower();
	if (member < 0)
		revive_look(set);
	else if (revive_start(set, member) < 0)
		revive_try_later(set, "a new anchor could not be started");
}

void revive_begin(struct set *set)
{
	loop_disarm(&set->sets->loop, &set->timer);
	if (set->rec.types & ns_bit(NS_PID)) {
		revive_give_up(set, "its PID namespace ended with its first process");
		return;
	}
	set->reviving = true;
	set->tries = 0;
	revive_try_now(set);
}

void revive_on_timer(struct set *set)
{
	if (set->report.fd >= 0)
		revive_try_later(set, "a new anchor did not answer");
	else
		revive_try_now(set);
}

/* A pidfd of @pid, if that is in all of the set's namespaces; or -errno. */
static int revive_open(const struct set *set, int pid)
{
	NSI_AUTO_FD int member = pid ? (int)pidfd_open(pid, 0) : -ESRCH;
	struct ns_inodes ns;
	bool same;

	priv_raise();
	same = member >= 0 && proc_namespaces(pid, &ns) == 0 && revive_is_same(set, &ns);
	priv_lower();
	return same ? nsi_take_fd(&member) : -ESRCH;
}

static void revive_at(struct set *set, int pid)
{
	NSI_AUTO_FD int member = revive_open(set, pid);

	if (member < 0)
		revive_try_later(set, "what is left of it cannot be entered");
	else if (revive_start(set, member) < 0)
		revive_try_later(set, "a new anchor could not be started");
}

void revive_beside(struct set *set, int pid)
{
	set->reviving = true;
	set->tries = TRIES - 1; /* logins wait: if this one does not do, the set stays held */
	set->changes++;
	revive_at(set, pid);
}

void revive_from(struct set *set, const struct set_found *found)
{
	if (set->report.fd >= 0 || set->timer.due_us) /* an anchor is on its way, or soon will be */
		return;
	if (found->members > 0) {
		revive_at(set, found->is_whole ? found->pid : 0);
		return;
	}
	set_log(set, LOG_NOTICE, "no process is found in set %" PRIu64 " (uid %u)", set->rec.id,
		set->rec.uid);
	set->reviving = false;
	set_abandon(set);
}
