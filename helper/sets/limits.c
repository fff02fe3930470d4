/* SPDX-License-Identifier: MIT */
#include "sets/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroup/cgroup_limit.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"

enum {
	UNDO_SECONDS = 60 /* several may wait for each other */
};

int limits_init(struct limits_registry *l, int run_fd, struct nsi_fail *f)
{
	l->dir_fd = path_make_dir(run_fd, "limits", 0700, f);
	return l->dir_fd < 0 ? l->dir_fd : 0;
}

static bool limits_are_held(const struct limits_registry *l, uint64_t set, uint32_t uid)
{
	for (const struct limits_holder *h = l->holders; h; h = h->next)
		if (h->set == set && (set || h->uid == uid))
			return true;
	return false;
}

/* Twice forked, as nobody waits for it; it goes on when the helper ends. */
static void limits_start_undo(const struct limits_registry *l)
{
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info;
	pid_t pid = child_fork(0, &pidfd);
	int dir = l->dir_fd;

	if (pid > 0)
		(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED); /* ends at once */
	if (pid < 0)
		log_line(LOG_WARNING, "cannot undo limits yet: %s", strerrordesc_np((int)-pid));
	if (pid != 0)
		return;
	if (child_isolate(&dir, 1) < 0 || child_fork(0, &pidfd) != 0)
		_exit(0);
	log_forked();
	(void)alarm(UNDO_SECONDS); /* SIGALRM ends it: nothing of ours waits for ever */
	priv_raise();              /* as the child that applied them had: see serve/limit.c */
	limit_undo_all(dir);
	_exit(0);
}

/* Returns whether there was such a record. */
static bool limits_set_to_end(const struct limits_registry *l, const char *name)
{
	char end[LIMITS_NAME];
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return false; /* then when the next one ends */
	(void)snprintf(end, sizeof(end), "end-%016" PRIx64, number);
	return renameat(l->dir_fd, name, l->dir_fd, end) == 0;
}

void limits_hold(struct limits_registry *l, struct limits_holder *h, uint64_t set, uint32_t uid)
{
	if (h->holds)
		return;
	*h = (struct limits_holder){.next = l->holders, .holds = true, .set = set, .uid = uid};
	l->holders = h;
}

void limits_release(struct limits_registry *l, struct limits_holder *h)
{
	struct limits_holder **at = &l->holders;
	char name[LIMITS_NAME];

	if (!h->holds)
		return;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
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
