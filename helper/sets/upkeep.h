/* SPDX-License-Identifier: MIT */
/* The watch over what live sets see. */
#ifndef NSI_SETS_UPKEEP_H
#define NSI_SETS_UPKEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "loop/loop.h"
#include "view/cover.h"
#include "work/work.h"

struct setup_plan;
struct sets;
struct set;
struct visit_set;

/*
 * DOC: when a view is looked at
 *
 * Three things tell that a set may not see any more what its policy says (view/cover.h):
 *   - its table of mounts has changed: poll(2) on the mountinfo of its anchor;
 *   - a name has come, gone or moved in a directory on the way to a path of the policy:
 *     inotify(7), one descriptor for all sets, as sets of one policy share these directories;
 *   - it was built, adopted, or has a new anchor, and has not been looked at since.
 * Then a child of the helper (view/visit.h) looks at all such sets at once and puts back what
 * is missing.  A login that joins a set asks for both first, and waits for that look if there
 * is anything to be looked at.
 *
 * An open mountinfo holds the mount namespace that it shows.  So the watch begins when the set has
 * an anchor and ends, upkeep_end(), before the anchor leaves it.
 */
enum upkeep_state {
	UPKEEP_UNWATCHED, /* no anchor, or no list of covers */
	UPKEEP_FRESH, /* just built: a look is due, but without a change no login waits for it */
	UPKEEP_CURRENT,
	UPKEEP_STALE,   /* something has changed */
	UPKEEP_VISITED, /* a child is looking */
};

struct set_upkeep {
	struct cover_list covers;
	struct source mounts; /* mountinfo of the anchor; owned */
	enum upkeep_state state;
	bool was_fresh;      /* before it was VISITED, with nothing changed until then */
	bool has_changed;    /* again, while it was VISITED */
	bool is_wanted;      /* a login waits for the look */
	bool is_lost;        /* a cover could not be put back: nobody joins */
	uint64_t visited_us; /* when the last look ended */
	uint64_t hold_us;    /* not before then, after one that failed */
	char *failure; /* owned: why the last look failed; NULL: it did not, or there was no memory */
};

enum {
	UPKEEP_BATCH = 64 /* sets that one child looks at */
};

struct upkeep {
	struct sets *sets;              /* NULL: nothing is watched (unit tests) */
	struct source events;           /* inotify */
	struct work work;               /* the child */
	const struct visit_set *visits; /* that it is started with */
	struct timer next;
	struct loop_job refusal; /* no child could be started, for @failure */
	int failure;
	uint64_t ended_us; /* the last look */
	uint64_t pause_us; /* before the next one */
	uint64_t
		round_us; /* when the round began: it has each set once, in as many batches as it takes */
	uint64_t batch[UPKEEP_BATCH];
	unsigned batch_count;
	char *names; /* components of all paths, terminated one behind the other */
	size_t names_size;
};

/* Without inotify, or descriptors, less is noticed: that is logged, and no failure. */
void upkeep_init(struct upkeep *u, struct sets *sets);

/* The part of a set in BUILDING: lists its covers. */
void upkeep_init_set(struct set *set);
void upkeep_list(struct set *set, const struct setup_plan *plan);

/* Adds the files that /etc/netns/@netns puts over those of /etc; "" for none. */
void upkeep_list_netns(struct set *set, const char *netns);

/*
 * The set has an anchor: the watch begins.  Unless it @is_new, the first login that joins
 * waits for a look, as nobody has watched for a while.
 */
void upkeep_begin(struct set *set, bool is_new);

/*
 * Opens the table of mounts of a set with an anchor, if it is not open, and asks for changes from
 * now on.  For a new set: once the login that it was made for has its answer.
 * Returns whether it has changed since it was opened or asked for.
 */
bool upkeep_watch_mounts(struct set *set);

/* Writes the list of a new set to <rundir>/etc/<set>/view, for the next helper.  A failure is logged. */
void upkeep_save(struct set *set);

/* Reads the list of a set of an earlier helper, and begins if it has an anchor. */
void upkeep_adopt(struct set *set);

/*
 * The anchor is gone or about to leave: the watch ends.  Logins that wait for a look then wait for
 * what becomes of the set, which wakes them: another anchor, HELD, or the end.
 */
void upkeep_end(struct set *set);

/* Frees the list. */
void upkeep_free(struct set *set);

/* Whether a login may join without a look; if not, one begins, and set_wake() ends the wait. */
bool upkeep_is_current(struct set *set);

/* Whether nothing has changed since the last look, or the build; nothing is begun. */
bool upkeep_is_settled(struct set *set);

/* Why nobody can join the set, in a sentence; NULL if its view is as it should be. */
const char *upkeep_failure(const struct set *set);

/* Below here: between upkeep.c and upkeep_child.c. */

/* Starts a look at the sets whose views are stale, unless one is under way: then another follows it. */
void upkeep_child_start(struct upkeep *u);

/* Has one start @after_us from now at the latest, if none is under way. */
void upkeep_schedule(struct upkeep *u, uint64_t after_us);

void upkeep_child_on_refusal(struct loop_job *job);

#endif /* NSI_SETS_UPKEEP_H */
