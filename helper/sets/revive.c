/* SPDX-License-Identifier: MIT */
#include "sets/revive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>

#include "base/cleanup.h"
#include "build/build.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/helper.h"
#include "sets/members.h"
#include "sets/session.h"
#include "sets/set.h"

/* The set cannot be had back: nobody enters it any more, and its sessions are on their own. */
static void give_up(struct set *set, const char *why)
{
	log_line(LOG_WARNING, "set %" PRIu64 " (uid %u) is over: %s", set->rec.id, set->rec.uid,
		 why);
	set->reviving = false;
	set_abandon(set);
}

static bool is_same(const struct set *set, const struct ns_inodes *ns)
{
	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		if ((set->rec.kinds & ns_bit(kind)) && ns->ino[kind] != set->rec.ns.ino[kind])
			return false;
	return true;
}

/* The record names another anchor now; its slots are written anew behind the new head. */
static int rewrite_record(struct set *set)
{
	int fd, r;

	set->rec.anchor_pid = set->anchor.pid;
	r = host_start_time(set->anchor.pid, &set->rec.anchor_start);
	if (r < 0)
		return r;
	fd = record_create(set->helper->host.sets_fd, &set->rec);
	if (fd < 0)
		return fd;
	nsi_closep(&set->record_fd);
	set->record_fd = fd;
	for (struct session *s = set->sessions; s && r == 0; s = s->next)
		r = record_write_slot(fd, s->slot, &s->rec);
	return r;
}

static void on_revived(struct source *src, uint32_t events)
{
	struct set *set = loop_owner(src, struct set, report);
	struct build_report report;
	int r = anchor_read_report(&set->anchor, &report);

	(void)events;
	if (r == -EAGAIN)
		return;
	loop_remove(&set->helper->loop, src);
	src->fd = -EBADF;
	if (r == 0)
		r = report.err;
	if (r == 0)
		r = rewrite_record(set);
	if (r == 0)
		r = set_watch_anchor(set);
	if (r == 0)
		r = anchor_release(&set->anchor);
	if (r < 0) {
		anchor_stop(&set->anchor, SIGKILL);
		give_up(set, "a new anchor could not enter it");
		return;
	}
	log_line(LOG_NOTICE, "set %" PRIu64 " (uid %u) has a new anchor", set->rec.id,
		 set->rec.uid);
	set->reviving = false;
	helper_set_ready(set);
	set_settle(set);
}

static int start(struct set *set, int member_pidfd)
{
	struct build_plan plan = {
		.host = &set->helper->host, .id = set->rec.id, .uid = set->rec.uid};
	struct nsi_fail f = {""};
	int r = anchor_revive(&plan, set->rec.kinds, member_pidfd, &set->anchor, &f);

	if (r < 0)
		return r;
	set->report = (struct source){.fd = set->anchor.socket, .ready = on_revived};
	return loop_add(&set->helper->loop, &set->report, EPOLLIN);
}

/* A session's own process, if it is in all of the set's namespaces. */
static int find_session(const struct set *set)
{
	for (const struct session *s = set->sessions; s; s = s->next) {
		struct ns_inodes ns;

		if (members_read_ns(s->rec.pid, &ns) == 0 && is_same(set, &ns))
			return s->process.fd;
	}
	return -ESRCH;
}

void revive_begin(struct set *set)
{
	int member;

	if (set->rec.kinds & ns_bit(NS_PID)) {
		give_up(set, "its PID namespace ended with its first process");
		return;
	}
	set->reviving = true;
	set->changes++;
	priv_raise();
	member = find_session(set);
	priv_lower();
	if (member >= 0 && start(set, member) == 0)
		return;
	scanner_start(&set->helper->scanner);
}

void revive_from(struct set *set, int member_pid)
{
	NSI_AUTO_FD int member = -EBADF;
	struct ns_inodes ns;
	bool same;

	if (set->report.fd >= 0) /* a session's process was found after all */
		return;
	if (member_pid <= 0) {
		give_up(set, "no process is left in it");
		return;
	}
	member = (int)pidfd_open(member_pid, 0);
	priv_raise();
	same = member >= 0 && members_read_ns(member_pid, &ns) == 0 && is_same(set, &ns);
	priv_lower();
	if (!same || start(set, member) < 0)
		give_up(set, "what is left of it cannot be entered");
}
