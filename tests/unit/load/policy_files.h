/* SPDX-License-Identifier: MIT */
/* A configuration, a rundir and a statedir of a test's own, and a loader for them. */
#ifndef NSI_TEST_POLICY_FILES_H
#define NSI_TEST_POLICY_FILES_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "load/loader.h"
#include "policy/image.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

#define POLICY(name) "version = 1;\npolicies = { " name " = { namespaces = [ \"mount\" ]; }; };\n"

struct fixture {
	struct scratch s;
	struct host host;
	struct loop loop;
	struct loader loader;
	unsigned done; /* how often a load has ended */
};

static void on_done(struct loader *l)
{
	struct fixture *x = l->arg;

	x->done++;
	l->loop->stop = true;
}

static int set_up(void **state)
{
	static struct fixture x;

	memset(&x, 0, sizeof(x));
	umask(022);
	/* For root a place that is root's alone, so that the file is trusted. */
	if (scratch_make_below(&x.s, geteuid() == 0 ? "/run" : "/tmp") < 0 ||
	    scratch_write(&x.s, "run/.keep", "") < 0 || scratch_write(&x.s, "state/.keep", "") < 0)
		return -1;
	x.host.config = strdup(scratch_path(&x.s, 0, "test.conf"));
	x.host.rundir = strdup(scratch_path(&x.s, 0, "run"));
	x.host.statedir = strdup(scratch_path(&x.s, 0, "state"));
	x.host.run_fd = open(x.host.rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (loop_init(&x.loop) < 0)
		return -1;
	loader_init(&x.loader, &x.loop, &x.host, on_done, &x);
	*state = &x;
	return x.host.run_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	free(x->loader.image);
	nsi_closep(&x->host.run_fd);
	free((char *)(uintptr_t)x->host.config);
	free((char *)(uintptr_t)x->host.rundir);
	free((char *)(uintptr_t)x->host.statedir);
	loop_done(&x->loop);
	scratch_done(&x->s);
	return 0;
}

static void wait_on(struct loop *l)
{
	(void)l;
}

/* Has a load that is under way end. */
static inline void let_end(struct fixture *x)
{
	assert_true(loader_is_busy(&x->loader));
	x->loop.stop = false;
	assert_int_equal(loop_run(&x->loop, wait_on), 0);
	assert_false(loader_is_busy(&x->loader));
}

/* Ends a child, and waits for that: on a busy machine its descriptor would be kept until it has ended. */
static inline void end_work(struct work *w)
{
	struct pollfd end = {.fd = w->pidfd, .events = POLLIN};

	work_kill(w);
	if (work_is_busy(w))
		(void)poll(&end, 1, -1);
	work_cancel(w);
}

#endif /* NSI_TEST_POLICY_FILES_H */
