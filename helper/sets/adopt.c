/* SPDX-License-Identifier: MIT */
#include "sets/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/host.h"
#include "instance/instance.h"
#include "log/log.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/session.h"
#include "sets/set.h"

int adopt_find_anchor(const struct set_record *rec)
{
	NSI_AUTO_FD int pidfd = (int)pidfd_open(rec->anchor_pid, 0);
	struct ns_inodes ns;
	uint64_t start;
	int r;

	if (pidfd < 0)
		return -ESRCH;
	if (proc_start_time(rec->anchor_pid, &start) < 0 || start != rec->anchor_start)
		return -ESRCH;
	priv_raise();
	r = proc_namespaces(rec->anchor_pid, &ns);
	priv_lower();
	if (r == -EACCES ||
	    r == -EPERM) /* the process is there, as its start time says, and its namespaces may not be read */
		return nsi_take_fd(&pidfd);
	if (r < 0)
		return -ESRCH;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((rec->types & ns_bit(type)) && ns.ino[type] != rec->ns.ino[type])
			return -ESRCH;
	return nsi_take_fd(&pidfd);
}

void adopt_set(struct sets *sets, const struct set_record *rec, int record_fd)
{
	struct set *set = set_adopt(sets, rec, record_fd);

	if (!set) {
		log_line(LOG_ERR, "no memory to take over set %" PRIu64, rec->id);
		nsi_closep(&record_fd);
		return;
	}
	session_adopt_all(set);
	joined_adopt(set);
	set->anchor.pidfd = adopt_find_anchor(rec);
	set_log(set, LOG_INFO, "took over set=%" PRIu64 " uid=%u sessions=%u built-by=%s", rec->id,
		rec->uid, set->session_count, rec->program[0] ? rec->program : "earlier");
	network_adopt(set);
	if (set->anchor.pidfd >= 0 && set_watch_anchor(set) == 0) {
		set->anchor.pid = rec->anchor_pid;
	} else {
		nsi_closep(&set->anchor.pidfd);
		set->process.fd = -EBADF;
	}
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

static int adopt_one(void *arg, const char *name, uint64_t id)
{
	struct sets *sets = arg;
	NSI_AUTO_FD int fd = -EBADF;
	struct set_record rec;

	fd = id ? record_take_over(sets->host.sets_fd, id, &rec) : -EBADMSG;
	adopt_note_id(sets, id);
	if (fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE || fd == -ENOSPC || fd == -EDQUOT) {
		log_line(LOG_ERR, "the record %.64s cannot be taken over: %s", name,
			 strerrordesc_np(-fd));
		return 0; /* nothing is wrong with it: the next helper may be able to */
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
	adopt_set(sets, &rec, nsi_take_fd(&fd));
	return 0;
}

/* <rundir>/etc/<id> of a set that was being built when the helper was killed. */
static void adopt_remove_stray_files(struct sets *sets)
{
	NSI_AUTO_DIR DIR *dir = path_list(sets->host.etc_fd, ".");
	struct dirent *e;

	if (!dir)
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
		log_line(LOG_ERR, "cannot read the records of sets: %s", strerrordesc_np(-r));
	path_tidy(sets->host.sets_fd);
	strays_adopt(sets);
	adopt_remove_stray_files(sets);
}
