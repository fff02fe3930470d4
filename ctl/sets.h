/* SPDX-License-Identifier: MIT */
/* The live sets, read from their records */
#ifndef NSI_CTL_SETS_H
#define NSI_CTL_SETS_H

#include <stdbool.h>

#include "base/proc.h"
#include "state/record.h"

struct ctl;
struct nsi_fail;

/*
 * The state in the record (enum set_state).  If that is LIVE without a session, as a helper that
 * has ended leaves it, the processes decide.
 */
enum view_state {
	VIEW_LIVE,      /* it has sessions */
	VIEW_DRAINING,  /* no session, but processes */
	VIEW_LINGERING, /* neither: it waits for its linger, or for the helper */
	VIEW_KILLING,   /* its processes are being ended */
	VIEW_LOST,      /* its anchor is gone and no other could take its place */
	VIEW_LEAVING,   /* nobody is known to be in it; the kernel is asked */
	VIEW_HELD,      /* its anchor is gone, and something still uses it */
	VIEW_ORPHANED,  /* its anchor is gone; the helper makes a new one or ends it */
	VIEW_DEAD,      /* its anchor is gone and nobody is in it, or it is of an earlier boot */
	VIEW_STATE_MAX,
};

struct view {
	struct set_record rec;
	struct session_record *sessions; /* owned; those whose process lives */
	unsigned session_count;
	unsigned processes; /* in any of its namespaces, the anchor aside */
	enum view_state state;
	bool has_anchor;
	bool is_own; /* found by an ordinary user: what no process tells is not known */
};

struct view_list {
	struct view *rows; /* owned; by id */
	unsigned count;
	unsigned unreadable;             /* records that are damaged or of another version */
	char boot_id[PROC_BOOT_ID_SIZE]; /* of this boot; set by views_read() */
};

/*
 * Reads the records in <rundir>/sets and compares them with the kernel's state.  A missing
 * directory means no sets.  Dead sets are left out unless @all.
 * Returns 0, -EACCES for a caller without permission, or -errno.
 */
int views_read(const struct ctl *ctl, bool all, struct view_list *ret, struct nsi_fail *f);

/*
 * The sets of an ordinary user, by their own processes: the namespaces of each
 * and the NSISOLATE_SET and NSISOLATE_POLICY of its environment.
 * Returns 0 or -errno.
 */
int views_own(struct view_list *ret, struct nsi_fail *f);

/*
 * For the set that this process is in: finds its private directories among the
 * mounts that it sees.
 */
void view_own_dirs(const struct ctl *ctl, struct view *v);

void views_done(struct view_list *list);

/* Adds an empty row.  NULL without memory. */
struct view *views_add(struct view_list *list);

/* Puts the rows into the order of their ids. */
void views_sort(struct view_list *list);

const char *view_state_name(enum view_state state);

/* "user", "session", "group" or "job"; "-" where it is not known. */
const char *view_scope_name(const struct view *v);

/* Checks that @operand is an id or the name of an account.  Returns an exit code; errors are reported. */
int view_check_operand(const char *operand);

/* Whether @operand, an id or a user's name, means this set among others. */
bool view_is_meant(const struct view *v, const char *operand);

/*
 * The one set that @operand, an id or a user's name, means.  A user's sets are
 * those built for them and those of a group in which they have a session.
 * Returns CTL_OK with a row of @list, or an exit code after the error was reported: CTL_REFUSED, with
 * their ids, if there are several.
 */
int view_find(const struct view_list *list, const char *operand, struct view **ret);

#endif /* NSI_CTL_SETS_H */
