/* SPDX-License-Identifier: MIT */
/* Two sets as "list" shows them: one of alice with everything, one of bob with nothing. */
#ifndef NSI_TEST_ROWS_H
#define NSI_TEST_ROWS_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "ctl/list.h"
#include "policy/image.h"
#include "tests/unit/ctl/output.h"

static struct view rows_views[2];
static struct listing rows[2];
static struct session_record rows_session;

static inline void rows_make_alice(void)
{
	struct set_record *rec = &rows_views[0].rec;

	*rec = (struct set_record){.id = 7,
				   .uid = 2001,
				   .gid = 2002,
				   .created = 86400,
				   .anchor_pid = 77,
				   .types = ns_bit(NS_MNT) | ns_bit(NS_NET),
				   .dir_count = 2,
				   .job_id = 9};
	text_fmt(rec->user, sizeof(rec->user), "alice");
	text_fmt(rec->policy, sizeof(rec->policy), "lab");
	text_fmt(rec->hostname, sizeof(rec->hostname), "cell");
	text_fmt(rec->rule, sizeof(rec->rule), "/etc/x.conf:3");
	text_fmt(rec->job_name, sizeof(rec->job_name), "slurm-5");
	text_fmt(rec->view, sizeof(rec->view), "/tmp was mounted anew");
	text_fmt(rec->dirs[0].path, RECORD_PATH, "/tmp");
	rec->dirs[0].method = POL_METHOD_TMPFS;
	text_fmt(rec->dirs[1].path, RECORD_PATH, "/var/tmp");
	rec->dirs[1].method = POL_METHOD_DISK;
	rec->ns.ino[NS_MNT] = 4026532001;
	rec->ns.ino[NS_NET] = 4026532002;
	rows_session = (struct session_record){.pid = 99, .uid = 2001, .since = 86400};
	text_fmt(rows_session.service, sizeof(rows_session.service), "sshd");
	text_fmt(rows_session.tty, sizeof(rows_session.tty), "pts/1");
	rows_views[0].sessions = &rows_session;
	rows_views[0].session_count = 1;
	rows_views[0].processes = 12;
	rows_views[0].has_anchor = true;
	rows_views[0].state = VIEW_LIVE;
}

static inline void rows_make(void)
{
	(void)setenv("TZ", "UTC", 1);
	tzset();
	memset(rows_views, 0, sizeof(rows_views));
	memset(rows, 0, sizeof(rows));
	rows_make_alice();
	rows_views[1].rec = (struct set_record){.id = 12, .uid = 2003, .types = ns_bit(NS_MNT)};
	text_fmt(rows_views[1].rec.user, RECORD_NAME, "bob");
	text_fmt(rows_views[1].rec.policy, RECORD_WORD, "shop");
	rows_views[1].state = VIEW_ORPHANED;
	rows[0].view = &rows_views[0];
	rows[0].usage[0] = (struct usage){
		.used = 4096, .size = 1 << 20, .inodes_used = 3, .inodes = 50, .is_known = true};
	rows[0].usage[1] = (struct usage){.used = 2048, .is_known = true, .is_partial = true};
	rows[0].limits = (struct limits){.is_known = true,
					 .tasks = 5,
					 .tasks_max = 100,
					 .memory = 1 << 20,
					 .memory_max = 1 << 21,
					 .cpu = 50};
	rows[0].is_stale = true;
	text_fmt(rows[0].network.mode, sizeof(rows[0].network.mode), "nat");
	text_fmt(rows[0].network.address[0], INET_TEXT, "10.1.0.2/24");
	text_fmt(rows[0].network.address[1], INET_TEXT, "fd00::2/64");
	rows[1].view = &rows_views[1];
}

#endif /* NSI_TEST_ROWS_H */
