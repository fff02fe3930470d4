/* SPDX-License-Identifier: MIT */
/* Finding the processes of a set, to signal them or to enter beside one; never to decide that nobody is left. */
#ifndef NSI_MEMBERS_H
#define NSI_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nstype.h"
#include "sets/sentinel.h"
#include "state/facts.h"

/*
 * DOC: who is a member
 *
 * A process with any thread in any of the set's namespaces; and one whose mount namespace was
 * made by a user of the set and has a file system mounted that is the set's own.  Threads are
 * looked at one by one: a process whose main thread has ended tells nothing by that, and each
 * thread may have namespaces of its own.
 *
 * Inodes of namespaces are given again as soon as one has ended, so they prove something only
 * while the one who looks keeps the set's open (members_pin()).  Device numbers of file systems
 * are compared only while the kernel has not reported these as gone.  Mounts are told by their
 * device, never by their place: what the host mounts later, wherever, makes nobody a member.
 *
 * Processes that cannot be looked at may be members, which the answer tells (is_partial); none
 * of them is ever signalled.
 */
enum {
	MEMBERS_FOREIGN_MAX = 64,  /* mount namespaces of a set's users that one look reads */
	MEMBERS_MOUNTS_MAX = 4096, /* mounts that are read of each */
};

/* A question about the members of one set, and its answer. */
struct members_target {
	const struct set_facts *rec;
	int32_t anchor_pid;            /* not counted; 0: there is none */
	uint64_t changes;              /* of the set when the look began */
	int signal;                    /* to be sent to each member, or 0 */
	uint64_t devs[SENTINEL_ROOTS]; /* of its own file systems that are still there */
	unsigned dev_count;
	const char *
		sentinel; /* where it is mounted, below the root of the set; NULL: it is gone, or was none */
	char disk
		[64]; /* name below @statedir of its directories that end with it; "": it has none */
	const char *statedir;
	bool wants_disk;     /* nothing but users of these directories is looked for: see disk.h */
	struct ns_inodes ns; /* the compared types; others are 0 */
	int pins[NS_TYPE_MAX];
	bool is_unpinned; /* a namespace that may be there could not be opened */
	/* found */
	uint32_t members;
	uint32_t types;     /* that members were found in */
	int32_t member_pid; /* a process in all of its namespaces, else any; 0: no pid is known */
	bool is_whole;      /* member_pid is in all of them */
	bool is_partial;    /* of a look by disk.h: there may be users that it could not see */
	unsigned foreign;   /* mount namespaces of its users that were read */
};

/*
 * Opens the namespaces of the set, by its anchor or by their handles, so that their inodes are
 * not reused until members_unpin().  Namespaces that have ended are not compared, nor are those that cannot be
 * opened: then no look is whole.  Before Linux 6.18
 * a set without its anchor cannot be opened: then processes in its namespaces by inode are counted,
 * and signalled if their mount namespace has the number of the set's (Linux 6.11), or if they see
 * the sentinel.  Needs the scanner's capabilities, as all of these do.
 */
void members_pin(struct members_target *t);
void members_unpin(struct members_target *t);

/* The mount namespaces that are known to be no target's: the host's, and those of other anchors. */
struct members_known {
	const uint64_t *mnt; /* sorted */
	unsigned count;
};

/*
 * Looks at every process with a number of at least @first, at @most of them (0: all), until
 * @deadline_us (CLOCK_MONOTONIC).  Returns the number of processes that it looked at, with
 * *ret_partial set if there may be members that it could not see.
 */
unsigned members_look(struct members_target *targets, unsigned count,
		      const struct members_known *known, int first, unsigned most,
		      uint64_t deadline_us, bool *ret_partial);

/* The same for the processes whose numbers are in @pids. */
void members_look_at(struct members_target *targets, unsigned count,
		     const struct members_known *known, const int *pids, unsigned pid_count,
		     bool *ret_partial);

/* Sorts the numbers of struct members_known. */
void members_sort(uint64_t *mnt, unsigned count);

#endif /* NSI_MEMBERS_H */
