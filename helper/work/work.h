/* SPDX-License-Identifier: MIT */
/* Children of the helper that do one piece of work and answer through a pipe */
#ifndef NSI_WORK_H
#define NSI_WORK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "loop/loop.h"

enum {
	WORK_FDS = 80 /* that a child keeps, besides its pipe */
};

/*
 * DOC: a child and its work
 *
 * A child is a fork of the helper.  Its descriptors are closed except those that it is given, an
 * alarm(2) ends it if it hangs, and its log is that of a forked process.  It writes its answer into a
 * pipe: data, or the sentence that says why it failed.  The helper collects the answer, at most @most
 * bytes of it, and calls done() when the child has ended, with nothing else of this work going on: it
 * may start the next child.
 */
struct work {
	struct loop *loop;   /* NULL: never started */
	int pidfd;           /* owned; -EBADF: there is no child */
	struct source child; /* that pidfd */
	struct source pipe;  /* owned */
	struct timer deadline;
	char *answer; /* owned; terminated */
	size_t used, room, most;
	bool is_whole;                 /* nothing of the answer is lost */
	int status;                    /* exit status; below zero: it was killed */
	void (*heard)(struct work *w); /* more of the answer has come, or NULL */
	void (*done)(struct work *w);
};

/* The work of a child. */
struct work_order {
	/*
	 * In the child, with the numbers that the descriptors of @fds have there; the others of
	 * WORK_FDS are -EBADF.  @out: the pipe.  Returns the exit status, or -errno with the reason in
	 * @f, which becomes the answer.
	 */
	int (*run)(const void *arg, const int *fds, int out, struct nsi_fail *f);
	const void *arg;
	int fds[WORK_FDS]; /* kept by the child; below zero: none */
	unsigned fd_count;
	unsigned seconds;     /* alarm(2) in the child; 0: none */
	uint64_t patience_us; /* the child is killed after it; 0: never */
	size_t most;          /* bytes of an answer; 0: a sentence */
	void (*heard)(struct work *w);
	void (*done)(struct work *w);
};

#define WORK_NONE                                   \
	{                                           \
		.pidfd = -EBADF, .pipe.fd = -EBADF, \
	}

static inline bool work_is_busy(const struct work *w)
{
	return w->pidfd >= 0;
}

/* Starts a child.  @w is WORK_NONE, or has done its work.  Returns 0 or -errno. */
int work_start(struct work *w, struct loop *loop, const struct work_order *order);

/* Kills the child, if there is one; done() follows. */
void work_kill(struct work *w);

/* Kills the child, if there is one; done() is not called. */
void work_cancel(struct work *w);

/* Lets the child come to its end by itself; done() is not called. */
void work_leave(struct work *w);

/* Gives the child @us more from now on. */
void work_extend(struct work *w, uint64_t us);

/* Removes the first @size bytes of the answer, which have been dealt with. */
void work_consume(struct work *w, size_t size);

/* For done(): returns the answer to own, which the next work_start() would free; NULL: there is none. */
char *work_take(struct work *w);

/* For done(): whether all is well; else @f is the child's sentence or, without one, @else_what. */
bool work_is_good(const struct work *w, struct nsi_fail *f, const char *else_what);

#endif /* NSI_WORK_H */
