/* SPDX-License-Identifier: MIT */
/* Notes in ~/.xsession-errors for users whom a display manager does not tell why they were refused */
#ifndef NSI_MODULE_NOTE_H
#define NSI_MODULE_NOTE_H

#include <security/pam_modules.h>

struct nsi_open;

/*
 * Appends @sentence to ~/.xsession-errors, with the user's file-system ids and groups, if the service
 * is a display manager.  It is a courtesy: whatever is in its way, such as a link, a FIFO, a lease or
 * a file of more than a megabyte, there is no note.
 */
void note_refusal(pam_handle_t *pamh, const struct nsi_open *open, const char *sentence);

#endif /* NSI_MODULE_NOTE_H */
