/* SPDX-License-Identifier: MIT */
#include "sets/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/proc.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "setup/setup.h"

/* Behind a login, so that what it does next is not held up by the fork. */
static const uint64_t shortest_us = 5 * 1000;
static const uint64_t longest_us = 10 * 1000000;

/* Between two mounts of a host that mounts now and then. */
static const uint64_t quiet_us = 1000000;

/* When logins come as close as this, the next one waits longer without a spare than for its fork. */
static const uint64_t rush_us = 10 * 1000;
static const uint64_t rush_pause_us = 900; /* the wait of the loop is rounded up to milliseconds */
static const uint64_t calm_us = 5 * 1000000;

static bool spare_is_there(const struct spare_anchor *a)
{
	return a->anchor.pidfd >= 0;
}

static unsigned spare_count(const struct spare *s)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SPARE_MAX; i++)
		count += spare_is_there(&s->ready[i]);
	return count;
}

/* Without the anchor, which is killed, or somebody's by now. */
static void spare_forget(struct spare_anchor *a)
{
	struct loop *loop = &a->spare->sets->loop;

	loop_remove(loop, &a->process);
	loop_remove(loop, &a->mounts);
	nsi_closep(&a->mounts.fd);
	a->process.fd = -EBADF;
}

static void spare_end(struct spare_anchor *a)
{
	spare_forget(a);
	anchor_stop(&a->anchor, SIGKILL);
	anchor_done(&a->anchor);
}

static void spare_make_again(struct spare *s, uint64_t pause_us)
{
	if (s->types && !s->sets->stopping)
		loop_arm(&s->sets->loop, &s->timer, pause_us);
}

/*
 * It came to nothing: on a host that mounts all the time, none is worth its fork.  A host that mounts now and then does so
 * for logins: systemd mounts /run/user/UID right before the user's manager opens the first session.
 */
static void spare_waste(struct spare_anchor *a)
{
	struct spare *s = a->spare;

	if (!spare_is_there(a))
		return;
	spare_end(a);
	s->stock = 1;
	if (clock_now_us() - a->made_us > quiet_us)
		s->pause_us = shortest_us;
	else
		s->pause_us = s->pause_us * 2 < longest_us ? s->pause_us * 2 : longest_us;
	spare_make_again(s, s->pause_us);
}

static void spare_on_mounts(struct source *src)
{
	spare_waste(loop_owner(src, struct spare_anchor, mounts));
}

static void spare_on_process(struct source *src)
{
	spare_waste(loop_owner(src, struct spare_anchor, process));
}

/* The watch begins before the copy is made, so that no change falls in between. */
static int spare_watch_mounts(struct spare_anchor *a)
{
	struct pollfd first = {.events = POLLPRI};

	a->mounts.fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (a->mounts.fd < 0)
		return -errno;
	first.fd = a->mounts.fd;
	return poll(&first, 1, 0) < 0 ? -errno : 0;
}

static int spare_watch(struct spare_anchor *a)
{
	struct loop *loop = &a->spare->sets->loop;
	int r = loop_add(loop, &a->mounts, EPOLLPRI);

	a->process.fd = a->anchor.pidfd;
	return r < 0 ? r : loop_add(loop, &a->process, EPOLLIN);
}

/* Without one, a login waits for its anchor as ever: so nothing here is worth a line of the log. */
static void spare_make(struct spare_anchor *a)
{
	struct spare *s = a->spare;
	struct sets *sets = s->sets;
	const struct anchor_spare wanted = {
		.host = &sets->host,
		.image = sets->loader.image,
		.types = s->types,
		.digest = s->digest,
		.is_lazy = s->is_lazy,
	};
	struct nsi_fail ignored = {""};

	if (spare_watch_mounts(a) < 0 || uname(&a->host) < 0 ||
	    anchor_start_spare(&wanted, &a->anchor, &ignored) < 0) {
		nsi_closep(&a->mounts.fd);
		return;
	}
	a->number = s->made++;
	a->made_us = clock_now_us();
	if (proc_start_time(a->anchor.pid, &a->anchor_start) < 0 || spare_watch(a) < 0) {
		spare_waste(a);
		return;
	}
	if (!s->is_lazy)
		memory_own(); /* now that nobody waits */
}

/* The place of the next one, or of one too many. */
static struct spare_anchor *spare_find(struct spare *s, bool is_there)
{
	struct spare_anchor *a = s->ready;

	while (spare_is_there(a) != is_there)
		a++;
	return a;
}

static void spare_on_timer(struct timer *t)
{
	struct spare *s = loop_owner(t, struct spare, timer);
	const unsigned count = spare_count(s);

	if (clock_now_us() - s->wanted_us >= calm_us)
		s->stock = 1;
	if (count > s->stock)
		spare_end(spare_find(s, true));
	if (count >= s->stock || !s->sets->loader.image || loader_is_busy(&s->sets->loader))
		return; /* the present ones are watched already */
	spare_make(spare_find(s, false));
	if (spare_count(s) == count)
		return; /* the next login asks again */
	if (s->stock > 1)
		spare_make_again(s, count + 1 < s->stock ? rush_pause_us : calm_us);
}

void spare_init(struct spare *s, struct sets *sets)
{
	*s = (struct spare){
		.sets = sets,
		.stock = 1,
		.timer = {.fire = spare_on_timer},
		.pause_us = shortest_us,
	};
	for (unsigned i = 0; i < SPARE_MAX; i++)
		s->ready[i] = (struct spare_anchor){
			.spare = s,
			.anchor = {.pidfd = -EBADF, .socket = -EBADF},
			.mounts = {.fd = -EBADF, .ready = spare_on_mounts},
			.process = {.fd = -EBADF, .ready = spare_on_process},
		};
}

static uint32_t spare_types(const struct setup_plan *plan)
{
	if (plan->policy->types & ~ns_types_with(NS_SPARE))
		return 0;
	return setup_types_cloned(plan->policy);
}

/* Asks the kernel, as what has just happened may not have come up in the loop yet. */
static bool spare_is_current(const struct spare_anchor *a)
{
	struct pollfd changed = {.fd = a->mounts.fd, .events = POLLPRI};
	struct utsname now;

	return poll(&changed, 1, 0) == 0 && uname(&now) == 0 &&
	       strcmp(now.nodename, a->host.nodename) == 0 &&
	       strcmp(now.domainname, a->host.domainname) == 0;
}

/* The one that has had the longest time to get ready. */
static struct spare_anchor *spare_oldest(struct spare *s)
{
	struct spare_anchor *oldest = NULL;

	for (unsigned i = 0; i < SPARE_MAX; i++)
		if (spare_is_there(&s->ready[i]) &&
		    (!oldest || s->ready[i].number < oldest->number))
			oldest = &s->ready[i];
	return oldest;
}

bool spare_take(struct spare *s, const struct setup_plan *plan, struct anchor *ret,
		uint64_t *ret_start)
{
	struct spare_anchor *a = spare_oldest(s);

	if (!a || spare_types(plan) != s->types)
		return false;
	if (!spare_is_current(a) || anchor_order(&a->anchor, plan) < 0) {
		spare_waste(a);
		return false;
	}
	spare_forget(a);
	*ret = a->anchor;
	*ret_start = a->anchor_start;
	a->anchor = (struct anchor){.pidfd = -EBADF, .socket = -EBADF};
	s->pause_us = shortest_us;
	return true;
}

void spare_want(struct spare *s, const struct setup_plan *plan)
{
	const uint64_t last_us = s->wanted_us;
	uint32_t types = spare_types(plan);

	if (types == 0)
		return;
	if (types != s->types)
		spare_drop(s);
	s->types = types;
	s->digest = plan->policy->digest;
	s->is_lazy = plan->policy->scope == POL_SCOPE_JOB;
	s->wanted_us = clock_now_us();
	if (!s->is_lazy && s->pause_us == shortest_us && s->wanted_us - last_us < rush_us)
		s->stock = SPARE_MAX;
	if (spare_count(s) < s->stock)
		spare_make_again(s, s->stock > 1 ? rush_pause_us : s->pause_us);
}

void spare_drop(struct spare *s)
{
	uint64_t pause = s->pause_us;

	for (unsigned i = 0; i < SPARE_MAX; i++)
		spare_waste(&s->ready[i]);
	s->pause_us = pause;
}

int spare_pid(const struct spare *s, unsigned nth)
{
	for (unsigned i = 0; i < SPARE_MAX; i++)
		if (spare_is_there(&s->ready[i]) && nth-- == 0)
			return s->ready[i].anchor.pid;
	return 0;
}
