/* SPDX-License-Identifier: MIT */
/* Contents of pam_namespace's instance directories */
#ifndef NSI_CONVERT_ADOPT_H
#define NSI_CONVERT_ADOPT_H

struct ctl;
struct namespace_conf;

/*
 * Moves the content of the instance directories of the method "user" into the private directories of
 * the same users below ctl->statedir: one rename(2) for each entry, so both have to be on one file
 * system, and an entry that is there already stays.  The parents of the instances must be root's.
 * Reports on stderr what was moved and what was not.  Returns an exit code: CTL_REFUSED if an entry
 * was left.
 */
int convert_adopt(const struct ctl *ctl, const struct namespace_conf *conf);

#endif /* NSI_CONVERT_ADOPT_H */
