/* SPDX-License-Identifier: MIT */
/* Resumes requests whose set or policy has become ready */
#ifndef NSI_READY_H
#define NSI_READY_H

#include "load/loader.h"
#include "loop/loop.h"

struct helper;
struct set;

/* Resumes the requests that wait for a set that is built, or has failed with set->failure. */
void ready_set(struct set *set);

/* Arms the idle timer if there is nothing left to do; called when something has ended. */
void ready_check_idle(struct helper *h);

/* The loader's done(): resumes the requests that wait for the policy. */
void ready_policy(struct loader *l);

/* The idle timer: ends the helper if there still is nothing to do. */
void ready_idle(struct timer *t);

/*
 * Shuts the helper down: accepts no more requests and answers the accepted ones, so
 * that an upgrade refuses no login.  Sets stay as they are.
 */
void ready_stop(struct helper *h);

/* The timer of ready_stop(): ends the helper without the requests that are still pending. */
void ready_last(struct timer *t);

#endif /* NSI_READY_H */
