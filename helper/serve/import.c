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
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "confine/confine.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/open.h"
#include "sets/all.h"
#include "setup/import_files.h"
#include "setup/setup.h"

enum {
	COPIED = 'c', /* the child's message on success; on failure a sentence */
	REMOVE = 'r', /* the answer: the child may remove the originals */
};

/* The child: never returns. */
static void import_child(const struct setup_plan *plan, int anchor, int out, int go)
{
	static struct import import;
	int fds[3] = {out, anchor, go};
	const char copied = COPIED;
	struct nsi_fail f = {""};
	char answer = '\0';

	if (child_isolate(fds, 3) < 0)
		_exit(1);
	log_forked();
	umask(0);
	if (priv_become(PRIV_IMPORTER, &f) < 0 || confine_become(CONFINE_IMPORTER, &f) < 0) {
		(void)fd_write_all(fds[0], f.what, strlen(f.what)); /* or the pipe just ends */
		_exit(1);
	}
	if (import_copy(plan, fds[1], &import, &f) < 0) {
		(void)fd_write_all(fds[0], f.what,
				   strlen(f.what)); /* on failure the pipe just ends */
		_exit(1);
	}
	if (fd_write_all(fds[0], &copied, 1) == 0 && fd_read_all(fds[2], &answer, 1) == 1 &&
	    answer == REMOVE)
		import_remove(&import);
	_exit(0);
}

/* Releases the child's descriptors; the set does not wait for it any longer. */
static void import_forget(struct call *c)
{
	struct set *set = set_by_id(c->sets, c->import_set);

	loop_remove(&c->sets->loop, &c->import);
	nsi_closep(&c->import.fd);
	nsi_closep(&c->import_go);
	child_reap(&c->import_pidfd);
	if (!set)
		return;
	set->imports--;
	set_step(set, SET_SESSIONS);
}

void import_finish(struct call *c)
{
	const char remove = REMOVE;

	if (c->import_pidfd < 0)
		return;
	if (fd_write_all(c->import_go, &remove, 1) < 0)
		log_line(LOG_WARNING,
			 "files of uid %u were copied into the set, and are still on "
			 "the host, too",
			 c->open.uid);
	import_forget(c);
}

void import_drop(struct call *c)
{
	if (c->import_pidfd < 0)
		return;
	(void)pidfd_send_signal(c->import_pidfd, SIGKILL, NULL, 0); /* it may have ended */
	import_forget(c);
}

static void import_on_child(struct source *src, uint32_t events)
{
	struct call *c = loop_owner(src, struct call, import);
	struct nsi_fail f = {""};
	ssize_t n = read(src->fd, f.what, sizeof(f.what) - 1);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != 1 || f.what[0] != COPIED) {
		if (n <= 0)
			(void)fail_set(&f, EIO, "the import of the login's files was interrupted");
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	loop_remove(&c->sets->loop, src);
	c->wait.set_id = c->import_set;
	open_resume(c, OPEN_COUNT);
}

int import_start(struct open_run *o)
{
	const struct setup_plan plan = open_plan(o);
	struct nsi_fail *f = &o->fail;
	struct call *c = o->call;
	struct set *set = o->set;
	NSI_AUTO_FD int out = -EBADF;
	NSI_AUTO_FD int go = -EBADF;
	int said[2], told[2], r;
	pid_t pid;

	import_drop(c); /* an earlier one, for a set that can be entered no more */
	if (pipe2(said, O_CLOEXEC) < 0)
		return fail_errno(f, errno, "cannot import files of the login");
	out = said[1];
	c->import = (struct source){.fd = said[0], .ready = import_on_child};
	if (pipe2(told, O_CLOEXEC) < 0) {
		nsi_closep(&c->import.fd);
		return fail_errno(f, errno, "cannot import files of the login");
	}
	go = told[0];
	c->import_go = told[1];
	c->import_set = set->rec.id;
	c->state = CALL_IMPORT;
	pid = child_fork(0, &c->import_pidfd);
	if (pid == 0)
		import_child(&plan, set->anchor.pidfd, out, go);
	if (pid < 0) {
		nsi_closep(&c->import.fd);
		nsi_closep(&c->import_go);
		return fail_errno(f, pid, "cannot import files of the login");
	}
	set->imports++; /* from here on import_drop() is due */
	set_step(set, SET_SESSIONS);
	r = loop_add(&c->sets->loop, &c->import, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot import files of the login") : OPEN_WAIT;
}
