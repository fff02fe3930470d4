/* SPDX-License-Identifier: MIT */
/* A private pam_nsisolate for each measurement */
#ifndef NSI_BENCH_INSTANCE_H
#define NSI_BENCH_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A configuration, a rundir, a statedir and so a helper of its own; the PAM
 * service of the same name leads to it.
 */
struct instance {
	char name[48];
	char config[96];
	char rundir[96];
};

/*
 * Writes the configuration and the service.  @rules NULL: one rule for everybody;
 * @build: the directory of a module and its helper, NULL: the ones that are installed.
 * 0 or -1.
 */
int instance_make(struct instance *ret, const char *name, const char *policy, const char *rules,
		  const char *build);

/* Writes the configuration anew, as an editor does.  0 or -1. */
int instance_write_config(const struct instance *i, const char *policy, const char *rules);

/* Number of sets on record. */
unsigned instance_sets(const struct instance *i);

/* Waits until @sets are left and what the helper does afterwards is done.  0, or -1 after 20 s. */
int instance_settle(const struct instance *i, unsigned sets);

/* The helper's process; 0 if there is none. */
pid_t instance_helper(const struct instance *i);

/* The anchors of its sets, by their parent.  Returns their number. */
unsigned instance_anchors(const struct instance *i, pid_t *pids, unsigned room);

/* With no set live: ends the anchor that the helper keeps for the next one. */
void instance_take_spare(const struct instance *i);

/* Ends the helper and waits until it is gone. */
void instance_stop(const struct instance *i);

#endif /* NSI_BENCH_INSTANCE_H */
