/* SPDX-License-Identifier: MIT */
/* The verb "run" */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/person.h"
#include "ctl/say.h"

/* Reports the helper's answer unless the session is isolated. */
static int run_report(const struct ctl_session *s, const char *user)
{
	switch (s->reply.h.type) {
	case NSI_ENTER:
		return CTL_OK;
	case NSI_SKIP:
		say_error("%s is not isolated: %s", user, s->reply.text);
		return CTL_OK;
	default:
		break;
	}
	if (s->reply.allow && s->reply.cause != NSI_CAUSE_POLICY) {
		say_error("%s; not isolated, as on_error is \"allow\" at %s", s->reply.text,
			  s->reply.rule);
		return CTL_OK;
	}
	say_error("refused: %s", s->reply.text);
	return CTL_REFUSED;
}

static int run_in(const struct ctl_session *s, const struct login *login, char **argv)
{
	char set[24] = "";
	const struct command command = {
		.who = &login->user,
		.argv = argv,
		.set = set,
		.policy = s->reply.policy,
	};

	if (s->reply.h.type == NSI_ENTER && s->reply.set)
		text_fmt(set, sizeof(set), "%" PRIu64, s->reply.set);
	return command_run(&command);
}

int run_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(login_done) struct login login = {0};
	NSI_CLEANUP(session_done) struct ctl_session s;
	struct nsi_fail f = {""};
	int code, r;

	session_init(&s, ctl);
	if (geteuid() != 0)
		return say_need_root("run");
	code = login_find(ctl, ctl->operands[0], &login);
	if (code != CTL_OK)
		return code;
	r = ctl->job ? job_enter(ctl, ctl->job, login.user.uid, &f) : 0;
	if (r < 0) {
		(void)say_fail(r, &f);
		return r == -ENOENT || r == -ESRCH ? CTL_NOT_FOUND : CTL_SYSTEM;
	}
	say_progress("opening a session of %s ...", login.user.name);
	r = session_open(&s, &login, &f);
	say_progress_end();
	if (r < 0)
		return say_fail(r, &f);
	code = run_report(&s, login.user.name);
	if (code == CTL_OK)
		code = run_in(&s, &login, ctl->operands + 1);
	session_close(&s);
	return code;
}
