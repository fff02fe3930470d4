/* SPDX-License-Identifier: MIT */
/* The sources of groups in nsswitch.conf(5), and whether a failed one goes unnoticed */
#ifndef NSI_POLICY_SOURCES_H
#define NSI_POLICY_SOURCES_H

#include <stddef.h>

/*
 * From now on a look-up of a group in this process ends with an error at the first source that does not
 * answer.  Else, with "group: sss files" in nsswitch.conf(5), the last source's "not found" would hide that
 * sssd is down.  For processes of our own alone: it changes the name service of all of it.
 * Where nsswitch.conf has no such line, or libc is not glibc, nothing changes.
 */
void sources_stop_at_failure(void);

/*
 * The sources of @line, what nsswitch.conf(5) has behind "group:", with these actions added to
 * each.  An action that is there already stays.  Returns 0, or -ENAMETOOLONG.
 */
int sources_add_actions(const char *line, char *buf, size_t size);

#endif /* NSI_POLICY_SOURCES_H */
