/* SPDX-License-Identifier: MIT */
#include "sets/adopt.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "log/log.h"
#include "priv/priv.h"
#include "sets/helper.h"
#include "sets/members.h"
#include "sets/revive.h"
#include "sets/session.h"
#include "sets/set.h"

/* The anchor that the record names, if it is that process and in those namespaces. */
static int find_anchor(const struct set_record *rec)
{
	NSI_AUTO_FD int pidfd = (int)pidfd_open(rec->anchor_pid, 0);
	struct ns_inodes ns;
	uint64_t start;
	int r;

	if (pidfd < 0)
		return -ESRCH;
	if (host_start_time(rec->anchor_pid, &start) < 0 || start != rec->anchor_start)
		return -ESRCH;
	priv_raise();
	r = members_read_ns(rec->anchor_pid, &ns);
	priv_lower();
	if (r < 0)
		return -ESRCH;
	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		if ((rec->kinds & ns_bit(kind)) && ns.ino[kind] != rec->ns.ino[kind])
			return -ESRCH;
	return nsi_take_fd(&pidfd);
}

static void take_over(struct helper *h, const struct set_record *rec, int *record_fd)
{
	struct set *set = set_adopt(h, rec, *record_fd);

	if (!set) {
		log_line(LOG_ERR, "no memory to take over set %" PRIu64, rec->id);
		return;
	}
	*record_fd = -EBADF; /* the set's now */
	session_adopt_all(set);
	set->anchor.pid = rec->anchor_pid;
	set->anchor.pidfd = find_anchor(rec);
	log_line(LOG_INFO, "took over set=%" PRIu64 " uid=%u sessions=%u", rec->id, rec->uid,
		 set->session_count);
	if (set->anchor.pidfd < 0 || set_watch_anchor(set) < 0) {
		set->anchor.pid = 0;
		nsi_closep(&set->anchor.pidfd);
		revive_begin(set);
		return;
	}
	set_settle(set);
}

static int adopt_one(void *arg, const char *name, uint64_t id)
{
	struct helper *h = arg;
	NSI_AUTO_FD int fd = -EBADF;
	struct set_record rec;

	fd = id ? record_open(h->host.sets_fd, id, &rec) : -EBADMSG;
	if (fd < 0) {
		log_line(LOG_ERR, "the record %.64s cannot be used (%s); it is set aside", name,
			 fd == -EPROTO ? "it is of another version" : strerrordesc_np(-fd));
		(void)record_set_aside(h->host.sets_fd, name); /* logged either way */
		return 0;
	}
	if (strcmp(rec.boot_id, h->host.boot_id) != 0) {
		if (record_remove(h->host.sets_fd, id) < 0)
			log_line(LOG_WARNING,
				 "cannot remove the record of set %" PRIu64 " of an earlier boot",
				 id);
		return 0;
	}
	if (id > h->host.last_set) /* <rundir>/host was lost: an id is never given twice */
		h->host.last_set = h->host.reserved = id;
	take_over(h, &rec, &fd);
	return 0;
}

void adopt_all(struct helper *h)
{
	int r = record_each(h->host.sets_fd, adopt_one, h);

	if (r < 0)
		log_line(LOG_ERR, "cannot read the records of sets: %s", strerrordesc_np(-r));
}
