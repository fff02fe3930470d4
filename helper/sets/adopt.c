/* SPDX-License-Identifier: MIT */
#include "sets/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/host.h"
#include "instance/instance.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/session.h"
#include "sets/set.h"

int adopt_find_anchor(const struct set_record *rec)
{
	NSI_AUTO_FD int pidfd = proc_pidfd(rec->anchor_pid);
	struct ns_inodes ns;
	uint64_t start;
	int r;

	if (pidfd < 0)
		return pidfd;
	r = priv_start_time(rec->anchor_pid, &start);
	if (r < 0 || start != rec->anchor_start)
		return r < 0 ? r : -ESRCH;
	priv_raise();
	r = proc_namespaces(rec->anchor_pid, &ns);
	priv_lower();
	/* The process is there, as its start time says, and its namespaces may not be read. */
	if (r == -EACCES || r == -EPERM)
		return nsi_take_fd(&pidfd);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((rec->types & ns_bit(type)) && ns.ino[type] != rec->ns.ino[type])
			return -ESRCH;
	return nsi_take_fd(&pidfd);
}

void adopt_leave(struct sets *sets)
{
	sets->unread_until = UINT64_MAX; /* until adopt_all() knows which have been given */
	sets->limits.has_unknown = true;
}

bool adopt_is_live(void *arg, char kind, uint64_t number)
{
	const struct sets *sets = arg;
	const struct set *s;
	const uint8_t scope = kind == 'g' ? POL_SCOPE_GROUP : POL_SCOPE_USER;

	if (kind == 's' ? number <= sets->unread_until : sets->unread_until > 0)
		return true;
	LIST_FOREACH (s, &sets->all, link)
		if (kind == 's' ? s->rec.id == number
				: s->rec.scope == scope && s->rec.owner == number)
			return true;
	return false;
}

/* A set with its network, whose anchor, if it has one, is watched.  Returns NULL on failure: the two descriptors are closed. */
static struct set *adopt_begin(struct sets *sets, const struct set_record *rec, int record_fd,
			       int anchor, struct nsi_fail *f)
{
	struct set *set = set_adopt(sets, rec, record_fd);
	int r = 0;

	if (!set) {
		(void)fail_set(f, ENOMEM, "no memory for it");
		nsi_closep(&record_fd);
		nsi_closep(&anchor);
		return NULL;
	}
	if (anchor >= 0) {
		set->anchor.pidfd = anchor;
		set->anchor.pid = rec->anchor_pid;
		r = set_watch_anchor(set);
	}
	r = r < 0 ? fail_errno(f, r, "cannot watch its anchor") : network_adopt(set, f);
	if (r == 0)
		return set;
	nsi_closep(&set->anchor.pidfd); /* not to be waited for */
	set_free(set);
	return NULL;
}

void adopt_set(struct sets *sets, const struct set_record *rec, int record_fd, int anchor)
{
	struct nsi_fail f = {""};
	struct set *set = adopt_begin(sets, rec, record_fd, anchor, &f);

	if (!set) {
		log_line(LOG_ERR, "set %" PRIu64 " cannot be taken over: %s; restart the helper",
			 rec->id, f.what);
		adopt_leave(sets);
		return;
	}
	set_hold_limits(set);
	session_adopt_all(set);
	joined_adopt(set);
	set_log(set, LOG_INFO, "took over set=%" PRIu64 " uid=%u sessions=%u built-by=%s", rec->id,
		rec->uid, set->session_count, rec->program[0] ? rec->program : "earlier");
	if (set->first_pid == 0)
		set->first_pid = rec->anchor_pid;
	if (!set->rec.is_ending)
		upkeep_adopt(set);
	set_take_on(set, set->anchor.pidfd >= 0);
}

/* An id is never given twice, even if <rundir>/host was lost. */
void adopt_note_id(struct sets *sets, uint64_t id)
{
	if (id > sets->host.last_set)
		sets->host.last_set = sets->host.reserved = id;
}

/* Nothing is wrong with the record, as far as is known: the next helper may be able to take it over. */
static void adopt_leave_record(struct sets *sets, const char *name, int err)
{
	log_line(LOG_ERR,
		 "the record %.64s cannot be taken over: %s; its set goes on without logins, and "
		 "nothing of ended "
		 "sets is removed, until the helper is restarted",
		 name, strerrordesc_np(err));
	adopt_leave(sets);
}

/* Whether -errno @r says that a file is no record of ours, or no sound one; -EACCES: it is not even root's. */
static bool adopt_is_no_record(int r)
{
	return r == -EBADMSG || r == -EPROTO || r == -EACCES;
}

static int adopt_one(void *arg, const char *name, uint64_t id)
{
	struct sets *sets = arg;
	NSI_AUTO_FD int fd = -EBADF;
	NSI_AUTO_FD int anchor = -EBADF;
	struct set_record rec;

	fd = id ? record_take_over(sets->host.sets_fd, id, &rec) : -EBADMSG;
	adopt_note_id(sets, id);
	if (fd < 0 && !adopt_is_no_record(fd)) {
		adopt_leave_record(sets, name, -fd);
		return 0;
	}
	if (fd < 0) {
		log_line(LOG_ERR, "the record %.64s cannot be used (%s); it is set aside", name,
			 fd == -EPROTO ? "it is of a version that is not known"
				       : strerrordesc_np(-fd));
		(void)record_set_aside(sets->host.sets_fd, name); /* logged either way */
		return 0;
	}
	if (strcmp(rec.boot_id, sets->host.boot_id) != 0) {
		if (record_remove(sets->host.sets_fd, id) < 0)
			log_line(LOG_WARNING,
				 "cannot remove the record of set %" PRIu64 " of an earlier boot",
				 id);
		return 0;
	}
	anchor = adopt_find_anchor(&rec);
	if (anchor < 0 && anchor != -ESRCH)
		adopt_leave_record(sets, name, -anchor);
	else
		adopt_set(sets, &rec, nsi_take_fd(&fd), nsi_take_fd(&anchor));
	return 0;
}

/* <rundir>/etc/<id> of a set that was being built when the helper was killed. */
static void adopt_remove_stray_files(struct sets *sets)
{
	NSI_AUTO_DIR DIR *dir = path_list(sets->host.etc_fd, ".");
	struct dirent *e;

	if (!dir || sets->unread_until)
		return; /* they stay until there is a helper that can */
	while ((e = readdir(dir)) != NULL) {
		uint64_t id;

		if (text_u64(e->d_name, UINT64_MAX, &id) == 0 && !set_by_id(sets, id))
			set_remove_files(&sets->host, id);
	}
}

/*
 * Reserves the ids of sets whose directories still exist although the rundir was emptied: a new
 * set with such an id would get their files, and the sweeper ignores directories with an id that
 * was not given yet.
 */
static void adopt_note_instances(struct sets *sets)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int state =
		path_open_trusted(sets->host.statedir, O_RDONLY | O_DIRECTORY, PATH_ROOT_OWNED, &f);
	NSI_AUTO_DIR DIR *dir = state >= 0 ? path_list(state, ".") : NULL;
	struct dirent *e;
	uint64_t id;

	while (dir && (e = readdir(dir)) != NULL)
		if (instance_is_of_boot(e->d_name, sets->host.boot_id, &id))
			adopt_note_id(sets, id);
}

void adopt_all(struct sets *sets)
{
	int r;

	adopt_note_instances(sets);
	r = record_each(sets->host.sets_fd, adopt_one, sets);
	if (r < 0)
		adopt_leave_record(sets, "after those that were read", -r);
	path_tidy(sets->host.sets_fd);
	if (sets->unread_until == 0) /* else an anchor's record may be there, with its sessions */
		strays_adopt(sets);
	adopt_remove_stray_files(sets);
	if (sets->unread_until && r == 0)
		sets->unread_until = sets->host.last_set;
}
