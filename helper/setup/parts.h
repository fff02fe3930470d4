/* SPDX-License-Identifier: MIT */
/* The steps of a build, private to helper/setup */
#ifndef NSI_SETUP_PARTS_H
#define NSI_SETUP_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/template.h"
#include "state/record.h"

struct host;
struct mnt_tmpfs;
struct nsi_fail;
struct pol_dir;
struct setup_plan;
struct setup_report;

/* Functions that return int return 0 or -errno, with the sentence in @f or in report->fail. */

/* The words of templates.  The group's name is looked up here, in a process that may wait for it. */
struct words {
	struct template_values values;
	char group[RECORD_WORD];
	char host[RECORD_WORD];
};

/* Fills in @w, which must stay where it is: it points into itself. */
void words_init(struct words *w, const struct setup_plan *plan);

/*
 * Makes one private directory detached, attaches it, and verifies what is at its path then.
 * @ret_dev is the device (st_dev) of the mounted directory.
 */
int setup_dir(const struct setup_plan *plan, const struct pol_dir *dir, uint64_t *ret_dev,
	      struct setup_report *report);

/* The names of keep_users with commas between them; cut when there is no room. */
enum {
	SETUP_USERS_SIZE = 2048
};
void setup_keep_users(const struct setup_plan *plan, const struct pol_dir *dir,
		      char buf[SETUP_USERS_SIZE]);

/* Adds a warning for the log to a build that succeeds; cut when there is no room. */
void setup_warn(struct setup_report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns the key of the instance on disk for @dir. */
struct instance_key setup_instance_key(const struct setup_plan *plan, const struct pol_dir *dir);

/* Whether the namespaces are still those of setup_prepare(). */
bool setup_is_prepared(const struct setup_plan *plan);

/* Makes the mounts that setup_dir() and setup_mqueue() will take: see mnt/mnt.h. */
void setup_stock_dir(const struct pol_dir *dir, const char *path);
void setup_stock_mqueue(void);

/* Sets host and domain name, and mounts files of /etc that agree with them. */
int setup_names(const struct setup_plan *plan, const struct words *w, struct setup_report *report);

/* <rundir>/etc/<id>, for files that stand in for the host's.  Returns a descriptor or -errno. */
int setup_files(const struct setup_plan *plan, struct nsi_fail *f);

/* Opens the files that setup_files() will use; and closes them, used or not. */
void setup_stock_files(const struct host *host);
void setup_clear_files(void);

enum {
	SETUP_BINDS_MAX = 256
};

/*
 * Copies the sources of "bind" before anything else is mounted, as a policy names paths of the
 * host's tree there.  @mounts is for setup_view(), which closes them.
 */
int setup_take_binds(const struct setup_plan *plan, int mounts[SETUP_BINDS_MAX],
		     struct nsi_fail *f);

/*
 * The set's sentinel, attached below the rundir once everything else is in place; it is
 * described in report->end.  A policy that hides the rundir has none.  Returns 0 or -errno.
 */
int setup_sentinel(const struct setup_plan *plan, struct setup_report *report);

/* Makes the sentinel before its set is known; and closes it if it was not wanted. */
void setup_stock_sentinel(void);
void setup_clear_sentinel(void);

/*
 * Changes to another root file system, if the policy has one, with the parts that programs need.
 * *ret_dev is the st_dev of an overlay, 0 for any other root.  Returns 0 or -errno.
 */
int setup_root(const struct setup_plan *plan, uint64_t *ret_dev, struct nsi_fail *f);

/*
 * Makes the user namespace: first, since nothing else need be made if its map is refused; it is
 * entered last.  Returns a descriptor or -errno.
 */
int setup_user_namespace(const struct setup_plan *plan, struct nsi_fail *f);

/* Applies the policy's bind, hide, readonly, unmount and propagation. */
int setup_view(const struct setup_plan *plan, int binds[SETUP_BINDS_MAX], struct nsi_fail *f);

/* Mount the kernel's file systems that show a namespace: /dev/mqueue, /proc, /sys/fs/cgroup. */
int setup_mqueue(const struct setup_plan *plan, struct nsi_fail *f);
int setup_proc(const struct setup_plan *plan, struct nsi_fail *f);
int setup_cgroups(const struct setup_plan *plan, struct nsi_fail *f);

#endif /* NSI_SETUP_PARTS_H */
