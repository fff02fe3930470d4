/* SPDX-License-Identifier: MIT */
#include "sets/limits.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroup/cgroup_limit.h"
#include "log/log.h"
#include "priv/priv.h"

enum {
	UNDO_SECONDS = 60 /* several may wait for each other */
};

int limits_init(struct limits_registry *l, struct loop *loop, int run_fd, struct nsi_fail *f)
{
	*l = (struct limits_registry){.loop = loop, .undo = WORK_NONE};
	l->dir_fd = path_make_dir(run_fd, "limits", 0700, f);
	return l->dir_fd < 0 ? l->dir_fd : 0;
}

static bool limits_are_held(const struct limits_registry *l, uint64_t set, uint32_t uid)
{
	const struct limits_holder *h;

	if (l->has_unknown && !set)
		return true;
	LIST_FOREACH (h, &l->holders, link)
		if (h->set == set && (set || h->uid == uid))
			return true;
	return false;
}

static int limits_run_undo(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	(void)arg;
	(void)out;
	(void)f;
	priv_raise(); /* as the child that applied them had: see serve/limit.c */
	limit_undo_all(fds[0]);
	return 0;
}

static void limits_start_undo(struct limits_registry *l);

static void limits_on_undone(struct work *w)
{
	struct limits_registry *l = loop_owner(w, struct limits_registry, undo);

	if (l->again)
		limits_start_undo(l);
}

/* Nothing waits for the child; it goes on when the helper ends. */
static void limits_start_undo(struct limits_registry *l)
{
	int r;

	l->again = work_is_busy(&l->undo);
	if (l->again)
		return;
	r = work_start(&l->undo, l->loop,
		       &(struct work_order){
			       .run = limits_run_undo,
			       .fds = {l->dir_fd},
			       .fd_count = 1,
			       .seconds = UNDO_SECONDS,
			       .done = limits_on_undone,
		       });
	if (r < 0)
		log_line(LOG_WARNING, "cannot undo limits yet: %s", strerrordesc_np(-r));
}

/* Returns whether there was such a record. */
static bool limits_set_to_end(const struct limits_registry *l, const char *name)
{
	char end[LIMITS_NAME];
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return false; /* then when the next one ends */
	text_fmt(end, sizeof(end), "end-%016" PRIx64, number);
	return renameat(l->dir_fd, name, l->dir_fd, end) == 0;
}

void limits_hold(struct limits_registry *l, struct limits_holder *h, uint64_t set, uint32_t uid)
{
	if (h->holds)
		return;
	*h = (struct limits_holder){.holds = true, .set = set, .uid = uid};
	LIST_INSERT_HEAD(&l->holders, h, link);
}

void limits_release(struct limits_registry *l, struct limits_holder *h)
{
	char name[LIMITS_NAME];

	if (!h->holds)
		return;
	LIST_REMOVE(h, link);
	h->holds = false;
	limits_name(name, h->set, h->uid);
	if (!limits_are_held(l, h->set, h->uid) && limits_set_to_end(l, name))
		limits_start_undo(l);
}

void limits_collect(struct limits_registry *l)
{
	NSI_AUTO_DIR DIR *dir = path_list(l->dir_fd, ".");
	struct dirent *e;
	bool found = false;

	if (!dir)
		return; /* they stay until there is a helper that can */
	path_tidy(l->dir_fd);
	while ((e = readdir(dir)) != NULL) {
		const char *name = e->d_name;
		uint64_t number;

		found |= strncmp(name, "end-", 4) == 0;
		if ((name[0] != 'u' && name[0] != 's') ||
		    text_u64(name + 1, UINT64_MAX, &number) < 0)
			continue;
		if (!limits_are_held(l, name[0] == 's' ? number : 0, (uint32_t)number))
			found |= limits_set_to_end(l, name);
	}
	if (found)
		limits_start_undo(l);
}
