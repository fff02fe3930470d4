/* SPDX-License-Identifier: MIT */
#include "work/work.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "log/log.h"
#include "priv/child.h"

enum {
	WORK_SENTENCE = sizeof(((struct nsi_fail *)0)->what) - 1,
	WORK_ROOM = 4096, /* of an answer, to begin with */
	WORK_READS = 16,  /* in one turn of the loop: a child may write faster than it is heard */
};

/* The child: never returns. */
static void work_child(const struct work_order *order, int out)
{
	int keep[WORK_FDS + 1] = {out}, fds[WORK_FDS];
	struct nsi_fail f = {""};
	unsigned count = 1;
	int r;

	for (unsigned i = 0; i < order->fd_count; i++)
		if (order->fds[i] >= 0)
			keep[count++] = order->fds[i];
	if (child_isolate(keep, count) < 0)
		_exit(1);
	count = 1;
	for (unsigned i = 0; i < WORK_FDS; i++)
		fds[i] = i < order->fd_count && order->fds[i] >= 0 ? keep[count++] : -EBADF;
	log_forked();
	(void)umask(0);
	(void)alarm(order->seconds); /* SIGALRM ends it: no child works for ever */
	r = order->run(order->arg, fds, keep[0], &f);
	if (r < 0)
		(void)fd_write_all(keep[0], f.what,
				   strlen(f.what)); /* the exit status says it, too */
	_exit(r < 0 ? 1 : r);
}

/* Makes room for more of the answer.  Returns false if there is as much as there may be. */
static bool work_grow(struct work *w)
{
	size_t room = w->room ? w->room * 2 : WORK_ROOM;
	char *grown;

	if (room > w->most)
		room = w->most;
	if (w->used < w->room)
		return true;
	grown = room > w->room ? realloc(w->answer, room + 1) : NULL;
	if (!grown)
		return false;
	w->answer = grown;
	w->room = room;
	return true;
}

/* Reads what is in the pipe, @times at most.  Returns whether there may be more later. */
static bool work_read(struct work *w, unsigned times)
{
	for (; w->pipe.fd >= 0; times--) {
		ssize_t n;

		if (times == 0)
			return true;
		if (!work_grow(w)) {
			w->is_whole = false;
			return false;
		}
		n = read(w->pipe.fd, w->answer + w->used, w->room - w->used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		w->used += (size_t)n;
		w->answer[w->used] = '\0';
		if (w->heard)
			w->heard(w); /* may consume it, or cancel the work */
	}
	return false;
}

/* Ends the watch of the pipe, and of what else comes over it. */
static void work_close_pipe(struct work *w)
{
	loop_remove(w->loop, &w->pipe);
	nsi_closep(&w->pipe.fd);
}

static void work_on_pipe(struct source *src)
{
	struct work *w = loop_owner(src, struct work, pipe);

	if (!work_read(w, WORK_READS) && work_is_busy(w))
		work_close_pipe(w);
}

static void work_on_end(struct source *src)
{
	struct work *w = loop_owner(src, struct work, child);
	siginfo_t info = {0};

	(void)work_read(w, UINT_MAX); /* until the end: who wrote it has ended */
	if (!work_is_busy(w))         /* cancelled by what was heard */
		return;
	if (waitid(P_PIDFD, (id_t)w->pidfd, &info, WEXITED) < 0) /* it is readable: it has ended */
		info.si_code = 0;
	w->status = info.si_code == CLD_EXITED ? info.si_status : -1;
	loop_remove(w->loop, &w->child);
	work_close_pipe(w);
	loop_disarm(w->loop, &w->deadline);
	nsi_closep(&w->pidfd);
	w->done(w);
}

void work_kill(struct work *w)
{
	if (work_is_busy(w))
		(void)pidfd_send_signal(w->pidfd, SIGKILL, NULL, 0); /* it may have ended */
}

static void work_on_deadline(struct timer *t)
{
	struct work *w = loop_owner(t, struct work, deadline);

	w->is_whole = false;
	work_kill(w);
}

/* The helper's side of a child that runs. */
static int work_watch(struct work *w)
{
	int r = fcntl(w->pipe.fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;

	if (r == 0)
		r = loop_add(w->loop, &w->pipe, EPOLLIN);
	w->child.fd = w->pidfd;
	return r < 0 ? r : loop_add(w->loop, &w->child, EPOLLIN);
}

int work_start(struct work *w, struct loop *loop, const struct work_order *order)
{
	int fds[2], r;
	pid_t pid;

	free(w->answer);
	*w = (struct work){
		.loop = loop,
		.pidfd = -EBADF,
		.child = {.ready = work_on_end},
		.deadline = {.fire = work_on_deadline},
		.most = order->most ? order->most : WORK_SENTENCE,
		.is_whole = true,
		.heard = order->heard,
		.done = order->done,
	};
	if (pipe2(fds, O_CLOEXEC) < 0) {
		w->pipe.fd = -EBADF;
		return -errno;
	}
	w->pipe = (struct source){.fd = fds[0], .ready = work_on_pipe};
	pid = child_fork(0, &w->pidfd);
	if (pid == 0)
		work_child(order, fds[1]);
	close(fds[1]);
	r = pid < 0 ? (int)pid : work_watch(w);
	if (r < 0) {
		work_cancel(w);
		return r;
	}
	if (order->patience_us)
		loop_arm(loop, &w->deadline, order->patience_us);
	return 0;
}

void work_cancel(struct work *w)
{
	work_kill(w);
	work_leave(w);
}

void work_leave(struct work *w)
{
	if (!w->loop)
		return;
	if (work_is_busy(w)) {
		loop_remove(w->loop, &w->child);
		child_reap(&w->pidfd);
	}
	loop_disarm(w->loop, &w->deadline);
	work_close_pipe(w);
	free(work_take(w));
}

void work_extend(struct work *w, uint64_t us)
{
	if (work_is_busy(w))
		loop_arm(w->loop, &w->deadline, us);
}

void work_consume(struct work *w, size_t size)
{
	w->used -= size;
	memmove(w->answer, w->answer + size, w->used + 1);
}

char *work_take(struct work *w)
{
	char *answer = w->answer;

	w->answer = NULL;
	w->used = w->room = 0;
	return answer;
}

bool work_is_good(const struct work *w, struct nsi_fail *f, const char *else_what)
{
	if (w->status == 0)
		return true;
	(void)fail_set(f, EIO, "%s", w->status > 0 && w->used ? w->answer : else_what);
	return false;
}
