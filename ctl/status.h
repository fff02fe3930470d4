/* SPDX-License-Identifier: MIT */
/* The state of the machine, for "status" and "metrics" */
#ifndef NSI_CTL_STATUS_H
#define NSI_CTL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/sets.h"
#include "policy/kept.h"
#include "state/decisions.h"
#include "state/waits.h"

struct ctl;
struct nsi_fail;

struct status {
	int helper_pid; /* 0: none is running */
	bool off;
	char off_why[200];
	bool policy_is_good;
	bool has_in_force; /* a helper has read a policy since boot */
	struct in_force in_force;
	uint64_t policies, rules;
	uint64_t policy_hash; /* of the policy as it was read; 0: there is none */
	size_t policy_errors;
	unsigned sets, sessions, by_state[VIEW_STATE_MAX];
	struct decision last; /* its totals; all 0 where none has been made */
	struct waits waits;
	unsigned trash;
	bool needs_person; /* a monitor should report it */
};

/* Reads all of it, as root.  Returns 0 or -errno. */
int status_read(const struct ctl *ctl, struct status *s, struct nsi_fail *f);

/*
 * Reads the decisions of the helper of ctl->rundir, oldest first, into *@ret (owned by the caller).
 * Returns their number, 0 where no helper has run since boot, or -errno.
 */
int decided_read(const struct ctl *ctl, struct decision **ret, struct nsi_fail *f);

/* "isolated", "joined", "host", "skipped", "allowed", "refused". */
const char *decided_word(uint32_t outcome);

/* "system", "policy", "memory", "config", "off"; "other" for a number of a later version. */
const char *decided_cause(uint32_t cause);

#endif /* NSI_CTL_STATUS_H */
