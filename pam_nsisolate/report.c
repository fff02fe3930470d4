/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/report.h"

#include <security/pam_ext.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/text.h"
#include "login/opened.h"
#include "login/place.h"
#include "wire/wire.h"

enum {
	ESCAPED = 4
};

void report_opened(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply,
		   uint64_t since_us)
{
	const struct opened opened = {
		.user = open->user,
		.service = open->service,
		.rule = reply->rule,
		.policy = reply->set ? reply->policy : NULL,
		.remark = reply->set ? reply->text : "",
		.set = reply->set,
		.uid = open->uid,
		.types = reply->all_types,
		.missing = reply->missing,
		.took_us = (uint32_t)(clock_now_us() - since_us),
		.joined = reply->joined,
	};
	char line[OPENED_SIZE];

	pam_syslog(pamh, LOG_INFO, "%s", opened_format(line, &opened));
}

void report_skipped(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply)
{
	char user[NSI_WORD_SIZE * ESCAPED], service[NSI_WORD_SIZE * ESCAPED];

	pam_syslog(pamh, reply->cause == NSI_CAUSE_OFF ? LOG_WARNING : LOG_INFO,
		   "%s user=%s uid=%u service=%s%s%s: %s",
		   reply->set ? "not moved" : "not isolated",
		   text_escape(user, sizeof(user), open->user), open->uid,
		   text_escape(service, sizeof(service), open->service),
		   reply->rule[0] ? " rule=" : "", reply->rule, reply->text);
}

/* A sentence for the user, where the application takes one. */
static void report_to_user(pam_handle_t *pamh, int flags, const char *sentence)
{
	const void *conv = NULL;

	if (!(flags & PAM_SILENT) && pam_get_item(pamh, PAM_CONV, &conv) == PAM_SUCCESS && conv)
		(void)pam_error(pamh, "%s", sentence); /* a courtesy */
}

void report_editor(pam_handle_t *pamh, const struct nsi_open *open, uint32_t editor)
{
	char user[NSI_WORD_SIZE * ESCAPED], service[NSI_WORD_SIZE * ESCAPED];

	pam_syslog(pamh, LOG_INFO,
		   "not isolated user=%s uid=%u service=%s: sudoedit runs the editor as uid %u, in "
		   "the namespaces where it was called",
		   text_escape(user, sizeof(user), open->user), open->uid,
		   text_escape(service, sizeof(service), open->service), editor);
}

void report_workdir(pam_handle_t *pamh, int flags, const struct place *place)
{
	const char *path = place->dir.path;
	char shown[256];

	if (!path[0])
		path = "(without a path)";
	else if (!path[1] && place->went == WORKDIR_PRIVATE)
		return; /* "/" of another root: all is another there */
	(void)text_escape(shown, sizeof(shown), path);
	switch (place->went) {
	case WORKDIR_SAME:
	case WORKDIR_KEPT:
		return;
	case WORKDIR_PRIVATE:
		pam_syslog(pamh, LOG_INFO, "the working directory is the private %s", shown);
		return;
	case WORKDIR_EMPTY:
		pam_syslog(pamh, LOG_NOTICE,
			   "the working directory %s is not there in the namespaces that were "
			   "entered: the program stands in an empty one",
			   shown);
		report_to_user(pamh, flags,
			       "The directory you are in is not there in the new session; it "
			       "begins in an empty one.");
		return;
	}
}

void report_closed(pam_handle_t *pamh, const char *user, uint32_t uid, uint64_t set)
{
	char line[CLOSED_SIZE];

	pam_syslog(pamh, LOG_INFO, "%s", closed_format(line, user, uid, set, 0));
}

void report_refused(pam_handle_t *pamh, int flags, const struct nsi_open *open, bool is_decided,
		    const struct nsi_fail *f)
{
	char user[NSI_WORD_SIZE * ESCAPED], service[NSI_WORD_SIZE * ESCAPED];
	char reason[sizeof(f->what) + 64];
	const char *sentence = is_decided ? reason
					  : "Your session could not be isolated and was refused; "
					    "the system log says why.";

	pam_syslog(pamh, LOG_ERR, "refused user=%s uid=%u service=%s: %s",
		   text_escape(user, sizeof(user), open->user), open->uid,
		   text_escape(service, sizeof(service), open->service), f->what);
	text_fmt(reason, sizeof(reason), "Your session was refused: %s.", f->what);
	for (char *c = reason; *c; c++) /* no control sequences for the terminal */
		*c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
	report_to_user(pamh, flags, sentence);
	note_refusal(pamh, open, sentence);
}

void report_root(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_fail *f)
{
	char user[NSI_WORD_SIZE * ESCAPED], service[NSI_WORD_SIZE * ESCAPED];

	pam_syslog(pamh, LOG_WARNING,
		   "not isolated user=%s uid=%u service=%s: root stays where it is: %s",
		   text_escape(user, sizeof(user), open->user), open->uid,
		   text_escape(service, sizeof(service), open->service), f->what);
}

void report_off(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_fail *f,
		const char *why)
{
	char user[NSI_WORD_SIZE * ESCAPED], service[NSI_WORD_SIZE * ESCAPED];

	pam_syslog(pamh, LOG_WARNING, "not isolated user=%s uid=%u service=%s: %s, and %s",
		   text_escape(user, sizeof(user), open->user), open->uid,
		   text_escape(service, sizeof(service), open->service), why, f->what);
}
