/* SPDX-License-Identifier: MIT */
/* The application of a policy's limits to a login */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/text.h"
#include "cgroup/cgroup_limit.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/open.h"
#include "sets/all.h"

enum {
	CHILD_SECONDS = 9 /* before the login gives up */
};

static uint64_t limit_memory(const struct pol_limits *l)
{
	struct sysinfo info;

	if (!l->memory_percent || sysinfo(&info) < 0)
		return l->memory;
	return (uint64_t)info.totalram * info.mem_unit / 100 * l->memory_percent;
}

/* The child's part. */
static int limit_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	struct limit_ask own = *(const struct limit_ask *)arg;

	(void)out;
	own.dir_fd = fds[0];
	priv_raise(); /* the root of version 2 may be mode 0555: CAP_DAC_OVERRIDE */
	return limit_apply(&own, f);
}

static void limit_move_back(const char *dir, pid_t pid)
{
	int r = dir[0] ? limit_move(dir, pid) : 0;

	if (r < 0 && r != -ESRCH) /* where it is, it is held to its limits */
		log_line(LOG_INFO, "process %d cannot be moved back to %.200s: %s", (int)pid, dir,
			 strerrordesc_np(-r));
}

void limit_return(const struct session *s)
{
	limit_move_back(s->rec.cgroup, s->rec.pid);
}

void limit_drop(struct call *c)
{
	limit_move_back(c->came_from, c->pid);
	limits_release(&c->sets->limits, &c->limits);
}

static void limit_note_origin(struct call *c)
{
	char dir[LIMITS_TEXT];

	limit_where(c->pid, dir);
	(void)text_copy(c->came_from, sizeof(c->came_from),
			dir); /* too long: it is not moved back */
}

/* The former group is kept only if the process has left it. */
static void limit_note_move(struct call *c)
{
	char now[LIMITS_TEXT];

	limit_where(c->pid, now);
	if (strcmp(now, c->came_from) == 0)
		c->came_from[0] = '\0';
}

static void limit_on_done(struct work *w)
{
	struct call *c = loop_owner(w, struct call, work);
	struct nsi_fail f = {""};

	limit_note_move(c);
	if (work_is_good(w, &f,
			 "setting the login's limits was interrupted: is systemd responding?"))
		open_resume(c, OPEN_RULE);
	else
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
}

int limit_begin(struct open_run *o)
{
	const struct pol_limits *l = &o->policy.limits;
	struct call *c = o->call;
	struct limit_ask ask = {
		.limit = {.memory = limit_memory(l), .tasks = l->tasks, .cpu = l->cpu},
		.uid = c->open.uid,
		.pid = c->pid,
		.dir_fd = c->sets->limits.dir_fd,
	};
	int r = 0;

	if (o->key.scope == POL_SCOPE_SESSION)
		r = host_next_set(&c->sets->host, &ask.set, &o->fail);
	if (r < 0)
		return r;
	limits_hold(&c->sets->limits, &c->limits, ask.set, c->open.uid);
	c->limits.has_memory = ask.limit.memory > 0;
	if (limit_holds(&ask))
		return OPEN_NEXT;
	limit_note_origin(c);
	r = work_start(&c->work, &c->sets->loop,
		       &(struct work_order){
			       .run = limit_run,
			       .arg = &ask,
			       .fds = {ask.dir_fd},
			       .fd_count = 1,
			       .seconds = CHILD_SECONDS,
			       .done = limit_on_done,
		       });
	if (r < 0)
		return fail_errno(&o->fail, r, "cannot apply the limits to the login");
	c->state = CALL_LIMIT;
	return OPEN_WAIT;
}
