/* SPDX-License-Identifier: MIT */
/* The policy in force, and the child that reads a new one */
#ifndef NSI_LOADER_H
#define NSI_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "policy/load.h"
#include "work/work.h"

struct host;
struct nsi_fail;
struct pol_image;

/*
 * The policy of the helper.  A child without a capability reads the files and
 * returns an image; meanwhile the loop goes on.  If a configuration cannot be used,
 * an error is logged and the former one stays in force; a helper that has none uses
 * the copy that an earlier helper has kept (policy/kept.h).
 */
struct loader {
	struct loop *loop;
	struct pol_sources sources;
	int run_fd;              /* the host's, for in_force.h */
	struct pol_image *image; /* NULL: there has been no good one yet */
	uint64_t since;          /* when that was read, in seconds since the epoch */
	uint64_t fingerprint;    /* of the files last tried */
	struct pol_looks looks;  /* the cache of earlier checks */
	bool tried;
	uint64_t loaded_us; /* when it was read last, whatever came of it */
	uint64_t result;    /* hash_bytes() of that */
	bool again; /* it is read again for its groups: messages that are unchanged are not logged */
	bool is_same;                   /* for done(): nothing has changed */
	void *arg;                      /* done()'s */
	void (*done)(struct loader *l); /* a load has ended, with or without success */

	struct work work;   /* a load under way */
	struct work keeper; /* a copy of the policy under way */
	uint64_t next_fingerprint;
};

void loader_init(struct loader *l, struct loop *loop, const struct host *host,
		 void (*done)(struct loader *), void *arg);

/*
 * Starts a load if a file has changed since the last.  Returns true if the
 * policy is settled and can be asked; false while it is being read, after which
 * done() is called.  Groups that did not exist are looked for once a minute, which nobody waits for.
 */
bool loader_refresh(struct loader *l);

/* Whether the policy is read, is the one of the files, and has all of its groups. */
bool loader_is_settled(const struct loader *l);

/*
 * Reads the policy again although no file has changed, as the group database may know by now what it did
 * not: the image has groups without a number.  Returns true if that is under way, after which
 * done() is called; false if there are none, or it was read a moment ago.
 */
bool loader_look_again(struct loader *l);

static inline bool loader_is_busy(const struct loader *l)
{
	return work_is_busy(&l->work);
}

/* Forgets what was read, so that the next loader_refresh() reads anew. */
void loader_invalidate(struct loader *l);

/*
 * With a watch, an edit is read when it is made, so that its mistakes are in the log before somebody is refused
 * or gets the last good policy.  That is what the watch is for, and not time: the first login after an edit of
 * 10,000 rules took 3.2 ms, and without a watch 6.4 ms; after one of three rules 3.2 and 3.1 ms (medians of
 * nine, the PAM application included).  A login compares the files with the ones that were read in any case, as
 * there are changes that inotify(7) does not report (mounts, network file systems).  Without inotify the
 * next login causes the policy to be read.
 */
struct watch {
	struct loop *loop;
	struct loader *loader;
	struct source events; /* owned */
	struct timer settle;  /* an editor does several things; they are looked at once */
};

void watch_start(struct watch *w, struct loop *loop, struct loader *loader);

/*
 * Starts a child that copies the files of the policy in force into the statedir, for a helper that finds
 * them broken (policy/kept.h).  Nobody waits for it, as it may wait for a disk.
 */
void keeper_start(struct loader *l);

/*
 * Restricts this process to reading the directories of the configuration, /etc/group and, if
 * @or_kept, the copy of the policy in the statedir.  Returns 0 or -errno.
 */
int fence_loader(const struct pol_sources *sources, bool or_kept, struct nsi_fail *f);

#endif /* NSI_LOADER_H */
