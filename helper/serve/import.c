/* SPDX-License-Identifier: MIT */
/* The import of a login's files into its set */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "confine/confine.h"
#include "log/log.h"
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

/* The child's part.  Its descriptors: the anchor, and the pipe through which it hears that the login is inside. */
static int import_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	static struct import import;
	const char copied = COPIED;
	char answer = '\0';
	int r;

	if (priv_become(PRIV_IMPORTER, f) < 0 || confine_become(CONFINE_IMPORTER, f) < 0)
		return -EPERM;
	r = import_copy(arg, fds[0], &import, f);
	if (r < 0)
		return r;
	if (fd_write_all(out, &copied, 1) == 0 && fd_read_all(fds[1], &answer, 1) == 1 &&
	    answer == REMOVE)
		import_remove(&import);
	return 0;
}

/* The set does not wait for the import any longer. */
static void import_forget(struct call *c)
{
	struct set *set = set_by_id(c->sets, c->import_set);

	nsi_closep(&c->import_go);
	c->import_set = 0;
	c->is_copied = false;
	if (!set)
		return;
	set->imports--;
	set_step(set, SET_SESSIONS);
}

void import_finish(struct call *c)
{
	const char remove = REMOVE;

	if (!c->import_set)
		return;
	if (fd_write_all(c->import_go, &remove, 1) < 0)
		log_line(LOG_WARNING,
			 "files of uid %u were copied into the set, and are still on "
			 "the host, too",
			 c->open.uid);
	work_leave(&c->work);
	import_forget(c);
}

void import_drop(struct call *c)
{
	work_cancel(&c->work);
	if (c->import_set)
		import_forget(c);
}

static void import_on_answer(struct work *w)
{
	struct call *c = loop_owner(w, struct call, work);

	/* Anything else is the sentence of a failure, which is read when the child has ended. */
	if (w->used != 1 || w->answer[0] != COPIED)
		return;
	c->is_copied = true;
	c->wait.set_id = c->import_set;
	open_resume(c, OPEN_COUNT);
}

static void import_on_done(struct work *w)
{
	struct call *c = loop_owner(w, struct call, work);
	struct nsi_fail f = {""};

	if (c->is_copied) /* import_finish() tells if it has ended too early */
		return;
	if (work_is_good(w, &f, "the import of the login's files was interrupted"))
		(void)fail_set(&f, EIO, "the import of the login's files was interrupted");
	call_refuse(c, NSI_CAUSE_SYSTEM, &f);
}

int import_start(struct open_run *o)
{
	const struct setup_plan plan = open_plan(o);
	struct nsi_fail *f = &o->fail;
	struct call *c = o->call;
	struct set *set = o->set;
	NSI_AUTO_FD int go = -EBADF;
	int told[2], r;

	import_drop(c); /* an earlier one, for a set that can be entered no more */
	if (pipe2(told, O_CLOEXEC) < 0)
		return fail_errno(f, errno, "cannot import files of the login");
	go = told[0];
	c->import_go = told[1];
	r = work_start(&c->work, &c->sets->loop,
		       &(struct work_order){
			       .run = import_run,
			       .arg = &plan,
			       .fds = {set->anchor.pidfd, go},
			       .fd_count = 2,
			       .heard = import_on_answer,
			       .done = import_on_done,
		       });
	if (r < 0) {
		nsi_closep(&c->import_go);
		return fail_errno(f, r, "cannot import files of the login");
	}
	c->state = CALL_IMPORT;
	c->import_set = set->rec.id; /* from here on import_drop() is due */
	set->imports++;
	set_step(set, SET_SESSIONS);
	return OPEN_WAIT;
}
