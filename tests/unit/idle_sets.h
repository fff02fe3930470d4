/* SPDX-License-Identifier: MIT */
/* The context of sets without a host, in which no child is started and no file system is watched */
#ifndef NSI_TEST_IDLE_SETS_H
#define NSI_TEST_IDLE_SETS_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sets/all.h"
#include "sets/set.h"

/* Makes @sets, with @rundir and its directories @sets_fd and @etc_fd, owned from here on, or -EBADF.  Returns 0 or -1. */
static inline int idle_sets_make(struct sets *sets, const char *rundir, int sets_fd, int etc_fd)
{
	memset(sets, 0, sizeof(*sets));
	sets->host.rundir = rundir;
	sets->host.sets_fd = sets_fd;
	sets->host.etc_fd = etc_fd;
	sets->spare.anchor.pidfd = -EBADF; /* there is none */
	sets->scanner.sets = sets;
	/* One is under way for ever: another that is asked for shows in "again", and nothing is forked. */
	sets->scanner.work.pidfd = sets->sweeper.work.pidfd = sets_fd < 0 ? STDIN_FILENO : sets_fd;
	sets->sentinels = (struct sentinels){.sets = sets, .events = {.fd = -EBADF}};
	return loop_init(&sets->loop) < 0 ? -1 : 0;
}

/* Frees its sets, and closes the directories. */
static inline void idle_sets_done(struct sets *sets)
{
	while (!LIST_EMPTY(&sets->all))
		set_free(LIST_FIRST(&sets->all));
	loop_done(&sets->loop);
	nsi_closep(&sets->host.sets_fd);
	nsi_closep(&sets->host.etc_fd);
}

#endif /* NSI_TEST_IDLE_SETS_H */
