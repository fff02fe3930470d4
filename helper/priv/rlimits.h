/* SPDX-License-Identifier: MIT */
/* The resource limits of the helper */
#ifndef NSI_RLIMITS_H
#define NSI_RLIMITS_H

struct nsi_fail;

/*
 * Raises the limits that the helper and its children depend on, and takes those of process 1
 * for the others, whatever the process that started it had.  A hard limit can be raised only
 * with CAP_SYS_RESOURCE, which root in a container may lack; one that is then too low for
 * every login is an error.  Returns 0 or -EPERM with the limit in @f.
 */
int rlimits_reset(struct nsi_fail *f);

#endif /* NSI_RLIMITS_H */
