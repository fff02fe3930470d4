/* SPDX-License-Identifier: MIT */
/* The sources of groups in nsswitch.conf(5), and whether a failed one goes unnoticed */
#ifndef NSI_POLICY_SOURCES_H
#define NSI_POLICY_SOURCES_H

#include <stddef.h>

/*
 * Makes each later look-up of a group in this process fail at the first source that does not answer.
 * Otherwise, with "group: sss files" in nsswitch.conf(5), the last source's "not found" would hide that
 * sssd is down.  To be called in our own processes only: it changes the name service of the whole process.
 * Does nothing where nsswitch.conf has no such line, or libc is not glibc.
 */
void sources_stop_at_failure(void);

/*
 * Copies @line, the text behind "group:" in nsswitch.conf(5), to @buf and adds these actions to
 * each source.  An action that the line has already stays.  Returns 0 or -ENAMETOOLONG.
 */
int sources_add_actions(const char *line, char *buf, size_t size);

#endif /* NSI_POLICY_SOURCES_H */
