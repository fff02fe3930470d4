/* SPDX-License-Identifier: MIT */
#include "ctl/list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/say.h"

static void measure(struct listing *l)
{
	NSI_AUTO_FD int root = view_open_root(l->view);

	for (uint32_t i = 0; i < l->view->rec.dir_count; i++)
		l->usage[i] = usage_of(root, &l->view->rec.dirs[i]);
}

/* All sets for root; one's own for everybody else. */
static int read_sets(const struct ctl *ctl, struct view_list *ret, struct nsi_fail *f)
{
	int r;

	if (geteuid() == 0)
		return views_read(ctl, false, ret, f);
	r = views_own(ret, f);
	for (unsigned i = 0; i < ret->count; i++)
		view_own_dirs(ctl, &ret->rows[i]);
	return r;
}

static int print(const struct ctl *ctl, const struct listing *rows, unsigned count)
{
	if (ctl->json)
		return list_print_json(rows, count);
	if (ctl->columns)
		return list_print_columns(rows, count, ctl->columns, !ctl->noheadings);
	return list_print_tables(rows, count, !ctl->noheadings);
}

int list_verb(const struct ctl *ctl, int argc, char **argv)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	NSI_AUTO_FREE struct listing *rows = NULL;
	struct nsi_fail f = {""};
	int r = read_sets(ctl, &list, &f);

	(void)argc;
	(void)argv;
	if (r < 0)
		return say_fail(r, &f);
	if (list.unreadable)
		say_error("%u records in %s/sets cannot be read", list.unreadable, ctl->rundir);
	rows = calloc(list.count + 1, sizeof(*rows));
	if (!rows)
		return say_fail(-ENOMEM, &f);
	for (unsigned i = 0; i < list.count; i++) {
		rows[i].view = &list.rows[i];
		say_progress("measuring set %" PRIu64 " ...", list.rows[i].rec.id);
		measure(&rows[i]);
		network_read(ctl->rundir, rows[i].view, &rows[i].network);
		rows[i].limits = limits_of(ctl, &rows[i].view->rec);
	}
	say_progress_end();
	return print(ctl, rows, list.count);
}
