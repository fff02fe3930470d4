/* SPDX-License-Identifier: MIT */
/* The attributes that the helper drops from the process that started it */
#ifndef NSI_SURROUNDINGS_H
#define NSI_SURROUNDINGS_H

#include <stdbool.h>

struct nsi_fail;

/*
 * Takes uid, gid and groups 0 for real (su leaves the caller's real uid, and its
 * owner may signal such a process), umask 0, "/" as directory, and limits that
 * serve a thousand sets.  On demand also leaves the login's cgroup, keyring and
 * audit id, with which it would end or be blamed, and what the login's scheduler, disks
 * and OOM score were told.  Returns 0, or -errno with the sentence in @f.
 */
int surroundings_leave(bool on_demand, struct nsi_fail *f);

#endif /* NSI_SURROUNDINGS_H */
