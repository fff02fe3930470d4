/* SPDX-License-Identifier: MIT */
#include "sets/upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/text.h"
#include "log/log.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/set.h"
#include "setup/setup.h"

enum {
	NAMES_MAX = 1 << 16,
	UPKEEP_READS = 16 /* of 4 KiB, in one turn of the loop */
};

static const uint64_t first_us = 300 * 1000;   /* after the build: not beside other first logins */
static const uint64_t shortest_us = 10 * 1000; /* a rename is often two events */
static const uint64_t longest_us = 500 * 1000; /* on a host that mounts all the time */
static const uint64_t quiet_us = 2 * 1000000;  /* after which the pause is the shortest again */
static const uint64_t just_now_us = 5 * 1000;  /* the login has waited for this very look */

void upkeep_schedule(struct upkeep *u, uint64_t after_us)
{
	if (!work_is_busy(&u->work) &&
	    (u->next.due_us == 0 || u->next.due_us > clock_now_us() + after_us))
		loop_arm(&u->sets->loop, &u->next, after_us);
}

static uint64_t upkeep_pause(struct upkeep *u)
{
	if (clock_now_us() - u->ended_us > quiet_us)
		u->pause_us = shortest_us;
	return u->pause_us;
}

static void upkeep_touch(struct set *set)
{
	joinable_suspend(set); /* who joins has the helper look first */
	if (set->upkeep.state == UPKEEP_CURRENT || set->upkeep.state == UPKEEP_FRESH)
		set->upkeep.state = UPKEEP_STALE;
	else if (set->upkeep.state == UPKEEP_VISITED)
		set->upkeep.has_changed = true;
}

static void upkeep_on_mounts(struct source *src)
{
	struct set *set = loop_owner(src, struct set, upkeep.mounts);
	struct upkeep *u = &set->sets->upkeep;

	upkeep_touch(set);
	upkeep_schedule(u, upkeep_pause(u));
}

/* Whether a path of any set has @name as a component; with no room for all names, any may be one. */
static bool upkeep_know(const struct upkeep *u, const char *name)
{
	if (u->names_size >= NAMES_MAX)
		return true;
	for (size_t at = 0; at < u->names_size; at += strlen(u->names + at) + 1)
		if (strcmp(u->names + at, name) == 0)
			return true;
	return false;
}

static void upkeep_learn(struct upkeep *u, const char *path)
{
	while (*(path += strspn(path, "/"))) {
		size_t size = strcspn(path, "/");
		char name[NAME_MAX + 1];
		char *grown;

		(void)snprintf(name, sizeof(name), "%.*s", (int)size, path);
		path += size;
		if (upkeep_know(u, name))
			continue;
		grown = realloc(u->names, u->names_size + strlen(name) + 1);
		if (!grown) {
			u->names_size = NAMES_MAX;
			return;
		}
		u->names = grown;
		memcpy(grown + u->names_size, name, strlen(name) + 1);
		u->names_size += strlen(name) + 1;
	}
}

/*
 * Whether any event is about a name on the way to a path of a set.  Reads UPKEEP_READS times at most:
 * somebody may rename files faster than they are read, and the rest may be about anything.
 */
static bool upkeep_read_events(struct upkeep *u)
{
	union {
		struct inotify_event first;
		char room[4096];
	} buf;
	bool is_ours = false;

	for (int i = 0; i < UPKEEP_READS; i++) {
		ssize_t n = read(u->events.fd, &buf, sizeof(buf));

		if (n <= 0)
			return is_ours;
		for (char *at = buf.room; at < buf.room + n;) {
			const struct inotify_event *e = (const struct inotify_event *)(void *)at;

			is_ours |=
				e->len == 0 || (e->mask & IN_Q_OVERFLOW) || upkeep_know(u, e->name);
			at += sizeof(*e) + e->len;
		}
	}
	return true;
}

static void upkeep_on_events(struct source *src)
{
	struct set *s;
	struct upkeep *u = loop_owner(src, struct upkeep, events);

	if (!upkeep_read_events(u))
		return;
	LIST_FOREACH (s, &u->sets->all, link)
		upkeep_touch(s);
	upkeep_schedule(u, upkeep_pause(u));
}

static void upkeep_on_next(struct timer *t)
{
	struct upkeep *u = loop_owner(t, struct upkeep, next);

	u->pause_us = u->pause_us * 2 < longest_us ? u->pause_us * 2 : longest_us;
	u->round_us = clock_now_us();
	upkeep_child_start(u);
}

void upkeep_init(struct upkeep *u, struct sets *sets)
{
	*u = (struct upkeep){
		.sets = sets,
		.events = {.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
			   .ready = upkeep_on_events},
		.work = WORK_NONE,
		.next = {.fire = upkeep_on_next},
		.refusal = {.run = upkeep_child_on_refusal},
		.pause_us = shortest_us,
	};
	if (u->events.fd < 0 || loop_add(&sets->loop, &u->events, EPOLLIN) < 0)
		log_line(LOG_WARNING,
			 "directories that are renamed on the host are not noticed: %s (see "
			 "/proc/sys/fs/inotify/max_user_instances)",
			 strerrordesc_np(errno));
}

void upkeep_init_set(struct set *set)
{
	set->upkeep.mounts = (struct source){.fd = -EBADF, .ready = upkeep_on_mounts};
}

void upkeep_list(struct set *set, const struct setup_plan *plan)
{
	int r = setup_list_covers(plan, &set->upkeep.covers);

	if (r < 0) {
		set_log(set, LOG_WARNING, "the view of set %" PRIu64 " is not watched: %s",
			set->rec.id, strerrordesc_np(-r));
		cover_list_done(&set->upkeep.covers);
	}
}

void upkeep_list_netns(struct set *set, const char *netns)
{
	if (set->upkeep.covers.size && (set->rec.types & ns_bit(NS_MNT)) &&
	    setup_list_netns(netns, &set->upkeep.covers) < 0)
		set_log(set, LOG_WARNING, "not all files of /etc/netns/%.63s are watched", netns);
}

void upkeep_begin(struct set *set, bool is_new)
{
	struct upkeep *u = &set->sets->upkeep;
	const struct cover_row *row = NULL;

	if (!u->sets || !set->upkeep.covers.size || set->anchor.pidfd < 0)
		return;
	while ((row = cover_list_next(&set->upkeep.covers, row)) != NULL) {
		upkeep_learn(u, cover_path(row));
		if (row->type != COVER_PRIVATE && cover_source(row)[0] == '/')
			upkeep_learn(u, cover_source(row));
	}
	set->upkeep.state = is_new ? UPKEEP_FRESH : UPKEEP_STALE;
	upkeep_schedule(u, first_us);
}

bool upkeep_watch_mounts(struct set *set)
{
	struct source *src = &set->upkeep.mounts;
	struct pollfd seen = {.events = POLLPRI};
	char path[40];

	if (set->upkeep.state == UPKEEP_UNWATCHED)
		return false;
	if (src->fd < 0) {
		(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)set->anchor.pid);
		priv_raise();
		src->fd = open(path, O_RDONLY | O_CLOEXEC);
		priv_lower();
		if (src->fd >= 0 && loop_add(&set->sets->loop, src, EPOLLPRI) < 0)
			nsi_closep(&src->fd);
	}
	seen.fd = src->fd;
	return poll(&seen, 1, 0) > 0; /* changes until now are not reported again */
}

/* The directory of the set's list below <rundir>/etc, made if @is_new.  Returns it, owned, or -errno. */
static int upkeep_open_dir(const struct set *set, bool is_new)
{
	struct nsi_fail f = {""};
	char name[24];

	text_fmt(name, sizeof(name), "%" PRIu64, set->rec.id);
	return is_new ? path_make_dir(set->sets->host.etc_fd, name, 0700, &f)
		      : path_open(set->sets->host.etc_fd, name, O_PATH | O_DIRECTORY, PATH_XDEV_NO);
}

void upkeep_save(struct set *set)
{
	NSI_AUTO_FD int dir = -EBADF;
	int r;

	if (set->upkeep.state == UPKEEP_UNWATCHED)
		return;
	dir = upkeep_open_dir(set, true);
	r = dir < 0 ? dir : cover_list_save(&set->upkeep.covers, dir);
	if (r < 0)
		set_log(set, LOG_WARNING,
			"the list of what set %" PRIu64 " sees cannot be written: %s", set->rec.id,
			strerrordesc_np(-r));
}

void upkeep_adopt(struct set *set)
{
	NSI_AUTO_FD int dir = -EBADF;
	int r;

	if (!set->sets->upkeep.sets || !(set->rec.types & ns_bit(NS_MNT)))
		return;
	dir = upkeep_open_dir(set, false);
	r = dir < 0 ? dir : cover_list_load(&set->upkeep.covers, dir);
	if (r < 0) {
		set_log(set, LOG_NOTICE,
			"the view of set %" PRIu64 " is not watched: its list cannot be read (%s)",
			set->rec.id, strerrordesc_np(-r));
		return;
	}
	upkeep_begin(set, false);
}

void upkeep_end(struct set *set)
{
	struct set_upkeep *k = &set->upkeep;

	loop_remove(&set->sets->loop, &k->mounts);
	nsi_closep(&k->mounts.fd);
	joinable_withdraw(set);
	k->state = UPKEEP_UNWATCHED;
	k->is_wanted = false;
}

void upkeep_free(struct set *set)
{
	cover_list_done(&set->upkeep.covers);
	nsi_closep(&set->upkeep.mounts.fd);
	free(set->upkeep.failure);
	set->upkeep.failure = NULL;
}

/* Asks the kernel, as what has just happened may not have come up in the loop yet. */
static bool upkeep_ask(struct set *set)
{
	struct upkeep *u = &set->sets->upkeep;
	struct pollfd fds[2] = {
		{.fd = set->upkeep.mounts.fd, .events = POLLPRI},
		{.fd = u->events.fd, .events = POLLIN},
	};

	if (poll(fds, 2, 0) == 0)
		return true;
	if (fds[1].revents)
		upkeep_on_events(&u->events);
	if (fds[0].revents)
		upkeep_touch(set);
	return set->upkeep.state == UPKEEP_CURRENT || set->upkeep.state == UPKEEP_FRESH;
}

bool upkeep_is_settled(struct set *set)
{
	const struct set_upkeep *k = &set->upkeep;

	return k->state == UPKEEP_UNWATCHED ||
	       ((k->state == UPKEEP_FRESH || k->state == UPKEEP_CURRENT) && !k->is_lost &&
		upkeep_ask(set));
}

bool upkeep_is_current(struct set *set)
{
	struct set_upkeep *k = &set->upkeep;

	if (k->state == UPKEEP_UNWATCHED)
		return true;
	if (k->state != UPKEEP_VISITED && clock_now_us() - k->visited_us < just_now_us)
		return true;
	if (k->state == UPKEEP_FRESH && upkeep_ask(set))
		return true;
	if (k->state == UPKEEP_CURRENT && !k->is_lost && upkeep_ask(set))
		return true;
	if (k->state == UPKEEP_CURRENT)
		k->state = UPKEEP_STALE;
	k->is_wanted = true;
	upkeep_child_start(&set->sets->upkeep);
	return false;
}

const char *upkeep_failure(const struct set *set)
{
	return set->upkeep.state != UPKEEP_UNWATCHED && set->upkeep.is_lost
		       ? (set->upkeep.failure ? set->upkeep.failure : "its view cannot be put back")
		       : NULL;
}
