/* SPDX-License-Identifier: MIT */
/* The anchor: the process that holds a set's namespaces open */
#ifndef NSI_ANCHOR_H
#define NSI_ANCHOR_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "state/record.h"

struct setup_plan;
struct setup_report;
struct host;
struct nsi_fail;
struct pol_image;

/*
 * DOC: the anchor's life
 *
 *   clone3 into new namespaces -> builds the set -> drops every capability ->
 *   reports -> waits to be released -> waits for SIGTERM
 *
 * The release comes when the set's record is written, and carries a copy of it.  It is written into
 * memory that helper and anchor share, which wakes nobody: a login is to be answered first.
 * A helper that dies before takes the anchor with it, by PR_SET_PDEATHSIG while it
 * builds and by the socket's end behind its report: what no record names must not be there.
 * After the release nothing ties it to the helper; the next one finds it by the
 * record.  It reaps what becomes its child (in a PID namespace it is init).
 */
struct anchor {
	pid_t pid;
	int pidfd;
	int socket;                     /* to its report; -EBADF when it has been woken */
	struct anchor_release *release; /* shared with it; NULL when it has been woken */
};

/* The memory that both share. */
struct anchor_release {
	atomic_bool is_given; /* behind the record */
	struct set_record rec;
};

/* Starts an anchor that builds @plan.  Returns 0 or -errno. */
int anchor_start(const struct setup_plan *plan, struct anchor *ret, struct nsi_fail *f);

/* A spare anchor, which waits for its plan: see spare.h. */
struct anchor_spare {
	const struct host *host;       /* the host that the plan will refer to */
	const struct pol_image *image; /* likewise */
	uint32_t types;                /* of namespaces that it waits in */
	uint64_t digest;               /* of the policy that it is likely to be for */
	/*
	 * It is for a job, whose beginning takes the resource manager tens of milliseconds: pages that
	 * the fork has left common are copied when they are written to, and most never are.
	 */
	bool is_lazy;
};

/* Starts it.  Returns 0 or -errno. */
int anchor_start_spare(const struct anchor_spare *spare, struct anchor *ret, struct nsi_fail *f);

/* Has it build @plan, which has no network.  Returns 0, or -errno if it does not get to it. */
int anchor_order(const struct anchor *a, const struct setup_plan *plan);

/*
 * Starts an anchor that moves into the namespaces of the process @member_pidfd,
 * for a set whose own anchor died.
 */
int anchor_revive(const struct set_record *rec, const struct host *host, int member_pidfd,
		  struct anchor *ret, struct nsi_fail *f);

/* Reads the report.  Returns 0, or -errno if there is none. */
int anchor_read_report(struct anchor *a, struct setup_report *ret);

/*
 * Releases the anchor, with a copy of its record.  It sleeps on until anchor_wake() or the end of the
 * helper, and is in place from here on.
 */
void anchor_release(const struct anchor *a, const struct set_record *rec);

/* Wakes an anchor that is released, if it was not yet.  Any other is left alone: a new one in its place. */
void anchor_wake(struct anchor *a);

/* Asks it to end (SIGTERM), or ends it (SIGKILL). */
void anchor_stop(struct anchor *a, int sig);

/* Reaps it if it was our child, now or when it has ended, and closes what is open. */
void anchor_done(struct anchor *a);

#endif /* NSI_ANCHOR_H */
