/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/open_session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <security/pam_ext.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "login/args.h"
#include "login/client.h"
#include "login/off.h"
#include "login/place.h"
#include "pam_nsisolate/account.h"
#include "pam_nsisolate/joining.h"
#include "pam_nsisolate/report.h"
#include "pam_nsisolate/session_data.h"

/*
 * DOC: the order of an open
 *
 * Everything that can fail comes before the one setns(2): the look-up of the
 * user, the helper's answer, the session's data and environment.  Until then
 * the application is untouched, so a refusal has nothing to undo but the last
 * two.  This matters because no application calls close after a failed open.
 */

/* One open on its way. */
struct opening {
	pam_handle_t *pamh;
	const struct module_args *args;
	struct nsi_open open;
	struct place place;
	struct client_call call;
	struct joining joining; /* without the helper, if it has a page */
	int flags;              /* of pam_open_session(3) */
	bool stranded;          /* it moved, and could not be brought back */
	bool decided;           /* the policy refuses it, and nothing has failed */
};

/* Never PAM_SESSION_ERR: sudo takes that for a warning and runs the command. */
static int open_code_of(int err)
{
	switch (-err) {
	case ENOMEM:
		return PAM_BUF_ERR;
	case EPERM:
	case EACCES:
		return PAM_PERM_DENIED;
	default:
		return PAM_SYSTEM_ERR;
	}
}

static int open_code_of_cause(uint32_t cause)
{
	switch ((enum nsi_cause)cause) {
	case NSI_CAUSE_POLICY:
		return PAM_PERM_DENIED;
	case NSI_CAUSE_MEMORY:
		return PAM_BUF_ERR;
	case NSI_CAUSE_CONFIG:
		return PAM_SERVICE_ERR;
	case NSI_CAUSE_SYSTEM:
	case NSI_CAUSE_OFF:
	case NSI_CAUSE_MAX:
		break;
	}
	return PAM_SYSTEM_ERR;
}

static int open_answer(void *arg, struct client_call *call, struct nsi_fail *f)
{
	struct opening *o = arg;

	return account_answer(o->pamh, call, &o->open, f);
}

static int open_ask_helper(struct opening *o, bool may_start, struct nsi_fail *f)
{
	const struct asking asking = {
		.call = &o->call,
		.args = o->args,
		.open = &o->open,
		.answer = open_answer,
		.arg = o,
	};

	o->open.from = o->place.ns;
	return ask_open(&asking, may_start, f);
}

/* The helper learns whether the process has entered: by its answer, or by the slot. */
static void open_acknowledge(struct opening *o, bool entered)
{
	if (o->joining.page)
		joining_done(&o->joining, entered);
	else
		ask_acknowledge(&o->call, entered);
}

/* It stands where it should not: out again, by the way back of the reply or by the helper itself. */
static void open_go_back(struct opening *o)
{
	struct client_call *c = &o->call;
	struct nsi_reply back = {.types = c->reply.types, .to = o->place.ns};
	struct nsi_fail ignored = {""};

	if (o->joining.page) {
		c->fds[1] = joining_way_back(&o->joining);
		c->fd_count += c->fds[1] >= 0;
	}
	o->stranded = c->fd_count <= c->ways || place_enter(&o->place, &back, c->fds + c->ways,
							    c->fd_count - c->ways, &ignored) != 0;
}

/* Enters what the helper answered, or what its page says.  Returns 0, PLACE_STRANDED or -errno. */
static int open_go_in(struct opening *o, unsigned ways, struct nsi_fail *f)
{
	if (!o->joining.page)
		return ask_enter(&o->call, &o->place, ways, f);
	o->call.ways = ways;
	return place_enter(&o->place, &o->call.reply, o->call.fds, ways, f);
}

/* Enters what the helper answered.  Returns a PAM code. */
static int open_enter_set(struct opening *o, struct nsi_fail *f)
{
	struct client_call *c = &o->call;
	/* The first descriptors are the way in; one more is the way back, should that go wrong. */
	unsigned ways = c->reply.types && c->fd_count > 0 ? 1 : 0;
	struct workdir tmpdir;
	int r, code = session_put(o->pamh, &o->open, &c->reply, &o->place.dir);

	if (code != PAM_SUCCESS) {
		(void)fail_set(f, ENOMEM, "cannot keep the session in the PAM handle");
		session_drop(o->pamh);
		open_acknowledge(o, false);
		return code;
	}
	/* Root of the host may have any directory; others would get a way out of their set by it. */
	o->place.rules = (struct workdir_rules){
		.caller = o->open.caller_uid,
		.may_keep = c->reply.set == 0 && o->open.uid == 0,
		.may_be_private = c->reply.set != 0,
	};
	tmpdir_look(o->pamh, &tmpdir);
	r = open_go_in(o, ways, f);
	if (r == 0) {
		tmpdir_settle(o->pamh, &tmpdir);
		open_acknowledge(o, true);
		report_workdir(o->pamh, o->flags, &o->place);
		return PAM_SUCCESS;
	}
	session_drop(o->pamh);
	if (r == PLACE_STRANDED)
		open_go_back(o);
	open_acknowledge(o, false);
	return r < 0 ? open_code_of(r) : PAM_SYSTEM_ERR;
}

/* Turns the helper's answer into what open returns. */
static int open_follow(struct opening *o, uint64_t since_us, struct nsi_fail *f)
{
	const struct nsi_reply *reply = &o->call.reply;
	int code;

	switch (reply->h.type) {
	case NSI_SKIP:
		report_skipped(o->pamh, &o->open, reply);
		return PAM_SUCCESS;
	case NSI_ENTER:
		code = open_enter_set(o, f);
		if (code == PAM_SUCCESS)
			report_opened(o->pamh, &o->open, reply, since_us);
		return code;
	case NSI_REFUSED:
		(void)fail_set(f, EPERM, "%.250s", reply->text);
		o->decided = reply->cause == NSI_CAUSE_POLICY;
		if (!reply->allow || o->decided)
			return open_code_of_cause(reply->cause);
		pam_syslog(o->pamh, LOG_WARNING, "%s; not isolated, as on_error is \"allow\" at %s",
			   f->what, reply->rule);
		return PAM_SUCCESS;
	default:
		(void)fail_set(f, EBADMSG, "unexpected reply from the helper");
		return PAM_SYSTEM_ERR;
	}
}

/*
 * uid 0 in the host's namespaces is let through without a word to anyone.
 * <rundir>/host names them; while it is not there, no set is either.
 */
static bool open_is_at_home(const struct opening *o)
{
	char path[NSI_PATH_SIZE + 8], text[128];
	uint64_t mnt = 0;

	text_fmt(path, sizeof(path), "%s/host", o->args->rundir); /* room was made */
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return true;
	if (sscanf(text, "nsisolate-host 1 mnt=%" SCNu64, &mnt) != 1)
		return false;
	return mnt == o->place.ns.ino[NS_MNT];
}

/*
 * The session could not be isolated for the reason in @f.  Root is never refused but by
 * isolate_root, and the way out of login/off.h is for whatever has gone wrong.
 */
static int open_return_refusal(const struct opening *o, int code, const struct nsi_fail *f)
{
	const bool is_known = o->open.user[0] != '\0'; /* its uid is then, too */
	char why[NSI_TEXT_SIZE];

	if (is_known && o->open.uid == 0 && !o->args->isolate_root) {
		report_root(o->pamh, &o->open, f);
		return PAM_SUCCESS;
	}
	/* Not isolated is one thing, half isolated another. */
	if (!o->stranded && off_is_set(o->args->rundir, why, sizeof(why))) {
		report_off(o->pamh, &o->open, f, why);
		return PAM_SUCCESS;
	}
	report_refused(o->pamh, o->flags, &o->open, o->decided, f);
	insist_on_refusal(o->pamh, o->open.service);
	return code;
}

static int open_root(struct opening *o, uint64_t since_us)
{
	struct nsi_fail f = {""};
	int r = place_look(&o->place, PLACE_KINDS, &f);
	int code;

	if (r == 0 && open_is_at_home(o))
		return PAM_SUCCESS;
	if (r == 0)
		r = open_ask_helper(o, false, &f);
	if (r == CLIENT_NO_HELPER)
		r = fail_set(&f, ENOENT, "no helper is running to ask");
	code = r < 0 ? open_code_of(r) : open_follow(o, since_us, &f);
	if (code != PAM_SUCCESS)
		report_root(o->pamh, &o->open, &f);
	return PAM_SUCCESS;
}

/*
 * Joins a live set by what the helper has decided for logins like this.  False if it did not, for
 * whatever reason: the process is where it was then, and the helper is to be asked.
 */
static bool open_by_page(struct opening *o)
{
	struct client_call *c = &o->call;
	int anchor = joining_begin(&o->joining, o->args, &o->open, &o->place, &c->reply);
	struct nsi_fail ignored = {""};
	bool is_in;

	if (anchor < 0)
		return false;
	c->fds[0] = anchor;
	c->fd_count = 1;
	is_in = open_enter_set(o, &ignored) == PAM_SUCCESS;
	if (is_in)
		session_get(o->pamh)->joined = o->joining.joined;
	o->place.keeps_proc = o->place.keeps_root = false;
	return is_in;
}

static int open_user(struct opening *o, uint64_t since_us)
{
	struct nsi_fail f = {""};
	int r = place_look(&o->place, PLACE_KINDS, &f);
	int code;

	if (r == 0 && open_by_page(o))
		return PAM_SUCCESS;
	if (o->stranded)
		r = fail_set(&f, EXDEV, "cannot go back to where the process came from");
	if (r == 0)
		r = open_ask_helper(o, true, &f);
	code = r < 0 ? open_code_of(r) : open_follow(o, since_us, &f);
	if (code == PAM_SUCCESS)
		return code;
	/* It lets in what cannot be isolated: neither what is half isolated nor what is forbidden. */
	if (o->args->allow && !o->stranded && !o->decided) {
		pam_syslog(o->pamh, LOG_WARNING,
			   "%s; not isolated, as the argument on_error=allow says", f.what);
		return PAM_SUCCESS;
	}
	return open_return_refusal(o, code, &f);
}

static int open_fill(struct opening *o, struct nsi_fail *f)
{
	const struct module_args *args = o->args;
	int code = account_fill(o->pamh, &o->open, f);

	o->open.h = wire_header(NSI_OPEN);
	o->open.flags = args->isolate_root ? NSI_ISOLATE_ROOT : 0;
	memcpy(o->open.config, args->config,
	       strlen(args->config) + 1); /* args_parse() saw to the room */
	memcpy(o->open.statedir, args->statedir, strlen(args->statedir) + 1);
	return code;
}

int open_session(pam_handle_t *pamh, int flags, const struct module_args *args)
{
	uint64_t since_us = clock_now_us();
	struct opening o = {.pamh = pamh,
			    .args = args,
			    .flags = flags,
			    .place = {.ns_dir = -EBADF},
			    .joining = JOINING_NONE};
	struct nsi_fail f = {""};
	int code = open_fill(&o, &f);
	uid_t editor;

	if (code != PAM_SUCCESS)
		return open_return_refusal(&o, code, &f);
	if (sudoedit_is_running(pamh, o.open.caller_uid, &editor)) {
		report_editor(pamh, &o.open, editor);
		return PAM_SUCCESS;
	}
	o.joining.since_us = since_us;
	client_init(&o.call, args->timeout);
	if (o.open.uid == 0 && !args->isolate_root)
		code = open_root(&o, since_us);
	else
		code = open_user(&o, since_us);
	client_done(&o.call);
	place_done(&o.place);
	return code;
}

int open_refuse(pam_handle_t *pamh, int flags, const struct module_args *args,
		const struct nsi_fail *wrong)
{
	struct opening o = {.pamh = pamh,
			    .args = args,
			    .flags = flags,
			    .place = {.ns_dir = -EBADF},
			    .joining = JOINING_NONE};
	struct nsi_fail ignored = {""};

	(void)open_fill(&o, &ignored); /* as far as it goes, for the log */
	return open_return_refusal(&o, PAM_SERVICE_ERR, wrong);
}
