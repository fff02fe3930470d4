/* SPDX-License-Identifier: MIT */

#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/text.h"
#include "load/loader.h"
#include "policy/files.h"

static const uint64_t settle_us = 100000;

static void watch_add(const struct watch *w, const char *dir)
{
	const uint32_t mask =
		IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB | IN_ONLYDIR;

	/* Failure is harmless: each login also checks the files by stat(2). */
	(void)inotify_add_watch(w->events.fd, dir, mask);
}

/* The directory of @config and that of its drop-ins. */
static void watch_add_config(const struct watch *w, const char *config)
{
	char dir[PATH_MAX];
	char *slash;

	if (files_dropin_dir(config, dir, sizeof(dir)) == 0)
		watch_add(w, dir);
	if (text_copy(dir, sizeof(dir), config) < 0)
		return;
	slash = strrchr(dir, '/');
	if (slash && slash != dir) {
		*slash = '\0';
		watch_add(w, dir);
	}
}

/* Each time: a directory may have come, and one that is watched already stays so. */
static void watch_add_all(const struct watch *w)
{
	watch_add_config(w, w->loader->sources.config);
	if (w->loader->sources.vendor)
		watch_add_config(w, w->loader->sources.vendor);
}

static void watch_on_events(struct source *s)
{
	struct watch *w = loop_owner(s, struct watch, events);
	char buf[4096];

	while (read(s->fd, buf, sizeof(buf)) > 0)
		; /* which file it was does not matter: all are looked at */
	if (w->settle.due_us == 0)
		loop_arm(w->loop, &w->settle, settle_us);
}

static void watch_on_settled(struct timer *t)
{
	struct watch *w = loop_owner(t, struct watch, settle);

	watch_add_all(w);
	if (loader_is_busy(w->loader))
		loop_arm(w->loop, t, settle_us);
	else
		(void)loader_refresh(w->loader); /* its done() says how it went */
}

void watch_start(struct watch *w, struct loop *loop, struct loader *loader)
{
	*w = (struct watch){
		.loop = loop,
		.loader = loader,
		.events = {.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .ready = watch_on_events},
		.settle = {.fire = watch_on_settled},
	};
	if (w->events.fd < 0)
		return; /* then it is read when somebody logs in */
	watch_add_all(w);
	if (loop_add(loop, &w->events, EPOLLIN) < 0) {
		close(w->events.fd);
		w->events.fd = -1;
	}
}
