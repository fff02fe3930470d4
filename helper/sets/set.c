/* SPDX-License-Identifier: MIT */
#include "sets/set.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "sets/helper.h"
#include "sets/missing.h"
#include "sets/session.h"
#include "sets/set_account.h"
#include "setup/setup.h"
#include "setup/setup_network.h"

static const uint64_t build_us = UINT64_C(60) * 1000000; /* a module gives up long before */

/* A uid may have been given to somebody else while a set of the former account lives on. */
static bool set_is_of(const struct set *s, const struct set_key *key)
{
	return key->scope == POL_SCOPE_GROUP ||
	       account_is_same(s->rec.user, key->user, (uid_t)key->owner);
}

struct set *set_find(struct helper *h, const struct set_key *key)
{
	struct set *older = NULL;

	for (struct set *s = index_owner(&h->index, key->owner); s; s = s->next_of_owner) {
		if (!set_can_be_entered(s) || s->rec.is_retired || s->rec.nested != key->nested ||
		    s->rec.scope != key->scope || s->rec.owner != key->owner ||
		    strcmp(s->rec.policy, key->policy) != 0 || !set_is_of(s, key))
			continue;
		if (s->rec.digest == key->digest)
			return s;
		older = s;
	}
	return older;
}

struct set *set_by_id(struct helper *h, uint64_t id)
{
	return index_id(&h->index, id);
}

struct set *set_by_namespaces(struct helper *h, const struct ns_inodes *ns)
{
	struct set *lost = NULL; /* without an anchor its numbers may be another's by now */

	for (struct set *s = h->sets; s; s = s->next) {
		bool same = s->record_fd >= 0 && s->rec.types != 0;

		for (int type = 0; type < NS_TYPE_MAX && same; type++)
			if (s->rec.types & ns_bit(type))
				same = s->rec.ns.ino[type] == ns->ino[type];
		if (same && s->anchor.pidfd >= 0)
			return s;
		if (same)
			lost = s;
	}
	return lost;
}

unsigned set_count_held(const struct helper *h, uint32_t uid)
{
	unsigned count = 0;

	for (const struct set *s = h->sets; s; s = s->next)
		count += s->state == SET_HELD && s->rec.uid == uid;
	return count;
}

void set_note_user(struct set *set, uint32_t uid, int pid)
{
	unsigned i = 0;

	if (pid && (set->first_pid == 0 || pid < set->first_pid))
		set->first_pid = pid;
	while (i < set->user_count && set->users[i] != uid)
		i++;
	if (i == set->user_count && i < MEMBERS_USERS)
		set->users[set->user_count++] = uid;
}

static void unlink_set(struct set *set)
{
	struct set **at = &set->helper->sets;

	index_remove(&set->helper->index, set);
	while (*at && *at != set)
		at = &(*at)->next;
	if (*at)
		*at = set->next;
}

void set_free(struct set *set)
{
	struct helper *h = set->helper;

	while (set->sessions)
		session_free(set->sessions);
	loop_disarm(&h->loop, &set->timer);
	loop_unpost(&h->loop, &set->note);
	sentinel_forget(set);
	upkeep_end(set);
	upkeep_free(set);
	groups_free(set);
	loop_remove(&h->loop, &set->report);
	loop_remove(&h->loop, &set->process);
	anchor_done(&set->anchor);
	network_free(set);
	nsi_closep(&set->record_fd);
	unlink_set(set);
	facts_free(&set->rec);
	free(set->watch.roots);
	free(set);
	helper_check_idle(h);
}

int set_watch_anchor(struct set *set)
{
	set->process.fd = set->anchor.pidfd;
	return loop_add(&set->helper->loop, &set->process, EPOLLIN);
}

/* It could not be built: tells those who wait, and leaves nothing. */
static void build_failed(struct set *set)
{
	helper_set_ready(set);
	set->state = SET_ENDING;
	anchor_stop(&set->anchor, SIGKILL);
	if (set->process.fd < 0 && set_watch_anchor(set) < 0)
		set_gone(set);
	/* else on_anchor_end() when it is gone */
}

void set_build_failed(struct set *set)
{
	loop_remove(&set->helper->loop, &set->report);
	set->report.fd = -EBADF; /* the anchor's, and closed with it */
	build_failed(set);
}

void set_build_timeout(struct set *set)
{
	(void)fail_set(&set->failure, ETIMEDOUT,
		       "building the set took longer than %u seconds: is a file system hanging?",
		       (unsigned)(build_us / 1000000));
	set_build_failed(set);
}

static void log_warnings(const struct set *set, const struct setup_report *report)
{
	for (const char *line = report->warnings; *line;) {
		const int size = (int)strcspn(line, "\n");

		set_log(set, LOG_WARNING, "set %" PRIu64 ": %.*s", set->rec.id, size, line);
		line += size + (line[size] == '\n');
	}
}

static int take_report(struct set *set, const struct setup_report *report)
{
	struct set_record rec;
	struct nsi_fail *f = &set->failure;

	if (report->err) {
		*f = report->fail;
		return report->err < 0 ? report->err : -EIO;
	}
	log_warnings(set, report);
	set_store_record(set, &rec);
	rec.ns = report->ns;
	memcpy(rec.hostname, report->hostname, sizeof(rec.hostname));
	for (uint32_t i = 0; i < rec.dir_count; i++)
		rec.dirs[i].dev = report->dev[i];
	rec.root_dev = report->root_dev;
	if (facts_load(&set->rec, &rec) < 0)
		return fail_set(f, ENOMEM, "no memory for a set");
	sentinel_watch(set);
	set_store_record(set, &rec);
	set->record_fd = record_create(set->helper->host.sets_fd, &rec);
	if (set->record_fd < 0)
		return fail_errno(f, set->record_fd, "cannot write the set's record below %s/sets",
				  set->helper->host.rundir);
	return 0;
}

/* Releases the anchor with a copy of the record.  Returns 0 or -errno. */
int set_release_anchor(struct set *set)
{
	struct set_record rec;

	set_store_record(set, &rec);
	return anchor_release(&set->anchor, &rec);
}

static void on_report(struct source *src, uint32_t events)
{
	struct set *set = loop_owner(src, struct set, report);
	struct setup_report report;
	int r = anchor_read_report(&set->anchor, &report);

	(void)events;
	if (r == -EAGAIN)
		return;
	if (r == 0 && report.err == SETUP_ASKS) {
		r = network_begin(set, &report);
		if (r == 0)
			return; /* the report is yet to come */
	}
	loop_remove(&set->helper->loop, src);
	src->fd = -EBADF;
	loop_disarm(&set->helper->loop, &set->timer);
	if (r < 0)
		r = fail_set(&set->failure, -r, "the anchor died while it built the set");
	else
		r = take_report(set, &report);
	if (r == 0)
		r = set_watch_anchor(set);
	if (r == 0)
		r = set_release_anchor(set);
	if (r < 0) {
		(void)fail_errno(&set->failure, r, "cannot watch the anchor");
		build_failed(set);
		return;
	}
	set->state = SET_LIVE;
	network_built(set);
	upkeep_list_netns(set, report.netns);
	upkeep_begin(set, true);
	helper_set_ready(set);
	upkeep_watch_mounts(set);
	set_log(set, LOG_INFO, "built set=%" PRIu64 " uid=%u policy=%s", set->rec.id, set->rec.uid,
		set->rec.policy);
	set_step(set, SET_SESSIONS);
}

void set_store_record(const struct set *set, struct set_record *ret)
{
	facts_store(&set->rec, set->helper->host.boot_id, ret);
}

static struct set *set_new(struct helper *h)
{
	struct set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->helper = h;
	set->record_fd = -EBADF;
	set->anchor = (struct anchor){.pidfd = -EBADF, .socket = -EBADF};
	set->report = (struct source){.fd = -EBADF, .ready = on_report};
	set->process = (struct source){.fd = -EBADF, .ready = set_on_anchor_end};
	set->timer.fire = set_on_timer;
	set->note.run = set_on_note;
	upkeep_init_set(set);
	set->next = h->sets;
	h->sets = set;
	return set;
}

static void set_fill_record(struct set_record *rec, const struct setup_plan *plan, const char *rule)
{
	const struct pol_policy *policy = plan->policy;

	rec->id = plan->id;
	rec->owner = plan->owner;
	rec->digest = policy->digest;
	rec->created = (uint64_t)time(NULL);
	rec->uid = plan->uid;
	rec->gid = plan->gid;
	rec->types = policy->types;
	rec->linger = policy->linger;
	rec->kill_grace = policy->kill_grace;
	rec->max_sessions = policy->max_sessions;
	rec->nested = plan->nested;
	rec->scope = policy->scope;
	rec->on_last_close = policy->on_last_close;
	rec->has_limits = pol_has_limits(&policy->limits);
	/* For show; a name that does not fit is shown as "". */
	(void)text_copy(rec->program, sizeof(rec->program), PACKAGE_VERSION);
	(void)text_copy(rec->policy, sizeof(rec->policy), policy_str(plan->image, policy->name));
	(void)text_copy(rec->user, sizeof(rec->user), plan->user);
	(void)text_copy(rec->rule, sizeof(rec->rule), rule);
	(void)text_copy(rec->on_end.run,
			sizeof(rec->on_end.run), /* check_hooks() saw to the room */
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

/* One that is there already, if one is; and another, for the next login, behind this one. */
static int start_anchor(struct set *set, const struct setup_plan *plan, struct nsi_fail *f)
{
	struct spare *spare = &set->helper->spare;
	int r = 0;

	if (!spare_take(spare, plan, &set->anchor, &set->rec.anchor_start)) {
		r = anchor_start(plan, &set->anchor, f);
		if (r == 0) /* now, while it works: later, the login would wait for it */
			r = host_start_time(set->anchor.pid, &set->rec.anchor_start);
	}
	spare_want(spare, plan);
	return r;
}

struct set *set_create(struct helper *h, const struct setup_plan *plan, const char *rule,
		       struct nsi_fail *f)
{
	struct pol_policy had = *plan->policy; /* what can be had of it */
	struct setup_plan actual = *plan;
	struct set *set = set_new(h);
	struct set_record rec = {0};
	int r;

	if (!set) {
		(void)fail_set(f, ENOMEM, "no memory for a set");
		return NULL;
	}
	rec.missing = missing_types(had.types & had.optional, plan->id);
	had.types &= ~rec.missing;
	actual.policy = &had;
	set_fill_record(&rec, &actual, rule);
	r = facts_load(&set->rec, &rec);
	if (r == 0)
		r = sentinel_prepare(set);
	index_add(&h->index, set);
	if (r == 0)
		r = had.types ? network_prepare(set, &actual, f)
			      : fail_set(f, ENOSPC,
					 "the kernel refuses every namespace of the policy");
	if (r == 0) {
		actual.net = set->net->config;
		r = start_anchor(set, &actual, f);
	}
	if (r == 0) {
		set->rec.anchor_pid = set->anchor.pid;
		set->report.fd = set->anchor.socket;
		r = loop_add(&h->loop, &set->report, EPOLLIN);
	}
	if (r < 0) {
		(void)fail_errno(f, r, "cannot watch a new anchor");
		anchor_stop(&set->anchor, SIGKILL);
		set_free(set);
		return NULL;
	}
	loop_arm(&h->loop, &set->timer, build_us);
	upkeep_list(set, &actual); /* while the anchor works */
	return set;
}

struct set *set_adopt(struct helper *h, const struct set_record *rec, int record_fd)
{
	struct set *set = set_new(h);

	if (!set)
		return NULL;
	if (facts_load(&set->rec, rec) < 0 || sentinel_prepare(set) < 0) {
		set_free(set);
		return NULL;
	}
	index_add(&h->index, set);
	set->record_fd = record_fd;
	set->state = SET_LIVE;
	set->kills = rec->end.kills;
	while (set->groups.count < RECORD_GROUPS && rec->end.groups[set->groups.count])
		set->groups.count++;
	if (rec->scope != POL_SCOPE_GROUP)
		set_note_user(set, rec->uid, 0);
	return set;
}
