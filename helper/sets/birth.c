/* SPDX-License-Identifier: MIT */
/* The beginning of a set: its building, and its adoption from a record */
#include "sets/set.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/text.h"
#include "host/host.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "setup/setup.h"
#include "setup/setup_network.h"
#include "state/record_format.h"

static const uint64_t build_us = UINT64_C(60) * 1000000; /* a module gives up long before */

static const uint64_t rest_us = 2000; /* the logins go first: see call_rest() */

/* Tells the waiters why the set could not be built, and leaves nothing of it. */
static void birth_fail(struct set *set)
{
	set_wake(set);
	set->state = SET_ENDING;
	anchor_stop(&set->anchor, SIGKILL);
	if (set->process.fd < 0 && set_watch_anchor(set) < 0)
		set_gone(set);
	/* else set_on_anchor_end() when it is gone */
}

void set_end_report(struct set *set)
{
	loop_remove(&set->sets->loop, &set->report);
	set->report.fd = -EBADF; /* the anchor's, and closed with it */
	loop_disarm(&set->sets->loop, &set->timer);
}

void set_build_failed(struct set *set)
{
	set_end_report(set);
	birth_fail(set);
}

void set_build_timeout(struct set *set)
{
	(void)fail_set(&set->failure, ETIMEDOUT,
		       "building the set took longer than %u seconds: is a file system hanging?",
		       (unsigned)(build_us / 1000000));
	set_build_failed(set);
}

static void birth_log_warnings(const struct set *set, const struct setup_report *report)
{
	for (const char *line = report->warnings; *line;) {
		const int size = (int)strcspn(line, "\n");

		set_log(set, LOG_WARNING, "set %" PRIu64 ": %.*s", set->rec.id, size, line);
		line += size + (line[size] == '\n');
	}
}

static void birth_note_end(struct set_record *rec, const struct setup_end *end)
{
	rec->end.sentinel_dev = end->sentinel_dev;
	rec->end.sentinel_blocks = end->sentinel_blocks;
	memcpy(rec->end.ns_ids, end->ns_ids, sizeof(rec->end.ns_ids));
	rec->mnt_id = end->mnt_id;
}

static int birth_take_report(struct set *set, const struct setup_report *report)
{
	struct set_record rec;
	struct nsi_fail *f = &set->failure;
	int r;

	if (report->err) {
		*f = report->fail;
		return report->err < 0 ? report->err : -EIO;
	}
	birth_log_warnings(set, report);
	set_store_record(set, &rec);
	rec.ns = report->ns;
	memcpy(rec.hostname, report->hostname, sizeof(rec.hostname));
	for (uint32_t i = 0; i < rec.dir_count; i++)
		rec.dirs[i].dev = report->dev[i];
	rec.root_dev = report->root_dev;
	birth_note_end(&rec, &report->end);
	if (facts_load(&set->rec, &rec) < 0)
		return fail_set(f, ENOMEM, "no memory for a set");
	if (!report->end.is_known) { /* else behind the logins that wait */
		sentinel_watch(set);
		set_store_record(set, &rec);
	}
	set->record_fd = record_create(set->sets->host.sets_fd, &rec);
	if (set->record_fd < 0)
		return fail_errno(f, set->record_fd, "cannot write the set's record below %s/sets",
				  set->sets->host.rundir);
	r = set_watch_anchor(set);
	if (r < 0)
		return fail_errno(f, r, "cannot watch the anchor");
	anchor_release(&set->anchor, &rec);
	return 0;
}

static void birth_finish(struct set *set)
{
	if (set->watch.count == 0)
		sentinel_watch(set);
	upkeep_begin(set, true);
	upkeep_watch_mounts(set);
	upkeep_save(set);
	set_log(set, LOG_INFO, "built set=%" PRIu64 " uid=%u policy=%s", set->rec.id, set->rec.uid,
		set->rec.policy);
}

/* Alone, when a login has had the rest done earlier: this can wait. */
static void birth_on_wake(struct timer *t)
{
	anchor_wake(&loop_owner(t, struct set, birth)->anchor);
}

static void birth_on_rest(struct timer *t)
{
	birth_finish(loop_owner(t, struct set, birth));
	birth_on_wake(t);
}

void set_finish_birth(struct set *set)
{
	if (set->birth.due_us == 0 || set->birth.fire != birth_on_rest)
		return;
	set->birth.fire = birth_on_wake;
	birth_finish(set);
}

/* Behind the replies to the logins that have waited for the set. */
static void birth_on_built(struct loop_job *job)
{
	set_step(loop_owner(job, struct set, behind), SET_SESSIONS);
}

static void birth_on_report(struct source *src)
{
	struct set *set = loop_owner(src, struct set, report);
	struct setup_report report;
	int r = anchor_read_report(&set->anchor, &report);

	if (r == -EAGAIN)
		return;
	if (r < 0) {
		(void)fail_set(&set->failure, -r, "the anchor died while it built the set");
		set_build_failed(set);
		return;
	}
	if (report.err == SETUP_ASKS) {
		if (network_begin(set, &report) < 0)
			set_build_failed(set);
		return; /* the report is yet to come */
	}
	set_end_report(set);
	if (birth_take_report(set, &report) < 0) {
		birth_fail(set);
		return;
	}
	set->state = SET_LIVE;
	if (set->net)
		network_built(set);
	if (report.netns[0])
		upkeep_list_netns(set, report.netns);
	loop_arm(&set->sets->loop, &set->birth, rest_us);
	set_wake(set);
	set_go_on_behind(set, birth_on_built);
}

void set_store_record(const struct set *set, struct set_record *ret)
{
	facts_store(&set->rec, set->sets->host.boot_id, ret);
}

void set_release_anchor(struct set *set)
{
	struct set_record rec;

	set_store_record(set, &rec);
	format_seal_head(&rec); /* or nobody could read the copy if the record is lost */
	anchor_release(&set->anchor, &rec);
	anchor_wake(&set->anchor);
}

static struct set *birth_alloc(struct sets *sets)
{
	struct set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->sets = sets;
	set->record_fd = -EBADF;
	set->anchor = (struct anchor){.pidfd = -EBADF, .socket = -EBADF};
	set->report = (struct source){.fd = -EBADF, .ready = birth_on_report};
	set->process = (struct source){.fd = -EBADF, .ready = set_on_anchor_end};
	set->job = JOB_UNWATCHED;
	set->charge.work = (struct work)WORK_NONE;
	set->timer.fire = set_on_timer;
	set->birth.fire = birth_on_rest;
	set->note.run = set_on_note;
	upkeep_init_set(set);
	TAILQ_INIT(&set->waiters);
	LIST_INSERT_HEAD(&sets->all, set, link);
	return set;
}

/* Also makes room for the watches of the file systems that the record names.  Returns 0 or -ENOMEM. */
static int birth_load_facts(struct set *set, const struct set_record *rec)
{
	if (facts_load(&set->rec, rec) < 0)
		return -ENOMEM;
	set->watch.roots = calloc(SENTINEL_MORE + set->rec.dir_count, sizeof(set->watch.roots[0]));
	return set->watch.roots ? 0 : -ENOMEM;
}

static void birth_fill_record(struct set_record *rec, const struct setup_plan *plan,
			      const char *rule)
{
	const struct pol_policy *policy = plan->policy;

	rec->id = plan->id;
	rec->owner = plan->owner;
	rec->digest = policy->digest;
	rec->created = (uint64_t)time(NULL);
	rec->uid = plan->uid;
	rec->users[0] = plan->uid;
	rec->user_count = 1;
	rec->gid = plan->gid;
	rec->types = policy->types;
	rec->linger = policy->linger;
	rec->kill_grace = policy->kill_grace;
	rec->max_sessions = policy->max_sessions;
	rec->nested = plan->nested;
	rec->scope = policy->scope;
	if (plan->job) {
		rec->job_id = plan->job->id;
		rec->job_is_v2 = plan->job->is_v2;
		memcpy(rec->job_name, plan->job->name, sizeof(rec->job_name));
		memcpy(rec->job_group, plan->job->group, sizeof(rec->job_group));
	}
	rec->on_last_close = policy->on_last_close;
	rec->has_limits = pol_has_limits(&policy->limits);
	rec->has_memory_limit = policy->limits.memory || policy->limits.memory_percent;
	/* For show; a name that does not fit is shown as "". */
	(void)text_copy(rec->program, sizeof(rec->program), PACKAGE_VERSION);
	(void)text_copy(rec->policy, sizeof(rec->policy), policy_str(plan->image, policy->name));
	(void)text_copy(rec->user, sizeof(rec->user), plan->user);
	(void)text_copy(rec->rule, sizeof(rec->rule), rule);
	(void)text_copy(rec->on_end.run,
			sizeof(rec->on_end.run), /* check_hooks() has checked its length */
			policy_str(plan->image, policy->view.on_end.run));
	rec->on_end.timeout = policy->view.on_end.timeout;
	rec->on_end.is_inside = policy->view.on_end.place == POL_HOOK_INSIDE;
	for (uint32_t i = 0; i < policy->dirs.count && i < RECORD_DIRS; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, policy->dirs.first + i);

		(void)text_copy(rec->dirs[i].path, RECORD_PATH, policy_str(plan->image, dir->path));
		rec->dirs[i].method = dir->method;
		rec->dirs[i].retain = dir->retain;
		rec->dirs[i].retain_age = dir->retain_age;
		rec->dir_count = i + 1;
	}
}

/* Takes the spare anchor, if one fits, or starts one; and asks for another spare, to be made behind this login. */
static int birth_start_anchor(struct set *set, const struct setup_plan *plan, struct nsi_fail *f)
{
	struct spare *spare = &set->sets->spare;
	int r = 0;

	if (!spare_take(spare, plan, &set->anchor, &set->rec.anchor_start)) {
		r = anchor_start(plan, &set->anchor, f);
		if (r < 0)
			return r;
		/* Now, while it works: later, the login would wait for it. */
		r = priv_start_time(set->anchor.pid, &set->rec.anchor_start);
		if (r < 0)
			return fail_errno(f, r, "cannot read when the new anchor has started");
	}
	spare_want(spare, plan);
	set->rec.anchor_pid = set->anchor.pid;
	set->report.fd = set->anchor.socket;
	r = loop_add(&set->sets->loop, &set->report, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot watch the new anchor") : 0;
}

/* Fills in the record by @plan, and gives @plan the set's network.  Returns 0 or -errno. */
static int birth_fill(struct set *set, struct setup_plan *plan, uint32_t missing, const char *rule,
		      struct nsi_fail *f)
{
	struct set_record rec = {.missing = missing};
	int r;

	birth_fill_record(&rec, plan, rule);
	r = birth_load_facts(set, &rec);
	if (r < 0)
		return fail_errno(f, r, "no memory for a set");
	set_hold_limits(set);
	index_add(&set->sets->index, set);
	if (set->is_without_mounts) /* who is in it does not show from outside */
		joins_withdraw_all(&set->sets->joins);
	if (!plan->policy->types)
		return fail_set(f, ENOSPC, "the kernel refuses every namespace of the policy");
	if ((plan->policy->types | missing) & ns_bit(NS_NET)) {
		r = network_prepare(set, plan, f);
		if (r < 0)
			return r;
	}
	plan->net = set->net ? set->net->config : plan->net;
	return 0;
}

/*
 * A set of @plan, whose policy is without the types @missing, or NULL, when nothing is left of it.
 * Gives @plan the set's network.
 */
static struct set *birth_start(struct sets *sets, struct setup_plan *plan, uint32_t missing,
			       const char *rule, struct nsi_fail *f)
{
	struct set *set = birth_alloc(sets);

	if (!set) {
		(void)fail_set(f, ENOMEM, "no memory for a set");
		return NULL;
	}
	if (birth_fill(set, plan, missing, rule, f) < 0 || birth_start_anchor(set, plan, f) < 0) {
		anchor_stop(&set->anchor, SIGKILL);
		set_free(set);
		return NULL;
	}
	loop_arm(&sets->loop, &set->timer, build_us);
	return set;
}

struct set *set_create(struct sets *sets, const struct setup_plan *plan, const char *rule,
		       struct nsi_fail *f)
{
	struct pol_policy policy = *plan->policy; /* without the types that the kernel refuses */
	const uint32_t optional = policy.optional & policy.types;
	/* The clone3(2) of the anchor tries these; a network is prepared before it. */
	const uint32_t cloned = optional & setup_types_cloned(&policy) & ~ns_bit(NS_NET);
	uint32_t missing = optional & ~cloned ? ns_missing(optional & ~cloned, plan->id) : 0;
	struct setup_plan actual = *plan;
	struct set *set;

	actual.policy = &policy;
	policy.types &= ~missing;
	set = birth_start(sets, &actual, missing, rule, f);
	if (!set && cloned) {
		const uint32_t refused = ns_missing(cloned, plan->id);

		if (!refused)
			return NULL;
		*f = (struct nsi_fail){""};
		actual.net = plan->net;
		policy.types &= ~refused;
		set = birth_start(sets, &actual, missing | refused, rule, f);
	}
	if (!set)
		return NULL;
	upkeep_list(set, &actual); /* while the anchor works */
	if (set->rec.job_id)
		job_watch(set);
	return set;
}

struct set *set_adopt(struct sets *sets, const struct set_record *rec, int record_fd)
{
	struct set *set = birth_alloc(sets);

	if (!set)
		return NULL;
	if (birth_load_facts(set, rec) < 0) {
		set_free(set);
		return NULL;
	}
	index_add(&sets->index, set);
	set->record_fd = record_fd;
	set->state = SET_LIVE;
	set->kills = rec->end.kills;
	while (set->groups.count < RECORD_GROUPS && rec->end.groups[set->groups.count])
		set->groups.count++;
	if (rec->user_count == 0 && rec->scope != POL_SCOPE_GROUP) /* of an earlier version */
		set_note_user(set, rec->uid, 0);
	return set;
}
