/* SPDX-License-Identifier: MIT */
#include "ctl/list.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "policy/kept.h"

enum {
	LIST_WATCH_SECONDS = 2
};

static void list_measure(struct listing *l)
{
	NSI_AUTO_FD int root = view_open_root(l->view);

	for (uint32_t i = 0; i < l->view->rec.dir_count; i++)
		l->usage[i] = usage_of(root, &l->view->rec.dirs[i]);
}

/* All sets for root; one's own for everybody else. */
static int list_read_sets(const struct ctl *ctl, struct view_list *ret, struct nsi_fail *f)
{
	int r;

	if (geteuid() == 0)
		return views_read(ctl, false, ret, f);
	r = views_own(ret, f);
	for (unsigned i = 0; i < ret->count; i++)
		view_own_dirs(ctl, &ret->rows[i]);
	return r;
}

/* Describes the policy in force if it is not that of the files.  Returns @buf, or NULL. */
static const struct in_force *list_find_in_force(const struct ctl *ctl, struct in_force *buf)
{
	NSI_AUTO_FD int run = open(ctl->rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char time[32];

	if (geteuid() != 0 || run < 0 || in_force_read(run, buf) < 0)
		return NULL;
	if (buf->state == IN_FORCE_LAST_GOOD)
		say_error("%s cannot be used: in force is the last good policy, of %s", buf->config,
			  say_time(time, buf->since));
	else if (buf->state == IN_FORCE_NONE)
		say_error("%s cannot be used: sessions are refused", buf->config);
	return buf;
}

static int list_print(const struct ctl *ctl, const struct listing *rows, unsigned count,
		      uint64_t fingerprint)
{
	struct in_force buf;
	const struct in_force *in_force = list_find_in_force(ctl, &buf);

	if (ctl->json)
		return list_print_json(rows, count, in_force, fingerprint);
	if (ctl->columns)
		return list_print_columns(rows, count, ctl->columns, !ctl->noheadings);
	return list_print_tables(rows, count, !ctl->noheadings);
}

static int list_once(const struct ctl *ctl, const char *operand)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	NSI_AUTO_FREE struct pol_image *image = geteuid() == 0 ? policy_of_files(ctl, NULL) : NULL;
	NSI_AUTO_FREE struct listing *rows = NULL;
	struct nsi_fail f = {""};
	int r = list_read_sets(ctl, &list, &f), code;
	unsigned count = list.count;

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
		list_measure(&rows[i]);
		network_read(ctl->rundir, rows[i].view, &rows[i].network);
		rows[i].is_stale = stale_is(image, rows[i].view);
		rows[i].limits = limits_of(ctl, &rows[i].view->rec);
	}
	say_progress_end();
	code = list_select(ctl, operand, rows, &count);
	return code == CTL_OK ? list_print(ctl, rows, count, stale_fingerprint(image)) : code;
}

/* Again and again until something fails or somebody stops it: over the last one on a terminal. */
static int list_watch(const struct ctl *ctl, const char *operand)
{
	bool is_terminal = isatty(STDOUT_FILENO);
	int code;

	do {
		if (is_terminal)
			(void)fputs("\033[H\033[2J", stdout);
		code = list_once(ctl, operand);
		if (!is_terminal)
			(void)putchar('\n');
		if (fflush(stdout) != 0)
			return CTL_SYSTEM;
		(void)sleep(LIST_WATCH_SECONDS);
	} while (code == CTL_OK);
	return code;
}

int list_verb(const struct ctl *ctl)
{
	return ctl->watch ? list_watch(ctl, ctl->operands[0]) : list_once(ctl, ctl->operands[0]);
}
