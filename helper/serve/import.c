/* SPDX-License-Identifier: MIT */
#include "serve/import.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "build/build.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "sets/helper.h"

bool import_is_wanted(const struct build_plan *plan)
{
	for (uint32_t i = 0; i < plan->policy->dirs.count; i++)
		if (policy_dir(plan->image, plan->policy->dirs.first + i)->import.count > 0)
			return true;
	return false;
}

/* The child: never returns.  It says nothing when all went well. */
static void import_child(const struct build_plan *plan, int anchor, int out)
{
	int fds[2] = {out, anchor};
	struct nsi_fail f = {""};

	if (child_isolate(fds, 2) < 0)
		_exit(1);
	log_forked();
	umask(0);
	priv_raise();
	if (build_import(plan, fds[1], &f) < 0) {
		(void)fd_write_all(fds[0], f.what,
				   strlen(f.what)); /* the exit status says it too */
		_exit(1);
	}
	_exit(0);
}

void import_drop(struct call *c)
{
	if (c->import.fd < 0)
		return;
	(void)pidfd_send_signal(c->import.fd, SIGKILL, NULL, 0); /* it may have ended */
	loop_remove(&c->helper->loop, &c->import);
	child_reap(&c->import.fd);
	nsi_closep(&c->import_out);
}

static void on_child(struct source *src, uint32_t events)
{
	struct call *c = loop_owner(src, struct call, import);
	struct set *set = set_by_id(c->helper, c->import_set);
	struct nsi_fail f = {""};
	siginfo_t info = {0};

	(void)events;
	(void)waitid(P_PIDFD, (id_t)src->fd, &info,
		     WEXITED | WNOWAIT); /* it is readable: it has ended */
	if (info.si_code != CLD_EXITED || info.si_status != 0) {
		if (fd_read_all(c->import_out, f.what, sizeof(f.what) - 1) <= 0)
			(void)fail_set(&f, EIO, "importing files of the login broke off");
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	import_drop(c);
	if (set && set_can_be_entered(set) && !set->reviving)
		open_enter(c, set);
	else
		open_decide(c);
}

int import_start(struct call *c, const struct build_plan *plan, const struct set *set,
		 struct nsi_fail *f)
{
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail_errno(f, errno, "cannot import files of the login");
	c->import = (struct source){.fd = -EBADF, .ready = on_child};
	c->import_out = fds[0];
	c->import_set = set->rec.id;
	c->state = CALL_IMPORT;
	pid = child_fork(0, &c->import.fd);
	if (pid == 0)
		import_child(plan, set->anchor.pidfd, fds[1]);
	close(fds[1]);
	r = pid < 0 ? pid : loop_add(&c->helper->loop, &c->import, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot import files of the login") : 0;
}
