/* SPDX-License-Identifier: MIT */
/* A set without an anchor and without a look at /proc, and a login that waits for it */
#ifndef NSI_TEST_LIFE_SET_H
#define NSI_TEST_LIFE_SET_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/set.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

struct fixture {
	struct scratch s;
	struct sets sets;
	struct set *set;
	struct set_waiter login;
	unsigned news; /* that the set had for the login */
};

static struct fixture x;

/* A login that goes on waiting as long as there is a set. */
static inline void on_news(struct loop_job *job)
{
	struct set_waiter *w = loop_owner(job, struct set_waiter, job);
	struct set *set = set_by_id(&x.sets, w->set_id);

	x.news++;
	if (set)
		set_wait(set, w);
}

/* The end of a turn of the loop. */
static inline void turn(void)
{
	loop_run_jobs(&x.sets.loop);
}

static inline void adopt(uint64_t id, uint8_t on_last_close, uint32_t linger)
{
	struct set_record rec = {
		.id = id, .types = 1, .on_last_close = on_last_close, .linger = linger};

	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	x.login.job.run = on_news;
	set_wait(x.set, &x.login);
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&x, 0, sizeof(x));
	if (scratch_make(&x.s) < 0 || mkdir(scratch_path(&x.s, 0, "sets"), 0700) < 0 ||
	    mkdir(scratch_path(&x.s, 0, "etc"), 0700) < 0)
		return -1;
	return idle_sets_make(
		&x.sets, NULL,
		open(scratch_path(&x.s, 0, "sets"), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		open(scratch_path(&x.s, 0, "etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static inline int tear_down(void **state)
{
	(void)state;
	idle_sets_done(&x.sets);
	scratch_done(&x.s);
	return 0;
}

/* Whether a look at /proc was asked for since the last time. */
static inline bool looks(void)
{
	bool again = x.sets.scanner.again;

	x.sets.scanner.again = false;
	return again;
}

static inline void sessions_are(unsigned count)
{
	x.set->session_count = count;
	set_step(x.set, SET_SESSIONS);
}

static inline bool is_gone(void)
{
	return LIST_EMPTY(&x.sets.all);
}

/* The result of a scan: @members, one of which is in all of the namespaces if @is_whole. */
static inline void look_finds(unsigned members, bool is_whole, bool is_partial)
{
	const struct set_found found = {.members = members,
					.pid = members > 0,
					.is_whole = is_whole,
					.is_partial = is_partial};

	set_scanned(x.set, &found);
}

/* A file system of the set's: one that is watched, or one that no device is of any more. */
static inline void file_system_is_there(bool there)
{
	x.set->watch.count = 1;
	x.set->watch.is_partial = !there;
	x.set->watch.roots[0].wd = there ? 1 : -1;
	x.set->watch.roots[0].dev = 0xfffff;
}

static inline void timer_fires(void)
{
	loop_disarm(&x.sets.loop, &x.set->timer);
	set_on_timer(&x.set->timer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif /* NSI_TEST_LIFE_SET_H */
