/* SPDX-License-Identifier: MIT */
#include "serve/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "cgroup/cgroup_limit.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/child.h"
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

/* The child: never returns.  It says nothing when all went well. */
static void limit_child(const struct limit_ask *ask, int out)
{
	struct limit_ask own = *ask;
	int fds[2] = {out, ask->dir_fd};
	struct nsi_fail f = {""};

	if (child_isolate(fds, 2) < 0)
		_exit(1);
	own.dir_fd = fds[1];
	log_forked();
	(void)alarm(CHILD_SECONDS); /* SIGALRM ends it: nothing of ours waits for ever */
	priv_raise();               /* the root of version 2 may be mode 0555: CAP_DAC_OVERRIDE */
	if (limit_apply(&own, &f) < 0) {
		(void)fd_write_all(fds[0], f.what,
				   strlen(f.what)); /* the exit status says it too */
		_exit(1);
	}
	_exit(0);
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
	if (c->limit.fd >= 0) {
		(void)pidfd_send_signal(c->limit.fd, SIGKILL, NULL, 0); /* it may have ended */
		loop_remove(&c->sets->loop, &c->limit);
		child_reap(&c->limit.fd);
		nsi_closep(&c->limit_out);
	}
	if (!c->limits.holds)
		return;
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

/* Where it was is kept only if it is there no more. */
static void limit_note_move(struct call *c)
{
	char now[LIMITS_TEXT];

	limit_where(c->pid, now);
	if (strcmp(now, c->came_from) == 0)
		c->came_from[0] = '\0';
}

static void limit_on_child(struct source *src, uint32_t events)
{
	struct call *c = loop_owner(src, struct call, limit);
	struct nsi_fail f = {""};
	siginfo_t info = {0};

	(void)events;
	(void)waitid(P_PIDFD, (id_t)src->fd, &info, WEXITED); /* it is readable: it has ended */
	if (fd_read_all(c->limit_out, f.what, sizeof(f.what) - 1) < 0)
		f.what[0] = '\0';
	loop_remove(&c->sets->loop, src);
	nsi_closep(&src->fd);
	nsi_closep(&c->limit_out);
	limit_note_move(c);
	if (info.si_code == CLD_EXITED && info.si_status == 0) {
		open_resume(c, OPEN_RULE);
		return;
	}
	(void)fail_set(&f, EIO,
		       "setting the login's limits was interrupted: is systemd responding?");
	call_refuse(c, NSI_CAUSE_SYSTEM, &f);
}

static int limit_start(struct call *c, const struct limit_ask *ask, struct nsi_fail *f)
{
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail_errno(f, errno, "cannot apply the limits to the login");
	c->limit = (struct source){.fd = -EBADF, .ready = limit_on_child};
	c->limit_out = fds[0];
	pid = child_fork(0, &c->limit.fd);
	if (pid == 0)
		limit_child(ask, fds[1]);
	close(fds[1]);
	r = pid < 0 ? (int)pid : loop_add(&c->sets->loop, &c->limit, EPOLLIN);
	if (r < 0)
		return fail_errno(f, r, "cannot apply the limits to the login");
	c->state = CALL_LIMIT;
	return OPEN_WAIT;
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
	if (limit_holds(&ask))
		return OPEN_NEXT;
	limit_note_origin(c);
	return limit_start(c, &ask, &o->fail);
}
