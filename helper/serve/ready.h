/* SPDX-License-Identifier: MIT */
/* Who goes on when something that was waited for is there? */
#ifndef NSI_READY_H
#define NSI_READY_H

#include "load/loader.h"
#include "loop/loop.h"

/* The loader's done(): calls that wait for the policy go on. */
void ready_policy(struct loader *l);

/* The idle timer: ends the helper if there still is nothing to do. */
void ready_idle(struct timer *t);

#endif /* NSI_READY_H */
