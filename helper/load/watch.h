/* SPDX-License-Identifier: MIT */
/* An inotify watch on the policy's files */
#ifndef NSI_WATCH_H
#define NSI_WATCH_H

#include "loop/loop.h"

struct loader;

/*
 * With a watch, an edit is read when it is made, and no login waits for it.  It is a convenience:
 * a login compares the files with the ones that were read in any case, as there are changes that
 * inotify(7) does not report (mounts, network file systems).  Without inotify the next login
 * causes the policy to be read.
 */
struct watch {
	struct loop *loop;
	struct loader *loader;
	struct source events; /* owned */
	struct timer settle;  /* an editor does several things; they are looked at once */
};

void watch_start(struct watch *w, struct loop *loop, struct loader *loader);

#endif /* NSI_WATCH_H */
