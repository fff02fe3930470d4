/* SPDX-License-Identifier: MIT */
/* Messages to the log and to the user */
#ifndef NSI_MODULE_REPORT_H
#define NSI_MODULE_REPORT_H

#include <security/pam_modules.h>
#include <stdint.h>

struct nsi_fail;
struct nsi_open;
struct nsi_reply;
struct place;

/* The one line of an opened session; @since_us is when the call began. */
void report_opened(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply,
		   uint64_t since_us);

/* The one line of a session that the policy leaves alone. */
void report_skipped(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply);

/* sudoedit's session of the user, which stays where @editor, who runs the editor, is. */
void report_editor(pam_handle_t *pamh, const struct nsi_open *open, uint32_t editor);

/*
 * Says that the program stands in another directory than it was called from, if so: to the
 * log, and to the user (unless @flags say PAM_SILENT) where it is an empty one.
 */
void report_workdir(pam_handle_t *pamh, int flags, const struct place *place);

/* The one line of a closed session. */
void report_closed(pam_handle_t *pamh, const char *user, uint32_t uid, uint64_t set);

/* A refusal: the sentence to the log, one without internals to the user unless @flags say PAM_SILENT. */
void report_refused(pam_handle_t *pamh, int flags, const struct nsi_open *open,
		    const struct nsi_fail *f);

/* Root's session that could not be isolated, and goes on where it is. */
void report_root(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_fail *f);

/* Logs a session that could not be isolated and need not be: @why says who switched it off. */
void report_off(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_fail *f,
		const char *why);

#endif /* NSI_MODULE_REPORT_H */
