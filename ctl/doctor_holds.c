/* SPDX-License-Identifier: MIT */
/* The requirements of 'limits' and 'quota', for "doctor" */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "instance/quota.h"

/* A limit that no policy uses is not missing: a note, as "check" cannot know better. */
static void holds_say(struct doctor *d, bool can, enum finding finding, const char *subject,
		      const char *text)
{
	char what[320];

	text_fmt(what, sizeof(what), "%s: %s", subject, text);
	if (can)
		doctor_good(d, subject, "%s", text);
	else
		doctor_find(d, finding, what, "nsisolate.conf(5) says what they need");
}

static bool holds_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && strchr(" \n", at[len]))
			return true;
	return false;
}

/* Where version 2 is mounted on every system that we know; the helper looks it up. */
static void holds_check_limits(struct doctor *d)
{
	static const char *const needed[] = {"pids", "memory", "cpu"};
	char words[512] = "", text[240] = "'limits' of";
	unsigned count = 0;

	if (fd_read_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers", words, sizeof(words)) < 0)
		words[0] = '\0';
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		size_t used = strlen(text);

		if (!holds_has_word(words, needed[i]))
			continue;
		count++;
		text_fmt(text + used, sizeof(text) - used, " %s", i == 0 ? "tasks" : needed[i]);
	}
	if (count == 0)
		text_fmt(text, sizeof(text),
			 "/sys/fs/cgroup has no controllers of version 2, so a policy with "
			 "'limits' refuses its logins");
	else
		(void)strncat(text,
			      access("/run/systemd/system", F_OK) == 0 ? ", by systemd"
								       : ", by groups of our own",
			      sizeof(text) - strlen(text) - 1);
	holds_say(d, count > 0, FIND_NO_LIMITS, "cgroups", text);
}

static void holds_check_quota(struct doctor *d)
{
	NSI_AUTO_FD int dir = open(d->ctl->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (dir < 0)
		return; /* its faults are reported already, or it does not exist yet */
	r = quota_is_enforced(dir);
	holds_say(
		d, r == 0, FIND_NO_QUOTA, "quota",
		r == 0 ? "the statedir's file system holds projects to their quota"
		       : "the statedir's file system holds no project to a quota, so a policy with "
			 "'quota' or 'files' refuses its logins");
}

void doctor_holds(struct doctor *d)
{
	holds_check_limits(d);
	holds_check_quota(d);
}
