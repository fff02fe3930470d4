/* SPDX-License-Identifier: MIT */
#include "sets/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/life.h"
#include "sets/logins.h"
#include "sets/look.h"
#include "sets/set.h"
#include "wire/wire.h"

static struct session_list *session_list_of(struct session *s)
{
	return s->set ? &s->set->sessions : &s->sets->host_sessions;
}

static void session_leave_set(struct session *s)
{
	struct set *set = s->set;

	session_free(s);
	if (set)
		set_step(set, SET_SESSIONS);
}

/* The process that opened it has ended without closing it: it was killed, or just exited. */
static void session_on_process_end(struct source *src)
{
	struct session *s = loop_owner(src, struct session, process);

	const struct log_about about = s->set ? set_about(s->set) : (struct log_about){0};

	log_about(&about, LOG_INFO,
		  "session over uid=%u set=%" PRIu64 " service=%s: its process %d is gone",
		  s->rec.uid, s->set ? s->set->rec.id : 0, s->rec.service, s->rec.pid);
	if (s->set && logins_lose_opener(s->set, s->rec.service))
		session_leave_set(
			s); /* its slot stays until the head is written anew, which says it, too */
	else
		session_end(s);
}

static struct session *session_link(struct sets *sets, struct set *set, uint32_t uid, int pid)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sets = sets;
	s->set = set;
	s->rec.uid = uid;
	s->rec.pid = pid;
	s->slot = RECORD_SLOTS_MAX; /* none yet */
	s->process = (struct source){.fd = -EBADF, .ready = session_on_process_end};
	for (int i = 0; i < NS_TYPE_MAX; i++)
		s->origin.fds[i] = -EBADF;
	LIST_INSERT_HEAD(session_list_of(s), s, link);
	index_add_session(&sets->index, s);
	if (set)
		set->session_count++;
	return s;
}

/* The first slot that no session of the set has. */
static unsigned session_free_slot(const struct set *set)
{
	const struct session *s;
	uint64_t used[RECORD_SLOTS_MAX / 64] = {0};
	unsigned slot = 0;

	LIST_FOREACH (s, &set->sessions, link)
		if (s->slot < RECORD_SLOTS_MAX)
			used[s->slot / 64] |= UINT64_C(1) << (s->slot % 64);
	while (slot < RECORD_SLOTS_MAX && (used[slot / 64] & (UINT64_C(1) << (slot % 64))))
		slot++;
	return slot;
}

static int session_write_slot(struct session *s, enum slot_state state)
{
	if (!s->set || s->slot >= RECORD_SLOTS_MAX)
		return 0;
	s->rec.state = state;
	return record_write_slot(s->set->record_fd, s->slot, &s->rec);
}

/* Not to be guessed, and not given twice: a close of long ago must not end another session. */
static int session_recognize(struct session *s, const struct session_mark *mark)
{
	if (mark) {
		s->rec.id = mark->id;
		s->rec.start = mark->start;
		s->rec.since = mark->since;
		return 0;
	}
	s->rec.start = proc_now(); /* tells a recycled pid, after a crash */
	s->rec.since = (uint64_t)time(NULL);
	return getrandom(&s->rec.id, sizeof(s->rec.id), 0) == sizeof(s->rec.id) ? 0 : -errno;
}

/* Puts a new session on record, and watches its process.  Returns 0 or -errno. */
static int session_begin(struct session *s, const struct session_mark *mark, struct nsi_fail *f)
{
	int r = session_recognize(s, mark);

	if (r < 0)
		return fail_errno(f, r, "cannot get a random number for the session");
	if (s->set) {
		s->slot = session_free_slot(s->set);
		if (s->slot >= RECORD_SLOTS_MAX)
			return fail_set(f, ENOSPC, "set %" PRIu64 " has %u sessions, and no more",
					s->set->rec.id, RECORD_SLOTS_MAX);
	}
	r = session_write_slot(s, SLOT_PENDING);
	if (r < 0)
		return fail_errno(f, r, "cannot note the session below %s/sets",
				  s->sets->host.rundir);
	r = loop_add(&s->sets->loop, &s->process, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot watch the process of the session") : 0;
}

struct session *session_new(struct sets *sets, struct set *set, const struct nsi_open *open,
			    int pid, int pidfd, struct origin *origin,
			    const struct session_mark *mark, struct nsi_fail *f)
{
	struct session *s = session_link(sets, set, open->uid, pid);

	if (!s) {
		nsi_closep(&pidfd);
		(void)fail_set(f, ENOMEM, "no memory for a session");
		return NULL;
	}
	s->process.fd = pidfd;
	s->origin = *origin;
	for (int i = 0; i < NS_TYPE_MAX; i++)
		origin->fds[i] = -EBADF;
	s->rec.origin = origin->type;
	s->rec.origin_set = origin->set;
	memcpy(s->rec.cgroup, origin->cgroup, sizeof(s->rec.cgroup));
	(void)text_escape(s->rec.service, sizeof(s->rec.service), open->service);
	(void)text_escape(s->rec.tty, sizeof(s->rec.tty), open->tty);
	if (session_begin(s, mark, f) < 0) {
		session_end(s);
		return NULL;
	}
	if (set) {
		set_note_user(set, open->uid, pid);
		if (sets->joinable > 0)
			joinable_check_room(set, open->uid);
		set_step(set, SET_SESSIONS);
	}
	return s;
}

void session_watch(struct session *s)
{
	if (loop_add(&s->sets->loop, &s->process, EPOLLIN) < 0)
		log_line(LOG_WARNING, "the end of process %d would not be noticed", s->rec.pid);
}

void session_unwatch(struct session *s)
{
	loop_remove(&s->sets->loop, &s->process);
}

bool session_is_inside(const struct session *s, int pid)
{
	struct ns_inodes ns;
	bool in = true;
	int r;

	if (!s->set)
		return false;
	priv_raise();
	r = proc_namespaces(pid, &ns);
	priv_lower();
	for (int type = 0; type < NS_TYPE_MAX && r == 0; type++)
		if (s->set->rec.types & ns_bit(type))
			in = in && ns.ino[type] == s->set->rec.ns.ino[type];
	/* A process that lives and whose namespaces cannot be read counts as being inside. */
	return r < 0 ? r != -ENOENT && r != -ESRCH : in;
}

struct session *session_beside(const struct session *s, int pid)
{
	struct session *other = index_process(&s->sets->index, pid);

	while (other && (other == s || other->set != s->set || other->rec.pid != pid))
		other = LIST_NEXT(other, process_link);
	return other;
}

void session_hand_over(struct session *from, struct session *to)
{
	struct origin origin = to->origin;

	if (to->origin.type != ORIGIN_SET || !from->set || to->origin.set != from->set->rec.id)
		return; /* it knows another way out by itself */
	to->origin = from->origin;
	from->origin = origin;
	to->rec.origin = to->origin.type;
	to->rec.origin_set = to->origin.set;
	if (session_write_slot(to, to->rec.state) < 0)
		log_line(LOG_WARNING,
			 "cannot note the origin of a session in the record of set %" PRIu64,
			 from->set->rec.id);
}

void session_confirm(struct session *s)
{
	if (session_write_slot(s, SLOT_LIVE) < 0)
		log_line(LOG_WARNING, "cannot confirm a session in the record of set %" PRIu64,
			 s->set->rec.id);
	if (!s->set)
		return;
	groups_note(s->set, s->rec.pid);
	charge_keep(s->set);
}

void session_free(struct session *s)
{
	loop_remove(&s->sets->loop, &s->process);
	nsi_closep(&s->process.fd);
	for (int i = 0; i < NS_TYPE_MAX; i++)
		nsi_closep(&s->origin.fds[i]);
	LIST_REMOVE(s, link);
	index_remove_session(s);
	if (s->set)
		s->set->session_count--;
	free(s);
}

static void session_free_record(struct session *s)
{
	if (s->set && session_write_slot(s, SLOT_FREE) < 0)
		log_line(LOG_WARNING, "cannot free a slot in the record of set %" PRIu64,
			 s->set->rec.id);
}

void session_end(struct session *s)
{
	session_free_record(s);
	session_leave_set(s);
}

void session_strike(struct session *s)
{
	session_free_record(s);
	session_free(s);
}

struct session *session_by_id(struct sets *sets, uint64_t set_id, uint64_t id)
{
	struct set *set = set_id ? set_by_id(sets, set_id) : NULL;
	struct session *s;

	if (set_id && !set)
		return NULL;
	LIST_FOREACH (s, set ? &set->sessions : &sets->host_sessions, link)
		if (s->rec.id == id)
			return s;
	return NULL;
}

int session_open_process(int pid, uint64_t start)
{
	NSI_AUTO_FD int pidfd = proc_pidfd(pid);
	uint64_t started;
	int r;

	if (pidfd < 0)
		return pidfd;
	r = priv_start_time(pid, &started);
	if (r == -ESRCH || (r == 0 && started > start))
		return -ESRCH;
	return nsi_take_fd(&pidfd);
}

/* Takes over the session of a slot, if it is not over.  Returns 0 or -errno. */
static int session_adopt(struct set *set, unsigned slot, const struct session_record *rec)
{
	NSI_AUTO_FD int pidfd = session_open_process(rec->pid, rec->start);
	struct session *s;
	int r;

	if (pidfd < 0 && pidfd != -ESRCH)
		return pidfd;
	if (pidfd < 0) {
		if (rec->state == SLOT_LIVE)
			(void)logins_lose_opener(set, rec->service);
		return 0;
	}
	s = session_link(set->sets, set, rec->uid, rec->pid);
	if (!s)
		return -ENOMEM;
	s->slot = slot;
	s->rec = *rec;
	s->process.fd = nsi_take_fd(&pidfd);
	s->origin.type = rec->origin;
	s->origin.set = rec->origin_set;
	s->origin.ns = set->sets->host.ns;
	set_note_user(set, rec->uid, rec->pid);
	groups_note(set, rec->pid);
	r = loop_add(&set->sets->loop, &s->process, EPOLLIN);
	if (r < 0)
		session_free(s);
	return r;
}

void session_adopt_all(struct set *set)
{
	struct session_record rec;
	bool doubt = false;
	int r = 1;

	for (unsigned slot = 0; r > 0 || r == -EBADMSG; slot++) {
		r = record_read_slot(set->record_fd, slot, &rec);
		if (r > 0 && rec.state != SLOT_FREE)
			doubt |= session_adopt(set, slot, &rec) < 0;
		else
			doubt |= r < 0;
	}
	if (!doubt)
		return;
	/* A session that is not known of must not be taken for one that is over. */
	set->rec.on_last_close = POL_LAST_WAIT;
	set->rec.in_doubt = true;
	log_line(LOG_WARNING,
		 "not all sessions in the record of set %" PRIu64
		 " could be read: it is kept until no process is in it",
		 set->rec.id);
}
