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
#include "policy/image.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "sets/helper.h"
#include "sets/set.h"

enum {
	UNDO_SECONDS = 60 /* several may wait for each other */
};

int limits_open(int run_fd, struct nsi_fail *f)
{
	return path_make_dir(run_fd, "limits", 0700, f);
}

static bool is_held(const struct helper *h, uint64_t set, uint32_t uid)
{
	for (const struct set *s = h->sets; s; s = s->next) {
		if (!s->rec.has_limits)
			continue;
		if (set ? s->rec.id == set : s->rec.scope == POL_SCOPE_USER && s->rec.owner == uid)
			return true;
	}
	return helper_needs_limits(h, set, uid);
}

/* Twice forked, as nobody waits for it; it goes on when the helper ends. */
static void start_undo(const struct helper *h)
{
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info;
	pid_t pid = child_fork(0, &pidfd);
	int dir = h->limits_fd;

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
	priv_raise();              /* as whoever made it had: see serve/limit.c */
	limit_undo_all(dir);
	_exit(0);
}

/* Returns whether there was such a record. */
static bool set_to_end(const struct helper *h, const char *name)
{
	char end[LIMITS_NAME];
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return false; /* then when the next one ends */
	(void)snprintf(end, sizeof(end), "end-%016" PRIx64, number);
	return renameat(h->limits_fd, name, h->limits_fd, end) == 0;
}

void limits_release(struct helper *h, uint64_t set, uint32_t uid)
{
	char name[LIMITS_NAME];

	limits_name(name, set, uid);
	if (!is_held(h, set, uid) && set_to_end(h, name))
		start_undo(h);
}

void limits_collect(struct helper *h)
{
	NSI_AUTO_DIR DIR *dir = path_list(h->limits_fd, ".");
	struct dirent *e;
	bool found = false;

	if (!dir)
		return; /* they stay until there is a helper that can */
	path_tidy(h->limits_fd);
	while ((e = readdir(dir)) != NULL) {
		const char *name = e->d_name;
		uint64_t number;

		found |= strncmp(name, "end-", 4) == 0;
		if ((name[0] != 'u' && name[0] != 's') ||
		    text_u64(name + 1, UINT64_MAX, &number) < 0)
			continue;
		if (!is_held(h, name[0] == 's' ? number : 0, (uint32_t)number))
			found |= set_to_end(h, name);
	}
	if (found)
		start_undo(h);
}
