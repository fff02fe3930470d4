/* SPDX-License-Identifier: MIT */
/* The rundir of a helper that was killed, in a system of a test's own, and the helper that comes after it */
#ifndef NSI_TEST_FORMER_H
#define NSI_TEST_FORMER_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "policy/image.h"
#include "sets/adopt.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "state/record.h"
#include "tests/unit/faults.h"
#include "tests/unit/process.h"

enum {
	SET_ID = 7,
	USER = 1000,
};

static struct sets sets;

/* The rundir of a helper that was killed. */
static inline void make_rundir(void)
{
	faults_check(mkdir("/run/sets", 0700) == 0 && mkdir("/run/etc", 0700) == 0 &&
			     mkdir("/run/etc/7", 0700) == 0 && mkdir("/run/state", 0700) == 0 &&
			     mkdir("/run/net", 0700) == 0,
		     "no rundir: %s", strerror(errno));
}

static inline void begin_helper(void)
{
	memset(&sets, 0, sizeof(sets));
	sets.host = (struct host){
		.rundir = "/run",
		.statedir = "/run/state",
		.boot_id = "this-boot",
		.sets_fd = open("/run/sets", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.etc_fd = open("/run/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	sets.spare.anchor.pidfd = -EBADF;
	sets.scanner.sets = &sets;
	/* One is under way for ever, and nothing is forked. */
	sets.scanner.work.pidfd = sets.sweeper.work.pidfd = sets.host.sets_fd;
	sets.sentinels = (struct sentinels){.sets = &sets, .events = {.fd = -EBADF}};
	sets.networks.dir_fd = open("/run/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(loop_init(&sets.loop) == 0, "no loop");
}

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static inline void end_helper(void)
{
	while (!LIST_EMPTY(&sets.all))
		set_free(LIST_FIRST(&sets.all));
	loop_done(&sets.loop);
	nsi_closep(&sets.host.sets_fd);
	nsi_closep(&sets.host.etc_fd);
	nsi_closep(&sets.networks.dir_fd);
}

#endif /* NSI_TEST_FORMER_H */
