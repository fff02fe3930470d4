/* SPDX-License-Identifier: MIT */
/* Is this process in that set? */
#ifndef NSI_MEMBERS_H
#define NSI_MEMBERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/nskind.h"
#include "state/record.h"

/* Reads the namespaces of a process; needs CAP_SYS_PTRACE.  Returns 0 or -errno. */
int members_read_ns(int pid, struct ns_inodes *ret);

/*
 * What the scanner is to find out about one set, and what it found.
 *
 * The kernel gives the number of a namespace that has ended to the next one at once.
 * While its anchor is in them, a set's numbers are its own.  Without, who has them may
 * be of a set that was begun since the look began, and which it does not know of: then
 * nobody is signalled, and the answer is in doubt.
 */
struct scan_target {
	const struct set_record *rec;
	int32_t anchor_pid; /* 0: it has none */
	uint64_t changes;   /* of the set when the look began */
	int signal;         /* to be sent to each member, or 0 */
	/* where its instances lie: "MAJOR:MINOR ROOT " of mountinfo, as seen from inside */
	char mounts[RECORD_DIRS][RECORD_PATH + 32];
	bool learnt; /* that, from a member */
	/* found */
	uint32_t members;
	int32_t member_pid; /* one that is in all of its namespaces, if there is one */
	bool is_doubtful;
};

/* A process that does not count, and the mount namespace that it holds; 0 if it has none. */
struct scan_anchor {
	uint64_t mnt;
	int32_t pid;
};

/* What else there is, of the moment when the look began. */
struct scan_around {
	const struct ns_inodes *host;      /* the namespaces that are nobody's */
	const struct scan_anchor *anchors; /* all there are, by members_sort() */
	unsigned anchor_count;
	const _Atomic uint32_t *born; /* grows before an anchor gets new namespaces */
	uint32_t born_before;
};

/* Puts the anchors of scan_around in order. */
void members_sort(struct scan_anchor *anchors, unsigned count);

/*
 * Looks at every process once.  Returns 0, or -errno if any process could not be
 * looked at for want of something: then nothing is known.
 */
int members_scan(struct scan_target *targets, unsigned count, const struct scan_around *around);

#endif /* NSI_MEMBERS_H */
