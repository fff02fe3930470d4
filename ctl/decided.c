/* SPDX-License-Identifier: MIT */
/* The ring of decisions, and its words for people */
#include "ctl/status.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "wire/wire.h"

static const char *const outcome_words[DECISION_OUTCOMES] = {
	[DECISION_ENTERED] = "isolated", [DECISION_JOINED] = "joined",
	[DECISION_HOST] = "host",        [DECISION_SKIPPED] = "skipped",
	[DECISION_ALLOWED] = "allowed",  [DECISION_REFUSED] = "refused",
};

static const struct {
	const char *word;
	const char *remedy;
} causes[NSI_CAUSE_MAX] = {
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
	return outcome < DECISION_OUTCOMES ? outcome_words[outcome] : "other";
}

const char *decided_cause(uint32_t cause)
{
	return cause < NSI_CAUSE_MAX ? causes[cause].word : "other";
}

const char *decided_remedy(uint32_t cause)
{
	return cause < NSI_CAUSE_MAX ? causes[cause].remedy
				     : "A later version of the helper knows why.";
}

const char *decided_text(char *buf, size_t size, const char *text)
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
