/* SPDX-License-Identifier: MIT */
/* The check that a TMPDIR of another module exists in the set */
#ifndef NSI_MODULE_TMPDIR_H
#define NSI_MODULE_TMPDIR_H

#include <security/pam_modules.h>

struct workdir;

/* Records which directory TMPDIR of the PAM environment names, before the namespaces change. */
void tmpdir_look(pam_handle_t *pamh, struct workdir *ret);

/*
 * Removes TMPDIR and its like from the PAM environment if @before is not visible any more:
 * a directory that pam_tmpdir has made in the host's /tmp.  The private /tmp serves as well.
 */
void tmpdir_settle(pam_handle_t *pamh, const struct workdir *before);

#endif /* NSI_MODULE_TMPDIR_H */
