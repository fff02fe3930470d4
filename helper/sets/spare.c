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
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "setup/setup.h"

/* Behind a login, so that others that come with it are not held up by the fork. */
static const uint64_t shortest_us = 5 * 1000;
static const uint64_t longest_us = 10 * 1000000;

/* Between two mounts of a host that mounts now and then. */
static const uint64_t quiet_us = 1000000;

static bool spare_is_there(const struct spare *s)
{
	return s->anchor.pidfd >= 0;
}

/* Without the anchor, which is killed, or somebody's by now. */
static void spare_forget(struct spare *s)
{
	struct loop *loop = &s->sets->loop;

	loop_remove(loop, &s->process);
	loop_remove(loop, &s->mounts);
	nsi_closep(&s->mounts.fd);
	s->process.fd = -EBADF;
}

static void spare_make_again(struct spare *s)
{
	if (s->types && !s->sets->stopping)
		loop_arm(&s->sets->loop, &s->timer, s->pause_us);
}

/*
 * It came to nothing: on a host that mounts all the time, none is worth its fork.  A host that mounts now and then does so
 * for logins: systemd mounts /run/user/UID right before the user's manager opens the first session.
 */
static void spare_waste(struct spare *s)
{
	if (!spare_is_there(s))
		return;
	spare_forget(s);
	anchor_stop(&s->anchor, SIGKILL);
	anchor_done(&s->anchor);
	if (clock_now_us() - s->made_us > quiet_us)
		s->pause_us = shortest_us;
	else
		s->pause_us = s->pause_us * 2 < longest_us ? s->pause_us * 2 : longest_us;
	spare_make_again(s);
}

static void spare_on_mounts(struct source *src)
{
	spare_waste(loop_owner(src, struct spare, mounts));
}

static void spare_on_process(struct source *src)
{
	spare_waste(loop_owner(src, struct spare, process));
}

/* The watch begins before the copy is made, so that no change falls in between. */
static int spare_watch_mounts(struct spare *s)
{
	struct pollfd first = {.events = POLLPRI};

	s->mounts.fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (s->mounts.fd < 0)
		return -errno;
	first.fd = s->mounts.fd;
	return poll(&first, 1, 0) < 0 ? -errno : 0;
}

static int spare_watch(struct spare *s)
{
	int r = loop_add(&s->sets->loop, &s->mounts, EPOLLPRI);

	s->process.fd = s->anchor.pidfd;
	return r < 0 ? r : loop_add(&s->sets->loop, &s->process, EPOLLIN);
}

/* Without one, a login waits for its anchor as ever: so nothing here is worth a line of the log. */
static void spare_make(struct timer *t)
{
	struct spare *s = loop_owner(t, struct spare, timer);
	struct sets *sets = s->sets;
	const struct anchor_spare wanted = {
		.host = &sets->host,
		.image = sets->loader.image,
		.types = s->types,
		.digest = s->digest,
		.is_lazy = s->is_lazy,
	};
	struct nsi_fail ignored = {""};

	if (spare_is_there(s) || !sets->loader.image || loader_is_busy(&sets->loader))
		return; /* the present spare is watched already */
	if (spare_watch_mounts(s) < 0 || uname(&s->host) < 0 ||
	    anchor_start_spare(&wanted, &s->anchor, &ignored) < 0) {
		nsi_closep(&s->mounts.fd);
		return;
	}
	s->made_us = clock_now_us();
	if (priv_start_time(s->anchor.pid, &s->anchor_start) < 0 || spare_watch(s) < 0) {
		spare_waste(s);
		return;
	}
	if (!s->is_lazy)
		memory_own(); /* now that nobody waits */
}

void spare_init(struct spare *s, struct sets *sets)
{
	*s = (struct spare){
		.sets = sets,
		.anchor = {.pidfd = -EBADF, .socket = -EBADF},
		.mounts = {.fd = -EBADF, .ready = spare_on_mounts},
		.process = {.fd = -EBADF, .ready = spare_on_process},
		.timer = {.fire = spare_make},
		.pause_us = shortest_us,
	};
}

static uint32_t spare_types(const struct setup_plan *plan)
{
	if (plan->policy->types & ~ns_types_with(NS_SPARE))
		return 0;
	return setup_types_cloned(plan->policy);
}

/* Asks the kernel, as what has just happened may not have come up in the loop yet. */
static bool spare_is_current(const struct spare *s)
{
	struct pollfd changed = {.fd = s->mounts.fd, .events = POLLPRI};
	struct utsname now;

	return poll(&changed, 1, 0) == 0 && uname(&now) == 0 &&
	       strcmp(now.nodename, s->host.nodename) == 0 &&
	       strcmp(now.domainname, s->host.domainname) == 0;
}

bool spare_take(struct spare *s, const struct setup_plan *plan, struct anchor *ret,
		uint64_t *ret_start)
{
	if (!spare_is_there(s) || spare_types(plan) != s->types)
		return false;
	if (!spare_is_current(s) || anchor_order(&s->anchor, plan) < 0) {
		spare_waste(s);
		return false;
	}
	spare_forget(s);
	*ret = s->anchor;
	*ret_start = s->anchor_start;
	s->anchor = (struct anchor){.pidfd = -EBADF, .socket = -EBADF};
	s->pause_us = shortest_us;
	return true;
}

void spare_want(struct spare *s, const struct setup_plan *plan)
{
	uint32_t types = spare_types(plan);

	if (types == 0)
		return;
	if (spare_is_there(s) && types != s->types)
		spare_drop(s);
	s->types = types;
	s->digest = plan->policy->digest;
	s->is_lazy = plan->policy->scope == POL_SCOPE_JOB;
	if (!spare_is_there(s))
		spare_make_again(s);
}

void spare_drop(struct spare *s)
{
	uint64_t pause = s->pause_us;

	spare_waste(s);
	s->pause_us = pause;
}
