/* SPDX-License-Identifier: MIT */
/* Sessions of the logins that have joined by the page of joins */
#include "sets/joinable.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/host.h"
#include "joins/joins.h"
#include "log/log.h"
#include "login/opened.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "state/decisions.h"
#include "wire/wire.h"

/* A copy, as a login may still write; with all texts terminated. */
static void joined_read_slot(const struct join_page *page, unsigned slot, struct join_slot *ret)
{
	*ret = page->slots[slot];
	ret->user[sizeof(ret->user) - 1] = '\0';
	ret->service[sizeof(ret->service) - 1] = '\0';
	ret->tty[sizeof(ret->tty) - 1] = '\0';
	ret->rhost[sizeof(ret->rhost) - 1] = '\0';
	ret->policy[sizeof(ret->policy) - 1] = '\0';
	ret->rule[sizeof(ret->rule) - 1] = '\0';
}

static void joined_cut(char *to, size_t size, const char *text)
{
	text_fmt(to, size, "%.*s", (int)size - 1, text);
}

/* The module leaves the line of the log to the helper, as a login by the page wakes nobody. */
static void joined_log_opened(struct sets *sets, const struct join_slot *s, int pid)
{
	const struct set *set = set_by_id(sets, s->set);
	const struct log_about about = set ? set_about(set) : (struct log_about){0};
	const struct opened opened = {
		.user = s->user,
		.service = s->service,
		.rule = s->rule,
		.policy = s->policy,
		.remark = "",
		.set = s->set,
		.uid = s->uid,
		.types = s->types,
		.missing = s->missing,
		.took_us = s->took_us,
		.process = pid,
		.joined = true,
	};
	char line[OPENED_SIZE];

	log_about(&about, LOG_INFO, "%s", opened_format(line, &opened));
}

static void joined_note(struct sets *sets, const struct join_slot *s, int pid)
{
	struct decision d = {.set = s->set, .uid = s->uid, .outcome = DECISION_JOINED};
	int r;

	joined_cut(d.user, sizeof(d.user), s->user);
	joined_cut(d.service, sizeof(d.service), s->service);
	joined_cut(d.tty, sizeof(d.tty), s->tty);
	joined_cut(d.rhost, sizeof(d.rhost), s->rhost);
	joined_cut(d.policy, sizeof(d.policy), s->policy);
	joined_cut(d.rule, sizeof(d.rule), s->rule);
	r = decisions_note(sets->joins.decisions, &d);
	if (r < 0)
		log_line(LOG_WARNING, "cannot keep a decision in %s/" DECISIONS_FILE ": %s",
			 sets->host.rundir, strerrordesc_np(-r));
	joined_log_opened(sets, s, pid);
}

static void joined_log_closed(struct sets *sets, const struct join_slot *s, int pid)
{
	const struct set *set = set_by_id(sets, s->set);
	const struct log_about about = set ? set_about(set) : (struct log_about){0};
	char line[CLOSED_SIZE];

	log_about(&about, LOG_INFO, "%s", closed_format(line, s->user, s->uid, s->set, pid));
}

/* A session that is not on record may be in the set: from now on nothing in it is killed, by this helper or the next. */
static void joined_keep(struct set *set)
{
	int r;

	set->rec.on_last_close = POL_LAST_WAIT;
	set->rec.in_doubt = true;
	r = set_write_record(set);
	if (r < 0)
		log_line(LOG_WARNING,
			 "cannot note in the record of set %" PRIu64
			 " that a session is not known: %s",
			 set->rec.id, strerrordesc_np(-r));
}

/* A session could not be made of a slot. */
static void joined_doubt(struct set *set, int pid, const char *why)
{
	joined_keep(set);
	log_line(LOG_WARNING,
		 "the session of process %d in set %" PRIu64
		 " cannot be noted: the set is kept until no process is in it: %s",
		 pid, set->rec.id, why);
}

/* Makes the session of a slot, if its process lives or @pidfd is of it.  Returns it, or NULL. */
static struct session *joined_begin(struct set *set, int pid, int pidfd, const struct join_slot *s)
{
	const struct session_mark mark = {.id = s->id, .start = s->start, .since = s->since};
	struct origin origin = {.type = ORIGIN_HOST, .ns = set->sets->host.ns};
	struct nsi_open open = {.uid = s->uid};
	struct nsi_fail f = {""};
	struct session *session;

	if (pidfd <= 0)
		pidfd = session_open_process(pid, s->start);
	if (pidfd == -ESRCH)
		return NULL;
	for (int i = 0; i < NS_TYPE_MAX; i++)
		origin.fds[i] = -EBADF;
	memcpy(open.service, s->service, sizeof(s->service));
	memcpy(open.tty, s->tty, sizeof(s->tty));
	session = pidfd < 0 ? NULL
			    : session_new(set->sets, set, &open, pid, pidfd, &origin, &mark, &f);
	if (!session)
		joined_doubt(set, pid, pidfd < 0 ? strerrordesc_np(-pidfd) : f.what);
	return session;
}

static void joined_log_gone(const struct set *set, int pid, const struct join_slot *s)
{
	const struct log_about about = set ? set_about(set) : (struct log_about){0};
	char service[JOIN_WORD * 4];

	log_about(&about, LOG_INFO,
		  "session over uid=%u set=%" PRIu64 " service=%s: its process %d is gone", s->uid,
		  s->set, text_escape(service, sizeof(service), s->service), pid);
}

static bool joined_is_gone(int pid, uint64_t start)
{
	int pidfd = session_open_process(pid, start);

	if (pidfd >= 0)
		close(pidfd);
	return pidfd == -ESRCH;
}

/* Whether the close is in nobody's log yet: then it is this process that logs it. */
static bool joined_claim_line(struct join_page *page, unsigned slot, uint64_t word)
{
	return join_word_state(word) == JOIN_CLOSED &&
	       join_claim_close(page, slot, join_word_pid(word), join_word(JOIN_TAKEN, 0));
}

static bool joined_is_closed(uint64_t word)
{
	return join_word_state(word) == JOIN_CLOSED || join_word_state(word) == JOIN_TOLD;
}

/*
 * Of a login that did not enter, or has closed its session by the page.  Who has been inside may have left
 * processes there.
 */
static void joined_leave_slot(struct sets *sets, unsigned slot, uint64_t word)
{
	struct joins *j = &sets->joins;
	const bool was_inside = joined_is_closed(word);
	struct session *session = NULL;
	struct join_slot s;
	struct set *set;

	joined_read_slot(j->page, slot, &s);
	set = set_by_id(sets, s.set);
	if (j->session_of[slot])
		session = session_by_id(sets, s.set, j->session_of[slot]);
	if (was_inside && !j->is_noted[slot])
		joined_note(sets, &s, join_word_pid(word));
	if (joined_claim_line(j->page, slot, word))
		joined_log_closed(sets, &s, join_word_pid(word));
	if (was_inside && !session && set)
		set_note_user(set, s.uid, join_word_pid(word));
	joins_free_slot(j, slot);
	if (session)
		session_end(session);
}

/* The session is made when the slot is seen first, and confirmed when its process is inside. */
static void joined_take_slot(struct sets *sets, unsigned slot, uint64_t word)
{
	struct joins *j = &sets->joins;
	const bool is_inside = join_word_state(word) == JOIN_INSIDE;
	const int pid = join_word_pid(word);
	const bool is_new = j->session_of[slot] == 0;
	const int pidfd = j->closing_of[slot];
	const bool is_closing = pidfd > 0;
	struct session *session = NULL;
	struct join_slot s;
	struct set *set;

	j->closing_of[slot] = 0;
	joined_read_slot(j->page, slot, &s);
	set = set_by_id(sets, s.set);
	j->session_of[slot] = s.id; /* first: this is called again from within */
	if (is_new && set)
		session = joined_begin(set, pid, pidfd, &s);
	else if (is_closing)
		(void)close(pidfd); /* the session has one of its own, or its set has gone */
	if (!is_new && set)
		session = session_by_id(sets, s.set, s.id);
	if (!is_inside) {
		if (!session && joined_is_gone(pid, s.start)) /* else it may still write */
			joins_free_slot(j, slot);
		return;
	}
	joined_note(sets, &s, pid);
	j->is_noted[slot] = true;
	if (session && is_closing)
		session_unwatch(session);
	if (session)
		session_confirm(session);
	else if (is_new)
		joined_log_gone(set, pid, &s);
	/* If not, the session has been closed meanwhile, and joined_collect() ends it. */
	if (join_take_back(j->page, slot, pid))
		joins_free_slot(j, slot);
}

static void joined_look_at_slot(struct sets *sets, unsigned slot)
{
	struct joins *j = &sets->joins;
	const bool is_new = j->session_of[slot] == 0;
	uint64_t word = atomic_load(&j->page->words[slot]);

	if (is_new &&
	    (join_word_state(word) == JOIN_ENTERING || join_word_state(word) == JOIN_INSIDE))
		word = join_know(j->page, slot);
	if (join_word_state(word) == JOIN_ENTERING || join_word_state(word) == JOIN_INSIDE)
		joined_take_slot(sets, slot, word);
	else if (is_new && joined_is_closed(word))
		joined_leave_slot(sets, slot, word);
}

/*
 * A login that was killed before it filled its slot in.  Its number may be another process's by
 * now, which has started after the slot was seen first.
 */
static void joined_check_taken(struct sets *sets, unsigned slot, uint64_t word)
{
	struct joins *j = &sets->joins;

	if (j->seen[slot] == 0)
		j->seen[slot] = proc_now();
	if (joined_is_gone(join_word_pid(word), j->seen[slot]))
		joins_free_slot(j, slot);
}

void joined_take_all(struct sets *sets)
{
	struct joins *j = &sets->joins;

	if (!j->page)
		return;
	j->news = atomic_load(&j->page->news);
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned i = 0; i < JOIN_SLOTS; i++)
		joined_look_at_slot(sets, i);
}

void joined_collect(struct sets *sets)
{
	struct joins *j = &sets->joins;
	bool is_used = false;

	if (!j->page)
		return;
	joined_take_all(sets);
	for (unsigned i = 0; i < JOIN_SLOTS; i++) {
		uint64_t word = atomic_load(&j->page->words[i]);

		is_used |= word != join_word(JOIN_FREE, 0);
		if (join_word_state(word) == JOIN_TAKEN)
			joined_check_taken(sets, i, word);
		else if (join_word_state(word) >= JOIN_LEFT)
			joined_leave_slot(sets, i, word);
	}
	if (is_used || j->entries > 0)
		joins_watch(j);
}

int joined_find(struct sets *sets, uint64_t set, uint64_t session, int pid)
{
	const struct join_page *page = sets->joins.page;
	int found = -ENOENT;

	if (!page || index_process(&sets->index, pid))
		return -ENOENT;
	for (int i = 0; i < JOIN_SLOTS; i++) {
		const uint64_t word = atomic_load(&page->words[i]);

		if (join_word_pid(word) != pid || join_word_state(word) == JOIN_FREE)
			continue;
		if (join_word_state(word) != JOIN_INSIDE || page->slots[i].set != set ||
		    page->slots[i].id != session)
			return -ENOENT;
		found = i;
	}
	return found;
}

void joined_keep_process(struct sets *sets, unsigned slot, int pidfd)
{
	struct joins *j = &sets->joins;

	/* Without the copy, the process is found by its pid. */
	j->closing_of[slot] = fcntl(pidfd, F_DUPFD_CLOEXEC, 1);
}

void joined_on_turn(struct loop *l)
{
	struct sets *sets = loop_owner(l, struct sets, loop);
	const struct joins *j = &sets->joins;

	if (j->page && atomic_load(&j->page->news) != j->news)
		joined_collect(sets);
}

void joined_on_look(struct timer *t)
{
	joined_collect(loop_owner(t, struct sets, joins.look));
}

void joined_adopt(struct set *set)
{
	struct join_page *page = set->sets->joins.former;

	if (set->sets->joins.is_former_lost &&
	    (set->rec.scope == POL_SCOPE_USER || set->rec.scope == POL_SCOPE_GROUP))
		joined_keep(set); /* logins may have joined it by that page */
	for (unsigned i = 0; page && i < JOIN_SLOTS; i++) {
		uint64_t word = atomic_load(&page->words[i]);
		enum join_state state = join_word_state(word);
		struct session *session;
		struct join_slot s;

		if (state != JOIN_ENTERING && state != JOIN_INSIDE && !joined_is_closed(word))
			continue;
		joined_read_slot(page, i, &s);
		if (s.set != set->rec.id)
			continue;
		session = session_by_id(set->sets, s.set, s.id);
		if (session && joined_is_closed(word))
			session_strike(session);
		if (session)
			continue; /* it is on record */
		if (state != JOIN_ENTERING)
			joined_note(set->sets, &s, join_word_pid(word));
		if (joined_claim_line(page, i, word))
			joined_log_closed(set->sets, &s, join_word_pid(word));
		if (joined_is_closed(word)) {
			set_note_user(set, s.uid, join_word_pid(word));
			continue;
		}
		session = joined_begin(set, join_word_pid(word), 0, &s);
		if (session && state == JOIN_INSIDE)
			session_confirm(session);
	}
}
