/* SPDX-License-Identifier: MIT */
#include "view/visit.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "log/log.h"
#include "view/cover.h"
#include "view/put.h"

static_assert(sizeof(struct visit_result) <= PIPE_BUF, "a result is written in one piece");

/* One cover of the set that is being looked at. */
struct visit_row {
	const struct cover_row *row;
	struct cover_source source;
	enum cover_state state;
	int mount;       /* that is to be put there */
	bool is_covered; /* by another, above which there may be no place for it */
	const char *why;
};

struct visit {
	const struct visit_set *set;
	struct cover_set about;
	struct visit_row rows[COVERS_MAX];
	unsigned count;
	int home; /* the host's mount namespace */
	int proc; /* its /proc */
	int inotify;
	struct visit_result result;
};

static int visit_enter(struct visit *v, struct nsi_fail *f)
{
	if (setns(v->set->anchor, CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot enter the set");
	return 0;
}

static int visit_leave(struct visit *v, struct nsi_fail *f)
{
	if (setns(v->home, CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot go back to the host's mounts");
	return 0;
}

/* Every directory on the way to @path is watched: a name that comes, goes or moves there is told. */
static void visit_watch(const struct visit *v, const char *path)
{
	char part[PATH_MAX];

	text_fmt(part, sizeof(part), "%s", path);
	for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
		*slash = '\0';
		/* A path that is missing or cannot be watched is found by the next check of the mounts. */
		(void)inotify_add_watch(v->inotify, slash == part ? "/" : part,
					IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
						IN_ONLYDIR | IN_DONT_FOLLOW);
		if (slash == part)
			break;
	}
}

static void visit_list(struct visit *v)
{
	const struct cover_row *row = NULL;

	v->count = 0;
	while (v->count < COVERS_MAX && (row = cover_list_next(v->set->covers, row)) != NULL) {
		struct visit_row *at = &v->rows[v->count++];

		*at = (struct visit_row){.row = row, .mount = -EBADF};
		cover_find_source(&v->about, row, &at->source);
		if (row->type != COVER_PRIVATE && cover_source(row)[0] == '/')
			visit_watch(v, cover_source(row));
	}
}

static bool visit_is_recoverable(const struct cover_row *row)
{
	return row->type == COVER_PRIVATE || row->type == COVER_HOME;
}

static bool visit_is_wanting(const struct visit_row *at)
{
	return at->state == COVER_MISSING ||
	       (at->state == COVER_NO_PLACE && visit_is_recoverable(at->row));
}

/* In the set.  Returns whether any cover is missing. */
static bool visit_check(struct visit *v)
{
	bool is_missing = false;

	for (unsigned i = 0; i < v->count; i++) {
		struct visit_row *at = &v->rows[i];
		struct nsi_fail ignored = {""};

		if (at->row->type != COVER_KEPT) /* its directory is the user's, who writes there */
			visit_watch(v, cover_path(at->row));
		at->state = cover_check(&v->about, at->row, &at->source, &ignored);
		is_missing |= visit_is_wanting(at);
	}
	return is_missing;
}

/* Looks for the mount of a private directory; ends in the host.  Returns 0 or -errno. */
static int visit_recover(struct visit *v, struct visit_row *at, struct nsi_fail *f)
{
	struct nsi_fail ignored = {""};
	enum recover_how how = RECOVER_COVERED;
	int r = visit_enter(v, f);

	if (r < 0)
		return r;
	at->mount = recover_find(&v->about, at->row, v->proc, &how, &ignored);
	at->is_covered = at->mount >= 0 && how == RECOVER_COVERED;
	at->why = at->is_covered   ? "a mount of the host's had covered it"
		  : at->mount >= 0 ? "its directory has been moved on the host"
		  : at->row->type == COVER_HOME || at->row->method == COVER_OVERLAY
			  ? "but without its changes, as its mount is gone"
			  : "but empty, as its mount is gone";
	if (at->state == COVER_NO_PLACE && at->is_covered)
		at->state = COVER_MISSING;
	return visit_leave(v, f);
}

/* Gets hold of what is to be put back, from the set and from the host; ends in the host. */
static int visit_gather(struct visit *v, struct nsi_fail *f)
{
	int r = visit_leave(v, f);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < v->count; i++) {
		struct visit_row *at = &v->rows[i];
		struct nsi_fail ignored = {""};

		if (!visit_is_wanting(at))
			continue;
		at->why = "what was there has been replaced on the host";
		r = visit_is_recoverable(at->row) ? visit_recover(v, at, f) : 0;
		if (r < 0)
			return r;
		if (at->state != COVER_MISSING || at->mount >= 0)
			continue;
		at->mount =
			cover_take(&v->about, at->row, &ignored); /* if not, cover_put() says so */
		if (visit_is_recoverable(at->row) && at->mount >= 0)
			at->why = "its mount was gone";
	}
	return 0;
}

static const char *visit_word(const struct cover_row *row)
{
	static const char *const words[COVER_TYPE_MAX] = {
		[COVER_PRIVATE] = "private",    [COVER_KEPT] = "the host's",
		[COVER_FILE] = "the set's",     [COVER_REMOVED] = "taken away",
		[COVER_READONLY] = "read-only", [COVER_BIND] = "bound",
		[COVER_HOME] = "an overlay",    [COVER_HIDDEN] = "hidden",
	};

	return words[row->type];
}

static void visit_log(const struct visit *v, int priority, const char *text)
{
	const struct set_facts *rec = v->set->rec;
	const struct log_about about = {.set = rec->id, .user = rec->user, .policy = rec->policy};

	log_about(&about, priority, "set %" PRIu64 " (uid %u): %s", rec->id, rec->uid, text);
}

enum {
	VISIT_TRIES = 64
};

/*
 * move_mount(2) finds no place (ENOENT) if its file is replaced after it was opened, which a program
 * that writes it again and again does often: the file that is there now is tried.
 */
static int visit_put_again(const struct visit_row *at, struct nsi_fail *f)
{
	int r = -ENOENT;

	for (unsigned tries = 0; r == -ENOENT && tries < VISIT_TRIES; tries++)
		r = cover_put(at->row, at->mount, f);
	return r;
}

/* A private directory that was made anew has another device. */
static void visit_put_one(struct visit *v, struct visit_row *at)
{
	const struct cover_row *row = at->row;
	struct visit_result *res = &v->result;
	struct nsi_fail f = {""};
	struct nsi_fail said = {""};
	int r = visit_put_again(at, &f);

	if (r < 0 && at->is_covered) {
		r = recover_uncover(&v->about, row, &f);
		at->why = "the host's mount that had covered it is taken away here, as it has no "
			  "place for it";
	}
	if (r >= 0) {
		if (row->type == COVER_PRIVATE)
			cover_note_device(row, res->dev, RECORD_DIRS);
		(void)fail_set(&said, EINVAL, "%.120s is %s again: %s", cover_path(row),
			       visit_word(row), at->why);
		visit_log(v, LOG_NOTICE, said.what);
		res->put_back++;
	} else if (row->type != COVER_KEPT) { /* that is in the way of nobody but its user */
		(void)fail_set(&said, EINVAL, "%.100s is not %s any more: %.120s", cover_path(row),
			       visit_word(row), f.what);
		visit_log(v, LOG_ERR, said.what);
		res->lost++;
	}
	if (r < 0 ? res->lost == 1 : res->lost == 0)
		res->what = said;
}

/* In the order of the list: what comes later may lie in what came before. */
static int visit_put(struct visit *v, struct nsi_fail *f)
{
	int r = visit_enter(v, f);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < v->count; i++) {
		struct visit_row *at = &v->rows[i];
		struct nsi_fail ignored = {""};
		enum cover_state now;

		if (at->state != COVER_MISSING)
			continue;
		now = cover_check(&v->about, at->row, &at->source, &ignored);
		if (now == COVER_MISSING || (now == COVER_NO_PLACE && at->is_covered))
			visit_put_one(v, at);
		nsi_closep(&at->mount);
	}
	return 0;
}

static int visit_mend(struct visit *v, struct nsi_fail *f)
{
	int r = visit_enter(v, f);

	if (r < 0 || !visit_check(v))
		return r;
	r = visit_gather(v, f);
	return r < 0 ? r : visit_put(v, f);
}

static int visit_one(struct visit *v, struct nsi_fail *f)
{
	int r;

	visit_list(v);
	r = visit_mend(v, f);
	for (unsigned i = 0; i < v->count; i++) {
		v->result.no_place += v->rows[i].state == COVER_NO_PLACE;
		nsi_closep(&v->rows[i].mount);
	}
	return r;
}

/* Returns 0, or -errno if this process can look at no other set. */
static int visit_report(struct visit *v, int r, const struct nsi_fail *f, int out)
{
	struct nsi_fail ignored = {""};

	if (r < 0) {
		v->result.lost++;
		(void)fail_set(&v->result.what, -r, "cannot look at its view: %.200s", f->what);
		visit_log(v, LOG_ERR, v->result.what.what);
	}
	r = fd_write_all(out, &v->result, sizeof(v->result));
	return r < 0 ? r : visit_leave(v, &ignored);
}

int visit_sets(const struct visit_set *sets, unsigned count, const char *rundir, int inotify,
	       int out)
{
	static struct visit v; /* large */

	v.inotify = inotify;
	v.home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	v.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v.home < 0 || v.proc < 0)
		return -errno;
	for (unsigned i = 0; i < count; i++) {
		const struct set_facts *rec = sets[i].rec;
		struct nsi_fail f = {""};
		int r;

		v.set = &sets[i];
		v.result = (struct visit_result){.set = rec->id};
		for (unsigned k = 0; k < rec->dir_count && k < RECORD_DIRS; k++)
			v.result.dev[k] = rec->dirs[k].dev;
		v.about = (struct cover_set){
			.id = rec->id,
			.rundir = rundir,
			.hostname = rec->hostname,
			.dev = v.result.dev,
			.dir_count = rec->dir_count,
		};
		r = visit_report(&v, visit_one(&v, &f), &f, out);
		if (r < 0)
			return r;
	}
	return 0;
}
