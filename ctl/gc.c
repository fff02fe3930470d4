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

/* How much of @was is still there; on the last look (@say), each is said. */
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
	/* What goes into the trash first is there for a while under another name. */
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

	/* What nobody but an administrator removes would keep us here: stop when nothing moves. */
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
