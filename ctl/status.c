/* SPDX-License-Identifier: MIT */
/* Whether all is well, and how many logins got what: the verb "status" */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "ctl/status.h"
#include "login/off.h"
#include "policy/image.h"
#include "policy/kept.h"
#include "policy/load.h"

/* The helper holds a write lock on <rundir>/helper.lock, in which its pid stands. */
static int status_helper(const struct ctl *ctl)
{
	NSI_AUTO_FD int run = open(ctl->rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int fd =
		run < 0 ? -EBADF : openat(run, "helper.lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct pollfd gone = {.events = POLLIN};
	NSI_AUTO_FD int pidfd = -EBADF;
	char text[16] = "";

	if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	/* A child of a helper that was killed may hold the lock for a moment longer. */
	gone.fd = pidfd = pidfd_open(atoi(text), 0);
	return pidfd >= 0 && poll(&gone, 1, 0) == 0 ? atoi(text) : 0;
}

static void status_policy(const struct ctl *ctl, struct status *s)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = policy_of_files(ctl, &report);
	NSI_AUTO_FD int run = open(ctl->rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	s->has_in_force = run >= 0 && in_force_read(run, &s->in_force) == 0;
	s->policy_is_good = image != NULL;
	s->policy_errors = report.errors;
	if (!s->policy_is_good)
		return;
	s->policies = image->table[POL_TABLE_POLICIES].count;
	s->rules = image->table[POL_TABLE_RULES].count;
	s->policy_hash = stale_fingerprint(image);
}

static void status_trash(const struct ctl *ctl, struct status *s)
{
	NSI_AUTO_FD int state = open(ctl->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = state < 0 ? NULL : path_list(state, "trash");
	const struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		s->trash += e->d_name[0] != '.';
}

static int status_sets(const struct ctl *ctl, struct status *s, struct nsi_fail *f)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	int r = views_read(ctl, false, &list, f);

	for (unsigned i = 0; i < list.count; i++) {
		s->by_state[list.rows[i].state]++;
		s->sessions += list.rows[i].session_count;
	}
	s->sets = list.count;
	return r;
}

static void status_waits(const struct ctl *ctl, struct status *s)
{
	NSI_AUTO_FD int run = open(ctl->rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (run >= 0)
		(void)waits_read(run, &s->waits); /* all 0 then */
}

int status_read(const struct ctl *ctl, struct status *s, struct nsi_fail *f)
{
	NSI_AUTO_FREE struct decision *all = NULL;
	int count, r;

	s->helper_pid = status_helper(ctl);
	s->off = off_is_set(ctl->rundir, s->off_why, sizeof(s->off_why));
	status_policy(ctl, s);
	status_trash(ctl, s);
	status_waits(ctl, s);
	r = status_sets(ctl, s, f);
	if (r < 0)
		return r;
	count = decided_read(ctl, &all, f);
	if (count < 0)
		return count;
	if (count > 0)
		s->last = all[count - 1];
	s->needs_person = s->off || !s->policy_is_good || s->by_state[VIEW_LOST] ||
			  (s->sets > 0 && s->helper_pid == 0);
	return 0;
}

static void status_print_sets(const struct status *s)
{
	const char *before = ": ";

	(void)printf("sets          %u", s->sets);
	for (int state = 0; state < VIEW_STATE_MAX; state++) {
		if (!s->by_state[state])
			continue;
		(void)printf("%s%u %s", before, s->by_state[state], view_state_name(state));
		before = ", ";
	}
	(void)printf("\nsessions      %u\n", s->sessions);
}

static void status_print_decisions(const struct status *s)
{
	const uint64_t *n = s->last.outcomes;
	const char *before = " (";

	(void)printf("since boot    %" PRIu64 " isolated, %" PRIu64 " joined, %" PRIu64
		     " to the host, %" PRIu64 " skipped, %" PRIu64 " allowed, %" PRIu64 " refused",
		     n[DECISION_ENTERED], n[DECISION_JOINED], n[DECISION_HOST], n[DECISION_SKIPPED],
		     n[DECISION_ALLOWED], n[DECISION_REFUSED]);
	for (uint32_t cause = 0; cause < DECISION_CAUSES; cause++) {
		if (!s->last.causes[cause])
			continue;
		(void)printf("%s%s %" PRIu64, before, decided_cause(cause), s->last.causes[cause]);
		before = ", ";
	}
	(void)printf("%s\n", strcmp(before, ", ") == 0 ? ")" : "");
}

static void status_print(const struct ctl *ctl, const struct status *s)
{
	char when[32];

	if (s->helper_pid)
		(void)printf("helper        running, process %d\n", s->helper_pid);
	else
		(void)printf("helper        not running; the next login starts it\n");
	if (s->policy_is_good)
		(void)printf("policy        %s: ok, %" PRIu64 " %s, %" PRIu64 " %s\n", ctl->config,
			     s->policies, s->policies == 1 ? "policy" : "policies", s->rules,
			     s->rules == 1 ? "rule" : "rules");
	else
		(void)printf("policy        %s: NOT USED, %zu errors; see \"nsisolate check\"\n",
			     ctl->config, s->policy_errors);
	if (s->has_in_force)
		(void)printf("in force      %s, of %s\n", in_force_name(s->in_force.state),
			     say_time(when, s->in_force.since));
	(void)printf("isolation     %s%s\n", s->off ? "OFF: " : "on", s->off ? s->off_why : "");
	status_print_sets(s);
	status_print_decisions(s);
	(void)printf("trash         %u directories to be deleted\n", s->trash);
}

static int status_print_json(const struct status *s)
{
	json_t *answer = json_answer(), *states = json_object(), *outcomes = json_object(),
	       *causes = json_object();

	for (int state = 0; state < VIEW_STATE_MAX; state++)
		(void)json_object_set_new(states, view_state_name(state),
					  json_integer(s->by_state[state]));
	for (uint32_t o = 0; o < DECISION_OUTCOMES; o++)
		(void)json_object_set_new(outcomes, decided_word(o),
					  json_integer((json_int_t)s->last.outcomes[o]));
	for (uint32_t c = 0; strcmp(decided_cause(c), "other") != 0; c++)
		(void)json_object_set_new(causes, decided_cause(c),
					  json_integer((json_int_t)s->last.causes[c]));
	(void)json_object_set_new(answer, "ok", json_boolean(!s->needs_person));
	(void)json_object_set_new(answer, "helper", json_count((uint64_t)s->helper_pid));
	(void)json_object_set_new(answer, "policy_ok", json_boolean(s->policy_is_good));
	(void)json_object_set_new(answer, "policy_errors",
				  json_integer((json_int_t)s->policy_errors));
	(void)json_object_set_new(answer, "in_force",
				  s->has_in_force ? json_string(in_force_name(s->in_force.state))
						  : json_null());
	(void)json_object_set_new(answer, "off", s->off ? json_text(s->off_why) : json_null());
	(void)json_object_set_new(answer, "sets", states);
	(void)json_object_set_new(answer, "sessions", json_integer(s->sessions));
	(void)json_object_set_new(answer, "decisions", outcomes);
	(void)json_object_set_new(answer, "causes", causes);
	(void)json_object_set_new(answer, "trash", json_integer(s->trash));
	return json_print(answer);
}

/* An ordinary user: the set that this process is in, by its environment and namespaces. */
static int status_own(const struct ctl *ctl)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	const char *set = getenv("NSISOLATE_SET"), *policy = getenv("NSISOLATE_POLICY");
	struct nsi_fail f = {""};
	char word[200];
	int r = views_own(&list, &f);

	if (r < 0)
		return say_fail(r, &f);
	if (ctl->json) {
		json_t *answer = json_answer();

		(void)json_object_set_new(answer, "isolated", json_boolean(list.count > 0));
		(void)json_object_set_new(answer, "set", set ? json_text(set) : json_null());
		(void)json_object_set_new(answer, "policy",
					  policy ? json_text(policy) : json_null());
		return json_print(answer);
	}
	if (list.count == 0)
		(void)printf("you are not isolated: no set of namespaces is yours\n");
	else
		(void)printf("you are in set %s of policy %s; \"nsisolate list\" shows what is "
			     "private\n",
			     set ? set : "?",
			     policy ? text_escape(word, sizeof(word), policy) : "?");
	return CTL_OK;
}

int status_verb(const struct ctl *ctl)
{
	struct status s = {0};
	struct nsi_fail f = {""};
	int r, code = CTL_OK;

	if (geteuid() != 0)
		return status_own(ctl);
	r = status_read(ctl, &s, &f);
	if (r < 0)
		return say_fail(r, &f);
	if (ctl->json)
		code = status_print_json(&s);
	else
		status_print(ctl, &s);
	return code != CTL_OK ? code : s.needs_person ? CTL_REFUSED : CTL_OK;
}
