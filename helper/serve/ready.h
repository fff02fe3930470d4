/* SPDX-License-Identifier: MIT */
/* Resumes requests whose set or policy has become ready */
#ifndef NSI_READY_H
#define NSI_READY_H

#include "load/loader.h"
#include "loop/loop.h"

struct helper;
struct set;

/* The set is built, or set->failure says why not: the calls that wait for it go on. */
void ready_set(struct set *set);

/* Something has ended: arms the idle timer if there is nothing left to do. */
void ready_check_idle(struct helper *h);

/* The loader's done(): calls that wait for the policy go on. */
void ready_policy(struct loader *l);

/* The idle timer: ends the helper if there still is nothing to do. */
void ready_idle(struct timer *t);

/*
 * The helper is to go.  No more calls are taken; those that were are answered, so
 * that an upgrade refuses nobody's login.  Sets stay as they are.
 */
void ready_stop(struct helper *h);

/* The timer behind ready_stop(): who has not answered by now is not waited for. */
void ready_last(struct timer *t);

#endif /* NSI_READY_H */
