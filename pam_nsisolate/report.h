/* SPDX-License-Identifier: MIT */
/* Messages to the log and to the user */
#ifndef NSI_MODULE_REPORT_H
#define NSI_MODULE_REPORT_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;
struct nsi_open;
struct nsi_reply;
struct place;

/* Logs an opened session; @since_us is the start of the call (CLOCK_MONOTONIC, microseconds). */
void report_opened(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply,
		   uint64_t since_us);

/* Logs a session that the policy does not isolate. */
void report_skipped(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply);

/* Logs a session of sudoedit(8), which stays in the namespaces of @editor, who runs the editor. */
void report_editor(pam_handle_t *pamh, const struct nsi_open *open, uint32_t editor);

/*
 * Reports a working directory that is another than the one of the call: to the log, and to the
 * user (unless @flags has PAM_SILENT) if it is an empty one.
 */
void report_workdir(pam_handle_t *pamh, int flags, const struct place *place);

/* Logs a closed session. */
void report_closed(pam_handle_t *pamh, const char *user, uint32_t uid, uint64_t set);

/*
 * Logs a refusal, and tells the user unless @flags has PAM_SILENT: the reason if it is a decision of
 * the policy (@is_decided), such as max_sessions, else a sentence without internals.
 */
void report_refused(pam_handle_t *pamh, int flags, const struct nsi_open *open, bool is_decided,
		    const struct nsi_fail *f);

/* Logs a session of root that could not be isolated and stays in the host's namespaces. */
void report_root(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_fail *f);

/* Logs a session that could not be isolated and need not be: @why says who switched it off. */
void report_off(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_fail *f,
		const char *why);

/*
 * Appends @sentence to ~/.xsession-errors, with the user's file-system ids and groups, if the service
 * is a display manager.  It is a courtesy: whatever is in its way, such as a link, a FIFO, a lease or
 * a file of more than a megabyte, there is no note.
 */
void note_refusal(pam_handle_t *pamh, const struct nsi_open *open, const char *sentence);

/*
 * Ends this process if its program, known by the PAM service @service, goes on after a refusal of
 * pam_open_session(3): the user would be in, on the host.  The exit status is one that its parent
 * takes for "show the greeter again".  Returns for every other service.
 */
void insist_on_refusal(pam_handle_t *pamh, const char *service);

#endif /* NSI_MODULE_REPORT_H */
