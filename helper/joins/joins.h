/* SPDX-License-Identifier: MIT */
/* The helper's side of the page of joins */
#ifndef NSI_JOINS_H
#define NSI_JOINS_H

#include <stdbool.h>
#include <stdint.h>

#include "join/page.h"
#include "loop/loop.h"

struct decisions;
struct host;
struct loader;

/*
 * join/page.h has the protocol.  This room has the file and knows which entries are of which set;
 * the sets decide what is published (sets/joinable.h) and what becomes of the slots
 * (sets/joined.c), which are collected at each turn of the loop, and each second while there are
 * entries.
 */
struct joins {
	struct loop *loop; /* NULL: off */
	const struct host *host;
	struct join_page *page;      /* NULL: logins ask the helper each time */
	struct join_page *former;    /* of the helper before, while its sets are adopted */
	bool is_former_lost;         /* there is one, and it cannot be read */
	int fd;                      /* holds the lock of the page */
	struct timer look;           /* its handler is the sets' */
	struct decisions *decisions; /* where logins are counted */
	uint32_t news;               /* of the page, as it was at the last look at the slots */
	unsigned entries;
	uint64_t set_of[JOIN_ENTRIES];       /* 0: withdrawn */
	uint64_t suspended_of[JOIN_ENTRIES]; /* withdrawn, until its set has been looked at */
	uint64_t session_of[JOIN_SLOTS];     /* 0: the slot has no session yet */
	int closing_of[JOIN_SLOTS];          /* a pidfd, if its session is being closed; else 0 */
	bool is_noted[JOIN_SLOTS]; /* its session is in the log, and among the decisions */
	uint64_t seen[JOIN_SLOTS]; /* TAKEN: proc_now() when the slot was seen first */
};

/* Closes the page of an earlier helper, whose slots are in j->former until joins_start(); or tells that it is lost. */
void joins_init(struct joins *j, struct loop *loop, const struct host *host,
		void (*on_look)(struct timer *t));

/* Makes a page of its own, unless <rundir>/joins.off is there.  Without one, logins ask the helper. */
void joins_start(struct joins *j);

/* Another policy is in force: nothing is published of the former one. */
void joins_reload(struct joins *j, const struct loader *loader);

/*
 * Writes the list of the policy's files, if they are those of the policy in force.  Returns false
 * if it cannot be told whether they are, or there are too many.
 */
bool joins_list_files(struct joins *j, struct loader *loader);

/* Publishes what equal logins get. */
void joins_publish(struct joins *j, const struct join_view *view);

/* Withdraws the entries of a set; joins_renew() publishes them again. */
void joins_suspend(struct joins *j, uint64_t set);

/* Whether @set has entries that joins_suspend() has withdrawn. */
bool joins_has_suspended(const struct joins *j, uint64_t set);

/* Publishes them again, with the hash of the set's mounts and enum join_flag as they are now. */
void joins_renew(struct joins *j, uint64_t set, uint64_t mounts, uint32_t flags);

/* Withdraws the entries of a set, or all, for good. */
void joins_withdraw(struct joins *j, uint64_t set);
void joins_withdraw_all(struct joins *j);

/* Arms the look of each second. */
void joins_watch(struct joins *j);

/* Gives a slot back with a new number; without one it is JOIN_TAKEN by nobody. */
void joins_free_slot(struct joins *j, unsigned slot);

/* Closes the page for good: the helper ends. */
void joins_stop(struct joins *j);

#endif /* NSI_JOINS_H */
