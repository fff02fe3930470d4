/* SPDX-License-Identifier: MIT */
/* Sets and their sessions. */
#ifndef NSI_SET_H
#define NSI_SET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/fail.h"
#include "base/nstype.h"
#include "log/log.h"
#include "loop/loop.h"
#include "sets/anchor.h"
#include "sets/index.h"
#include "sets/limits.h"
#include "sets/members.h"
#include "sets/sentinel.h"
#include "sets/set_job.h"
#include "sets/upkeep.h"
#include "state/facts.h"
#include "work/work.h"

struct sets;
struct network;

/*
 * DOC: how a set moves on
 *
 * enum set_state (state/record.h) says where a set is, enum set_event what happens to it.
 * life.c has a table of both with an action for each pair, docs/lifecycle.md has the same table for
 * people, and a unit test compares the two.
 *
 * A login takes a set in LINGERING or DRAINING back to LIVE.  It waits for one in LEAVING, or in
 * HELD before the first look, to be had again or not.  Otherwise it gets another set.
 */
enum set_event {
	SET_SESSIONS,     /* one has begun or ended */
	SET_TIMER,        /* the timer of the state has expired */
	SET_EMPTY,        /* a look has found nobody */
	SET_FOUND,        /* a look has found somebody */
	SET_ANCHOR_GONE,  /* the anchor has ended */
	SET_RELEASED,     /* the last of its file systems has ended, and its anchor before */
	SET_CLOSE,        /* an administrator ends it */
	SET_JOB_OVER,     /* the control group of its job has no process any more */
	SET_NETWORK_GONE, /* its network has been given back */
	SET_EVENT_MAX,
};

/* The result of a scan for the processes of a set. */
struct set_found {
	uint32_t members;
	uint32_t types; /* of the set's namespaces, that members are in */
	int32_t pid;    /* a process in all of them if is_whole, else any; 0: no pid is known */
	bool is_whole;
	bool is_partial; /* there may be others that could not be seen */
};

/* Where a session's process came from, to take it back there. */
enum origin_kind {
	ORIGIN_HOST,
	ORIGIN_SET,
	ORIGIN_FOREIGN
};

struct origin {
	enum origin_kind type;
	uint64_t set;
	struct ns_inodes ns;
	int fds[NS_TYPE_MAX];       /* ORIGIN_FOREIGN: nsfs of each namespace type of the set */
	char cgroup[RECORD_CGROUP]; /* that it was moved out of, or "" */
};

/* The control groups that the sessions of a set were opened in. */
struct set_groups {
	unsigned count;
	bool is_partial; /* a session was in none that may be frozen, or there were too many */
	char *dirs[RECORD_GROUPS]; /* owned; NULL: only the id on record is known */
};

struct session {
	LIST_ENTRY(session) link;                    /* of its set, or of the host's sessions */
	LIST_ENTRY(session) user_link, process_link; /* of struct set_index */
	bool is_indexed;
	struct sets *sets;
	struct set *set; /* NULL for action = "host" */
	unsigned slot;
	struct session_record rec;
	struct source process; /* the pidfd of who opened it; owned */
	struct origin origin;
};

/*
 * Somebody who waits for a set.  The next news of the set end the wait and post the job, which so runs with no
 * handler of the set on the stack.  If it waits again, it waits for the news after these.
 */
struct set_waiter {
	struct loop_job job;
	TAILQ_ENTRY(set_waiter) link;
	struct set *set;         /* NULL: the wait is over */
	uint64_t set_id;         /* of the set that was waited for, which may be gone by then */
	struct nsi_fail failure; /* why that could not be built; "" for any other news */
};

/* charge_keep() is under way for an anchor. */
struct set_charge {
	struct work work;
	pid_t anchor;
};

struct set {
	LIST_ENTRY(set) link;
	LIST_ENTRY(set) owner_link, id_link; /* of struct set_index */
	struct sets *sets;
	enum set_state state;
	bool is_indexed;
	bool is_without_mounts; /* as struct set_index counts it */
	bool is_joinable;       /* it may have entries in the page of joins */
	bool has_new_user;      /* that is not on record yet */
	struct set_facts rec;
	int record_fd;    /* -EBADF until the set is built */
	bool wants_look;  /* the scanner is to look at it */
	bool kills;       /* KILLING, and what comes of it: who is left is to be ended */
	bool is_reported; /* HELD: it is in the log */
	bool reviving;    /* its anchor died, and another is on its way; logins wait */
	struct anchor anchor;
	struct network *net; /* owned; NULL: it has none of its own */
	struct set_upkeep upkeep;
	struct source report;  /* the anchor's socket, while building */
	struct source process; /* the anchor's pidfd */
	struct timer timer;    /* deadline, linger, next look, grace, as the state says */
	struct session_list sessions;
	unsigned session_count;
	unsigned imports;                 /* of logins that are about to enter: it waits for them */
	TAILQ_HEAD(, set_waiter) waiters; /* in the order that they came in */
	struct loop_job behind; /* the rest of a handler, behind the waiters that it has woken */
	struct timer birth;     /* for what can wait until the first logins are in */
	struct limits_holder limits;
	struct loop_job note;     /* puts a changed state on record, off the way of logins */
	struct set_watch watch;   /* of its file systems */
	struct set_found found;   /* of the last look */
	struct set_groups groups; /* control groups of its sessions */
	struct set_charge charge;
	struct set_job job;      /* the end of the job that it belongs to */
	int first_pid;           /* of the oldest process that opened a session; 0: not known */
	uint64_t changes;        /* counts what makes a look at its processes stale */
	unsigned looks;          /* since the state began */
	unsigned holds;          /* how often no anchor could enter it beside a member */
	uint64_t look_us;        /* HELD: when the next look is due */
	uint64_t kill_us;        /* when the grace after SIGTERM ends; 0: not sent yet */
	unsigned tries;          /* of reviving */
	struct nsi_fail failure; /* why it could not be built */
};

static_assert(sizeof(struct set) <= 1536, "a helper with 1,000 sets has 2 MiB for all of them");

/* The key of a set: logins with equal keys share it. */
struct set_key {
	uint8_t scope;
	bool nested; /* without the policy's PID namespace: for logins from inside another */
	uint64_t owner;
	uint64_t digest;
	const char *policy;
	uid_t uid; /* of who logs in, as the name is; neither counts for groups */
	const char *user;
	const struct record_job *job; /* NULL but for jobs */
};

/*
 * Finds the set that a login with @key belongs to: one of the same digest before
 * one that an older policy built.  NULL if there is none that can be entered.
 */
struct set *set_find(struct sets *sets, const struct set_key *key);
struct set *set_by_id(struct sets *sets, uint64_t id);

/* The live set whose namespaces are those of @ns (its mount namespace, or all of its types). */
struct set *set_by_namespaces(struct sets *sets, const struct ns_inodes *ns);

/* The sets built for @uid that are held. */
unsigned set_count_held(const struct sets *sets, uint32_t uid);

/* Waits for the next news of @set; w->job.run is set. */
void set_wait(struct set *set, struct set_waiter *w);

/* Ends a wait without its job; a waiter that does not wait is ignored. */
void set_unwait(struct loop *loop, struct set_waiter *w);

/* The set has news: it is built or has failed, can be entered, or never more.  Posts the jobs of all waiters. */
void set_wake(struct set *set);

/* Has @run called behind the waiters that were woken.  They may have begun sessions by then. */
void set_go_on_behind(struct set *set, void (*run)(struct loop_job *job));

/*
 * Starts building.  Returns a set in BUILDING, which wakes its waiters when
 * it is built, or is not.  NULL with the reason in @f.
 */
struct pol_policy;
struct setup_plan;
struct set *set_create(struct sets *sets, const struct setup_plan *plan, const char *rule,
		       struct nsi_fail *f);

/*
 * The rest of the building of a set, for which no login waits: watches its file systems and its
 * mounts.  It comes a moment later, and before the set is anything but LIVE.
 */
void set_finish_birth(struct set *set);

/* A set read from a record, by the room that adopts; takes over @record_fd.  Its limits are held by set_hold_limits(). */
struct set *set_adopt(struct sets *sets, const struct set_record *rec, int record_fd);

/* The head of its record, as it is to be written now. */
void set_store_record(const struct set *set, struct set_record *ret);

/* Releases the anchor with a copy of the record, and wakes it. */
void set_release_anchor(struct set *set);

/* Writes the record anew, head and slots, after the head has changed.  Returns 0 or -errno. */
int set_write_record(struct set *set);

/* Does what the table of life.c says of @event in the set's state; may free the set. */
void set_step(struct set *set, enum set_event event);

/* The name of that action, "-" for none: for the test of docs/lifecycle.md. */
const char *set_step_name(enum set_state state, enum set_event event);

/* The answer of the scanner. */
void set_scanned(struct set *set, const struct set_found *found);

/* Takes an adopted set on from where an earlier helper left it; @has_anchor: and its anchor lives. */
void set_take_on(struct set *set, bool has_anchor);

/* For revive.c: it has an anchor again; it gets none, for its processes are to end; or nobody was found. */
void set_resume(struct set *set);
void set_lose(struct set *set);
void set_abandon(struct set *set);

/* Nothing is left of it: removes its files and its record and frees it. */
void set_gone(struct set *set);

/* Notes that @uid has a session in it, which process @pid has opened. */
void set_note_user(struct set *set, uint32_t uid, int pid);

/* Holds the limits that the record says the set has. */
void set_hold_limits(struct set *set);

/* A login that holds limits enters: from here on the set holds them, and @login does not. */
void set_take_limits(struct set *set, struct limits_holder *login);

/* Closes what the set holds in this process and frees it; what is on disk is others' business. */
void set_free(struct set *set);

/* Removes <rundir>/etc/<id>, the files that stood in for the host's, if it is there. */
struct host;
void set_remove_files(const struct host *host, uint64_t id);

/* The handlers of its timer, its posted job, its anchor's end and its building deadline. */
void set_on_timer(struct timer *t);
void set_on_note(struct loop_job *j);
void set_on_anchor_end(struct source *src);
void set_build_timeout(struct set *set);

/* Ends the watch for the report of a new anchor, and the time that it has for it. */
void set_end_report(struct set *set);

/* It cannot be built, set->failure says why: tells who waits for it, and ends it. */
void set_build_failed(struct set *set);

/* Watches the anchor of an adopted set, or finds that it is dead.  Returns 0 or -errno. */
int set_watch_anchor(struct set *set);

/* Whether processes that are left in it are to be killed. */
static inline bool set_kills(const struct set *set)
{
	return set->kills;
}

/* It is not known yet whether it is over; it may be had again. */
static inline bool set_is_undecided(const struct set *set)
{
	return !set->kills && !set->rec.is_ending && !set->rec.end.is_over &&
	       (set->state == SET_LEAVING ||
		(set->state == SET_HELD && (set->looks == 0 || set->reviving)));
}

/* A login may be given it, now or when set_is_awaited() is over. */
static inline bool set_can_be_entered(const struct set *set)
{
	return set->state <= SET_DRAINING || set_is_undecided(set);
}

/* A login that wants it waits. */
static inline bool set_is_awaited(const struct set *set)
{
	return set->state == SET_BUILDING || set->reviving || set_is_undecided(set);
}

static inline bool set_wants_scan(const struct set *set)
{
	return set->wants_look;
}

/* Whom a line of the log about the set is about. */
static inline struct log_about set_about(const struct set *set)
{
	return (struct log_about){
		.set = set->rec.id,
		.user = set->rec.user,
		.policy = set->rec.policy,
		.rule = set->rec.rule,
	};
}

#define set_log(set, priority, ...)                                    \
	do {                                                           \
		const struct log_about about_the_set = set_about(set); \
		log_about(&about_the_set, priority, __VA_ARGS__);      \
	} while (0)

/*
 * Takes over what no session can notice and what therefore is no other policy: how
 * long the set stays, how it ends, how many may be in it.  For a login that joins.
 */
void set_adjust(struct set *set, const struct pol_policy *policy);

#endif /* NSI_SET_H */
