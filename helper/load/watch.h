/* SPDX-License-Identifier: MIT */
/* An inotify watch on the policy's files */
#ifndef NSI_WATCH_H
#define NSI_WATCH_H

#include "loop/loop.h"

struct loader;

/*
 * So that an edit is read when it is made, and no login waits for it.  It is a convenience:
 * a login holds the files against what was read all the same, as there are changes that
 * inotify(7) does not tell of (mounts, network file systems), and where there is no inotify
 * to be had the next login has the policy read.
 */
struct watch {
	struct loop *loop;
	struct loader *loader;
	struct source events; /* owned */
	struct timer settle;  /* an editor does several things; they are looked at once */
};

void watch_start(struct watch *w, struct loop *loop, struct loader *loader);

#endif /* NSI_WATCH_H */
