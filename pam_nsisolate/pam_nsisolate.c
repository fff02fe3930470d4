/* SPDX-License-Identifier: MIT */
/* The entry points of the PAM module */
#pragma GCC visibility push(default)
#define PAM_SM_SESSION
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include <errno.h>
#include <security/pam_ext.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fail.h"
#include "login/args.h"
#include "login/client.h"
#include "login/place.h"
#include "pam_nsisolate/joining.h"
#include "pam_nsisolate/open_session.h"
#include "pam_nsisolate/report.h"
#include "pam_nsisolate/session_data.h"

PAM_EXTERN int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct pam_session *s = session_get(pamh);
	struct nsi_fail wrong = {""};
	struct module_args args;
	int code;

	if (args_parse(argc, argv, &args, &wrong) < 0) {
		code = open_refuse(pamh, flags, &args, &wrong);
	} else if (args.only_close) {
		return PAM_SUCCESS;
	} else if (s) { /* a stack that has us twice, or a second open of the same handle */
		s->depth++;
		return PAM_SUCCESS;
	} else {
		code = open_session(pamh, flags, &args);
	}
	if (args.debug)
		pam_syslog(pamh, LOG_DEBUG, "open_session returns %d", code);
	return code;
}

static int pam_close_with_helper(struct client_call *c, const struct pam_session *s,
				 const struct module_args *args, struct place *place,
				 struct nsi_fail *f)
{
	struct nsi_close m = {.h = wire_header(NSI_CLOSE), .set = s->set, .session = s->id};
	int r;

	r = client_connect(c, args, false, f);
	if (r == 0)
		r = client_send(c, &m.h, -EBADF, f);
	if (r == 0)
		r = client_receive(c, f);
	if (r == 0 && c->reply.h.type == NSI_ENTER)
		r = ask_enter(c, place, c->fd_count, f);
	else if (r == 0)
		r = fail_set(f, ENOENT, "%.250s", c->reply.text);
	return r;
}

/*
 * Ends the session, by the page of joins or with the helper, and goes back to where the process came from.  The
 * helper logs the line about a close by the page, as a line of the log wakes the logger.
 */
static int pam_leave(pam_handle_t *pamh, const struct pam_session *s,
		     const struct module_args *args, struct nsi_fail *f)
{
	struct place place = {.ns_dir = -EBADF,
			      .rules = {.caller = getuid(), .origin = &s->origin}};
	struct client_call c;
	enum join_close closed = JOIN_CLOSE_ASK;
	int r = place_look(&place, 0, f);

	if (r == 0)
		closed = joining_leave(args, s, &place);
	if (r == 0 && closed != JOIN_CLOSE_DONE) {
		client_init(&c, args->timeout);
		r = pam_close_with_helper(&c, s, args, &place, f);
		client_done(&c);
	}
	if (closed == JOIN_CLOSE_TELL)
		r = 0; /* it has left, and a helper that has not been told sees the slot */
	if (r == 0)
		report_workdir(pamh, PAM_SILENT, &place);
	place_done(&place);
	if (r == 0 && closed != JOIN_CLOSE_DONE)
		report_closed(pamh, s->user, s->uid, s->set);
	return r;
}

/*
 * Close only makes the end earlier: the helper learns of it from the process as
 * well.  So nothing here is a reason to fail, least of all that there is no
 * helper, or that the caller is an ordinary user by now, as systemd's (sd-pam) is.
 */
PAM_EXTERN int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct pam_session *s = session_get(pamh);
	struct nsi_fail f = {""};
	struct module_args args;
	int r;

	(void)flags;
	(void)args_parse(argc, argv, &args, &f); /* open has logged a mistake; the others will do */
	if (args.only_open || !s || --s->depth > 0)
		return PAM_SUCCESS;
	r = pam_leave(pamh, s, &args, &f);
	if (r != 0 && geteuid() == 0)
		pam_syslog(pamh, LOG_WARNING,
			   "closed, but not back in the namespaces it came from: %s",
			   r == CLIENT_NO_HELPER ? "no helper is running" : f.what);
	session_forget(pamh);
	return PAM_SUCCESS;
}
