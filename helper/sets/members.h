/* SPDX-License-Identifier: MIT */
/* Is this process in that set? */
#ifndef NSI_MEMBERS_H
#define NSI_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nskind.h"
#include "state/record.h"

/* Reads the namespaces of a process; needs CAP_SYS_PTRACE.  Returns 0 or -errno. */
int members_read_ns(int pid, struct ns_inodes *ret);

/* What the scanner is to find out about one set, and what it found. */
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
};

/*
 * Looks at every process once.  @host are the namespaces that are nobody's;
 * @anchors lists pids that do not count.  Returns 0, or -errno if any process could
 * not be looked at for want of something: then nothing is known.
 */
int members_scan(struct scan_target *targets, unsigned count, const struct ns_inodes *host,
		 const int32_t *anchors, unsigned anchor_count);

#endif /* NSI_MEMBERS_H */
