/* SPDX-License-Identifier: MIT */
/* The verb "gc" */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/garbage.h"
#include "ctl/say.h"
#include "ctl/session.h"

enum {
	PATIENCE_SECONDS = 60,
	LOOK_EVERY_US = 100000
};

static bool gc_has(const struct garbage *g, const char *line)
{
	for (unsigned i = 0; i < g->count; i++)
		if (strcmp(g->lines[i], line) == 0)
			return true;
	return false;
}

/* Counts the lines of @was that are still true; with @say, the last time, prints each. */
static int count_left(const struct ctl *ctl, const struct garbage *was, bool say, unsigned *ret,
		      struct nsi_fail *f)
{
	NSI_CLEANUP(garbage_done) struct garbage now = {0};
	int r = garbage_find(ctl, &now, f);

	*ret = 0;
	for (unsigned i = 0; i < was->count && r == 0; i++) {
		bool left = gc_has(&now, was->lines[i]);

		*ret += left;
		if (say)
			(void)printf("%s %s\n", left ? "stays" : "gone ", was->lines[i]);
	}
	/* A directory that is moved to the trash is found there under another name for a while. */
	for (unsigned i = 0; i < now.count && r == 0 && !say; i++)
		*ret += strstr(now.lines[i], "/trash/") != NULL;
	return r;
}

/* The helper answers at once; its sweeper goes on at idle priority. */
static int wait_for_sweep(const struct ctl *ctl, const struct garbage *was, struct nsi_fail *f)
{
	uint64_t end = clock_now_us() + PATIENCE_SECONDS * UINT64_C(1000000);
	unsigned left = was->count, before = was->count + 1, idle = 0;
	int r = 0;

	/* Some leftovers are for an administrator to remove: stop when nothing changes any more. */
	while (r == 0 && left > 0 && clock_now_us() < end && idle < 30) {
		(void)usleep(LOOK_EVERY_US);
		r = count_left(ctl, was, false, &left, f);
		idle = left < before ? 0 : idle + 1;
		before = left;
		say_progress("sweeping: %u left", left);
	}
	say_progress_end();
	return r < 0 ? r : count_left(ctl, was, true, &left, f);
}

int gc_verb(const struct ctl *ctl, int argc, char **argv)
{
	const struct nsi_header collect = wire_header(NSI_COLLECT);
	NSI_CLEANUP(garbage_done) struct garbage g = {0};
	struct nsi_fail f = {""};
	struct nsi_reply reply;
	int r;

	(void)argc;
	(void)argv;
	if (geteuid() != 0)
		return say_need_root("gc");
	r = garbage_find(ctl, &g, &f);
	for (unsigned i = 0; i < g.count && r == 0 && ctl->dry_run; i++)
		(void)printf("would go: %s\n", g.lines[i]);
	if (r == 0 && !ctl->dry_run)
		r = session_ask(ctl, &collect, &reply, &f);
	if (r == 0 && !ctl->dry_run)
		r = wait_for_sweep(ctl, &g, &f);
	if (r < 0)
		return say_fail(r, &f);
	if (g.count == 0)
		(void)printf("nothing is left over\n");
	return CTL_OK;
}
