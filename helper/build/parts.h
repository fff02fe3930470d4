/* SPDX-License-Identifier: MIT */
/* The steps of a build, private to helper/build */
#ifndef NSI_BUILD_PARTS_H
#define NSI_BUILD_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/template.h"
#include "state/record.h"

/* Functions that return int return 0 or -errno, with the sentence in @f or in report->fail. */

struct build_plan;
struct build_report;
struct host;
struct mnt_tmpfs;
struct nsi_fail;
struct pol_dir;

/* The words of templates.  The group's name is looked up here, in a process that may wait for it. */
struct words {
	struct template_values values;
	char group[RECORD_WORD];
	char host[RECORD_WORD];
};

/* Fills in @w, which must stay where it is: it points into itself. */
void words_init(struct words *w, const struct build_plan *plan);

/*
 * Makes one private directory detached, attaches it, and verifies what is at its path then.
 * @ret_dev is the device (st_dev) of the mounted directory.
 */
int build_dir(const struct build_plan *plan, const struct pol_dir *dir, uint64_t *ret_dev,
	      struct build_report *report);

/* The names of keep_users with commas between them; cut when there is no room. */
enum {
	BUILD_USERS_SIZE = 2048
};
void build_keep_users(const struct build_plan *plan, const struct pol_dir *dir,
		      char buf[BUILD_USERS_SIZE]);

/* Adds a warning for the log to a build that succeeds; cut when there is no room. */
void build_warn(struct build_report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns the key of the instance on disk for @dir. */
struct instance_key build_instance_key(const struct build_plan *plan, const struct pol_dir *dir);

/* Whether the namespaces are still those of build_prepare(). */
bool build_is_prepared(const struct build_plan *plan);

/* Makes the mounts that build_dir() and build_mqueue() will take: see mnt/stock.h. */
void build_stock_dir(const struct pol_dir *dir, const char *path);
void build_stock_mqueue(void);

/* Sets host and domain name, and mounts files of /etc that agree with them. */
int build_names(const struct build_plan *plan, const struct words *w, struct build_report *report);

/* <rundir>/etc/<id>, for files that stand in for the host's.  Returns a descriptor or -errno. */
int build_files(const struct build_plan *plan, struct nsi_fail *f);

/* Opens the files that build_files() will use; and closes them, used or not. */
void build_stock_files(const struct host *host);
void build_clear_files(void);

/*
 * An overlay over @target, whose changes go to a tmpfs; attached already.  Returns the
 * mount or -errno.
 */
int build_overlay(int target, const struct mnt_tmpfs *upper, struct nsi_fail *f);

enum {
	BUILD_BINDS_MAX = 256
};

/*
 * Copies the sources of "bind" before anything else is mounted, as a policy names paths of the
 * host's tree there.  @mounts is for build_view(), which closes them.
 */
int build_take_binds(const struct build_plan *plan, int mounts[BUILD_BINDS_MAX],
		     struct nsi_fail *f);

/*
 * The set's sentinel, attached below the rundir once everything else is in place.  A policy
 * that hides the rundir has none.  Returns 0 or -errno.
 */
int build_sentinel(const struct build_plan *plan, struct nsi_fail *f);

/* Makes the sentinel before its set is known; and closes it if it was not wanted. */
void build_stock_sentinel(void);
void build_clear_sentinel(void);

/*
 * Changes to another root file system, if the policy has one, with the parts that programs need.
 * *ret_dev is the st_dev of an overlay, 0 for any other root.  Returns 0 or -errno.
 */
int build_root(const struct build_plan *plan, uint64_t *ret_dev, struct nsi_fail *f);

/*
 * Makes the user namespace: first, since nothing else need be made if its map is refused; it is
 * entered last.  Returns a descriptor or -errno.
 */
int build_user_namespace(const struct build_plan *plan, struct nsi_fail *f);

/* Applies the policy's bind, hide, readonly, unmount and propagation. */
int build_view(const struct build_plan *plan, int binds[BUILD_BINDS_MAX], struct nsi_fail *f);

/* Mount the kernel's file systems that show a namespace: /dev/mqueue, /proc, /sys/fs/cgroup. */
int build_mqueue(const struct build_plan *plan, struct nsi_fail *f);
int build_proc(const struct build_plan *plan, struct nsi_fail *f);
int build_cgroups(const struct build_plan *plan, struct nsi_fail *f);

#endif /* NSI_BUILD_PARTS_H */
