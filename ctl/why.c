/* SPDX-License-Identifier: MIT */
/* The last decisions about logins: the verb "why" */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "ctl/status.h"
#include "wire/wire.h"

static const char *const why_outcomes[DECISION_OUTCOMES] = {
	[DECISION_ENTERED] = "isolated", [DECISION_JOINED] = "joined",
	[DECISION_HOST] = "host",        [DECISION_SKIPPED] = "skipped",
	[DECISION_ALLOWED] = "allowed",  [DECISION_REFUSED] = "refused",
};

static const struct {
	const char *word;
	const char *remedy;
} why_causes[NSI_CAUSE_MAX] = {
	[NSI_CAUSE_SYSTEM] = {"system",
			      "Something on this machine failed: \"nsisolate doctor\" looks "
			      "for it, and the log has the step."},
	[NSI_CAUSE_POLICY] = {"policy",
			      "The policy says so: change the rule or the policy named above, "
			      "or what it limits."},
	[NSI_CAUSE_MEMORY] = {"memory", "The helper had no memory: free some and try again."},
	[NSI_CAUSE_CONFIG] = {"config", "The policy cannot be used: \"nsisolate check\" prints the "
					"lines."},
	[NSI_CAUSE_OFF] = {"off", "Isolation is switched off."},
};

const char *decided_word(uint32_t outcome)
{
	return outcome < DECISION_OUTCOMES ? why_outcomes[outcome] : "other";
}

const char *decided_cause(uint32_t cause)
{
	return cause < NSI_CAUSE_MAX ? why_causes[cause].word : "other";
}

/* One sentence on what to do about a refusal of @cause. */
static const char *why_remedy(uint32_t cause)
{
	return cause < NSI_CAUSE_MAX ? why_causes[cause].remedy
				     : "A later version of the helper knows why.";
}

/* Copies the sentence @text with "?" for bytes that are not printable.  Returns @buf. */
static const char *why_format_text(char *buf, size_t size, const char *text)
{
	size_t i = 0;

	for (; text[i] && i + 1 < size; i++)
		buf[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
	buf[i] = '\0';
	return buf;
}

int decided_read(const struct ctl *ctl, struct decision **ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int run = open(ctl->rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count;

	*ret = NULL;
	if (run < 0)
		return errno == ENOENT ? 0 : fail_errno(f, errno, "cannot open %s", ctl->rundir);
	session_settle(ctl);
	count = decisions_read(run, ret);
	return count < 0 ? fail_errno(f, count, "cannot read %s/" DECISIONS_FILE, ctl->rundir)
			 : count;
}

enum {
	WHY_LINES = 10 /* of the text; JSON has all that are kept */
};

static void why_print(const struct decision *d)
{
	char when[32], service[200], tty[100], rhost[200], policy[200], rule[400], text[800];

	(void)printf("%s  service=%s%s%s%s%s  %s", say_time(when, d->time),
		     text_escape(service, sizeof(service), d->service), d->tty[0] ? " tty=" : "",
		     text_escape(tty, sizeof(tty), d->tty), d->rhost[0] ? " rhost=" : "",
		     text_escape(rhost, sizeof(rhost), d->rhost), decided_word(d->outcome));
	if (d->set)
		(void)printf(" set=%" PRIu64, d->set);
	if (d->policy[0])
		(void)printf(" policy=%s", text_escape(policy, sizeof(policy), d->policy));
	(void)printf("\n");
	if (d->rule[0])
		(void)printf("    rule: %s\n", text_escape(rule, sizeof(rule), d->rule));
	if (d->text[0])
		(void)printf("    %s\n", why_format_text(text, sizeof(text), d->text));
	if (d->outcome == DECISION_REFUSED || d->outcome == DECISION_ALLOWED)
		(void)printf("    %s\n", why_remedy(d->cause));
}

static json_t *why_json(const struct decision *d)
{
	json_t *o = json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "time",
			      (json_int_t)d->time, "outcome", decided_word(d->outcome), "service",
			      json_text(d->service), "tty", json_text(d->tty), "rhost",
			      json_text(d->rhost), "policy", json_text(d->policy), "rule",
			      json_text(d->rule), "text", json_text(d->text));
	bool failed = d->outcome == DECISION_REFUSED || d->outcome == DECISION_ALLOWED;

	(void)json_object_set_new(o, "set", json_count(d->set));
	(void)json_object_set_new(o, "cause",
				  failed ? json_string(decided_cause(d->cause)) : json_null());
	return o;
}

/* The decisions about @who in @all, moved to its front.  Returns their number. */
static int why_select(struct decision *all, int count, const struct person *who)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (all[i].uid == who->uid)
			all[kept++] = all[i];
	return kept;
}

static int why_print_all(const struct ctl *ctl, const struct person *who,
			 const struct decision *all, int count)
{
	if (ctl->json) {
		json_t *answer = json_answer(), *list = json_array();

		for (int i = 0; i < count; i++)
			(void)json_array_append_new(list, why_json(&all[i]));
		(void)json_object_set_new(answer, "user", json_text(who->name));
		(void)json_object_set_new(answer, "decisions", list);
		return json_print(answer);
	}
	for (int i = count > WHY_LINES ? count - WHY_LINES : 0; i < count; i++)
		why_print(&all[i]);
	if (count == 0)
		(void)printf("no login of %s has been asked for since this machine was started, or "
			     "it is "
			     "longer ago than the last %d logins of all\n",
			     who->name, DECISIONS_COUNT);
	(void)printf("what a login would get now: nsisolate show %s --service SERVICE\n",
		     who->name);
	return CTL_OK;
}

int why_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	NSI_AUTO_FREE struct decision *all = NULL;
	struct nsi_fail f = {""};
	int count, code;

	if (geteuid() != 0)
		return say_need_root("why");
	code = person_find_or_say(ctl->operands[0], &who);
	if (code != CTL_OK)
		return code;
	count = decided_read(ctl, &all, &f);
	if (count < 0)
		return say_fail(count, &f);
	return why_print_all(ctl, &who, all, why_select(all, count, &who));
}
