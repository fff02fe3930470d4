/* SPDX-License-Identifier: MIT */
/* What is a set, and who is in it? */
#ifndef NSI_SET_H
#define NSI_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/nskind.h"
#include "log/log.h"
#include "loop/loop.h"
#include "sets/anchor.h"
#include "state/record.h"

struct helper;
struct network;

/*
 * DOC: the states of a set
 *
 *   BUILDING   the anchor works; logins that want the set wait for it
 *   LIVE       there are sessions
 *   LINGERING  the last session is gone, the policy's linger runs
 *   DRAINING   processes may be left: the scanner looks until there are none
 *   KILLING    the same, with signals
 *   LOST       its anchor died and no other could take its place: the scanner
 *              looks until its processes have ended
 *   ENDING     the anchor was told to go
 *
 * A login takes a set in LIVE, LINGERING or DRAINING back to LIVE.  It never
 * enters one in KILLING, LOST or ENDING; it gets a new one.  docs/lifecycle.md has the
 * whole table.
 */
enum set_state {
	SET_BUILDING,
	SET_LIVE,
	SET_LINGERING,
	SET_DRAINING,
	SET_KILLING,
	SET_LOST,
	SET_ENDING,
	SET_STATE_MAX,
};

/* Where a session's process came from, to take it back there. */
enum origin_kind {
	ORIGIN_HOST,
	ORIGIN_SET,
	ORIGIN_FOREIGN
};

struct origin {
	enum origin_kind kind;
	uint64_t set;
	struct ns_inodes ns;
	int fds[NS_KIND_MAX];       /* ORIGIN_FOREIGN: nsfs of each kind of the set */
	char cgroup[RECORD_CGROUP]; /* that it was moved out of, or "" */
};

struct session {
	struct session *next;
	struct session *next_of_user, *next_of_process; /* of struct set_index */
	struct helper *helper;
	struct set *set; /* NULL for action = "host" */
	unsigned slot;
	struct session_record rec;
	struct source process; /* the pidfd of who opened it; owned */
	struct origin origin;
};

struct set {
	struct set *next;
	struct set *next_of_owner, *next_of_id; /* of struct set_index */
	struct helper *helper;
	enum set_state state;
	struct set_record rec;
	int record_fd; /* -EBADF until the set is built */
	struct anchor anchor;
	struct network *net;   /* owned; NULL: it has none of its own */
	struct source report;  /* the anchor's socket, while building */
	struct source process; /* the anchor's pidfd */
	struct timer timer;    /* deadline, linger, next look, grace, as the state says */
	struct session *sessions;
	unsigned session_count;
	unsigned imports;        /* of logins that are about to enter: it waits for them */
	bool is_orphaned;        /* its opener ended without closing the session: see logins.h */
	uint64_t changes;        /* counts what makes a look at its processes stale */
	unsigned looks;          /* since DRAINING or KILLING began */
	uint64_t kill_us;        /* KILLING: when the grace after SIGTERM ends; 0: not sent yet */
	bool reviving;           /* its anchor died, and another is on its way; logins wait */
	unsigned tries;          /* of that */
	struct nsi_fail failure; /* why it could not be built */
};

/* What makes two logins share a set. */
struct set_key {
	uint8_t scope;
	bool nested; /* without the policy's PID namespace: for logins from inside another */
	uint64_t owner;
	uint64_t digest;
	const char *policy;
};

/*
 * Finds the set that a login with @key belongs to: one of the same digest before
 * one that an older policy built.  NULL if there is none that can be entered.
 */
struct set *set_find(struct helper *h, const struct set_key *key);
struct set *set_by_id(struct helper *h, uint64_t id);

/* The live set whose namespaces are those of @ns (its mount namespace, or all of its kinds). */
struct set *set_by_namespaces(struct helper *h, const struct ns_inodes *ns);

/*
 * Starts building.  Returns a set in BUILDING; helper_set_ready() is called when
 * it is built, or is not.  NULL with the reason in @f.
 */
struct build_plan;
struct set *set_create(struct helper *h, const struct build_plan *plan, const char *rule,
		       struct nsi_fail *f);

/* A set read from a record, by the room that adopts; takes over @record_fd. */
struct set *set_adopt(struct helper *h, const struct set_record *rec, int record_fd);

/* Writes the record anew, head and slots, after the head has changed.  Returns 0 or -errno. */
int set_write_record(struct set *set);

/* Something about its sessions has changed: moves the set on as the table says. */
void set_settle(struct set *set);

/* The scanner's answer: @members processes are in it; @member_pid is one of them. */
void set_scanned(struct set *set, unsigned members, int member_pid);

/* Begins the end, with signals to whoever is inside; logins from now on get another set. */
void set_end(struct set *set);

/* It has no anchor any more and gets none: waits for its processes to end, and lets nobody in. */
void set_lose(struct set *set);

/* Ends it from where an earlier helper stopped: nobody was left in it then. */
void set_finish(struct set *set);

/* No process is left of it, nor an anchor: ends it; logins that wait for it look for another. */
void set_abandon(struct set *set);

/* It has an anchor again: goes on from where it was. */
void set_resume(struct set *set);

/* Its network on the host has been taken away, which network_end() began: goes on ending. */
void set_network_gone(struct set *set);

/* Nothing is left of it: removes its files and its record and frees it. */
void set_gone(struct set *set);

/* Closes what the set holds in this process and frees it; what is on disk is others' business. */
void set_free(struct set *set);

/* Removes <rundir>/etc/<id>, the files that stood in for the host's, if it is there. */
struct host;
void set_remove_files(const struct host *host, uint64_t id);

/* What its timer, its anchor's end and the deadline of its building lead to. */
void set_on_timer(struct timer *t);
void set_on_anchor_end(struct source *src, uint32_t events);
void set_build_timeout(struct set *set);

/* It cannot be built, set->failure says why: tells who waits for it, and ends it. */
void set_build_failed(struct set *set);

/* Watches the anchor of an adopted set, or finds that it is dead.  Returns 0 or -errno. */
int set_watch_anchor(struct set *set);

static inline bool set_can_be_entered(const struct set *set)
{
	return set->state <= SET_DRAINING;
}

static inline bool set_wants_scan(const struct set *set)
{
	return set->state == SET_DRAINING || set->state == SET_KILLING || set->state == SET_LOST ||
	       set->reviving;
}

const char *set_state_name(enum set_state state);

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

#endif /* NSI_SET_H */
