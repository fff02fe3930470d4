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
#include "tests/unit/idle_sets.h"
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
	faults_check(idle_sets_make(&sets, "/run",
				    open("/run/sets", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				    open("/run/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == 0,
		     "no loop");
	sets.host.statedir = "/run/state";
	memcpy(sets.host.boot_id, "this-boot", sizeof("this-boot"));
	sets.networks.dir_fd = open("/run/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static inline void end_helper(void)
{
	idle_sets_done(&sets);
	nsi_closep(&sets.networks.dir_fd);
}

#endif /* NSI_TEST_FORMER_H */
