/* SPDX-License-Identifier: MIT */
/* The verb "matrix": which sets share which namespaces */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "ctl/sets.h"

enum {
	LABELS = 3,
	CELLS = LABELS + NS_TYPE_MAX
};

/*
 * The host's namespaces: ours, but for a command that was called from inside a set;
 * then those of process 1, if it is in the mount namespace that the helper calls the
 * host's.
 */
static int matrix_find_host(const struct ctl *ctl, struct ns_inodes *ret, struct nsi_fail *f)
{
	char path[300], text[128];
	uint64_t mnt = 0;
	int r = proc_namespaces(getpid(), ret);

	if (r < 0)
		return fail_errno(f, r, "cannot read the namespaces of this process");
	text_fmt(path, sizeof(path), "%s/host", ctl->rundir);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	    sscanf(text, "nsisolate-host 1 mnt=%" SCNu64, &mnt) != 1 || mnt == ret->ino[NS_MNT])
		return 0;
	r = proc_namespaces(1, ret);
	if (r < 0 || ret->ino[NS_MNT] != mnt)
		return fail_set(
			f, EXDEV,
			"this is no shell of the host, and the host is out of sight from here");
	return 0;
}

static int matrix_add_row(struct libscols_table *t, const char *const labels[LABELS],
			  const struct ns_inodes *ns, const struct ns_inodes *host)
{
	char numbers[NS_TYPE_MAX][24];
	const char *cells[CELLS];
	bool dim[CELLS] = {false};

	for (int i = 0; i < LABELS; i++)
		cells[i] = labels[i];
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		bool same = host && ns->ino[type] == host->ino[type];

		text_fmt(numbers[type], sizeof(numbers[type]), "%" PRIu64, ns->ino[type]);
		cells[LABELS + type] = same ? "host" : ns->ino[type] ? numbers[type] : "-";
		dim[LABELS + type] = same;
	}
	return grid_row(t, cells, CELLS, dim);
}

static int matrix_add_set(struct libscols_table *t, const struct view *v,
			  const struct ns_inodes *host)
{
	char id[24], user[256];
	const char *labels[LABELS] = {id, user, v->rec.policy};

	text_fmt(id, sizeof(id), "%" PRIu64, v->rec.id);
	(void)text_escape(user, sizeof(user), v->rec.user);
	return matrix_add_row(t, labels, &v->rec.ns, host);
}

static struct libscols_table *matrix_new(bool headings)
{
	struct grid_column heads[CELLS] = {
		{.name = "SET", .is_right = true}, {.name = "USER"}, {.name = "POLICY"}};

	for (int type = 0; type < NS_TYPE_MAX; type++)
		heads[LABELS + type] =
			(struct grid_column){.name = ns_types[type].head, .is_right = true};
	return grid_new(heads, CELLS, headings);
}

/* Inode numbers by the names of lsns(8). */
static json_t *matrix_json_types(const struct ns_inodes *ns)
{
	json_t *o = json_object();

	for (int type = 0; type < NS_TYPE_MAX; type++)
		(void)json_object_set_new(o, ns_types[type].brief, json_count(ns->ino[type]));
	return o;
}

static json_t *matrix_json_set(const struct view *v, const struct ns_inodes *host)
{
	json_t *shared = json_array();

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (v->rec.ns.ino[type] == host->ino[type])
			(void)json_array_append_new(shared, json_string(ns_types[type].brief));
	return json_pack("{s:I, s:o, s:o, s:o, s:o}", "set", (json_int_t)v->rec.id, "user",
			 json_text(v->rec.user), "policy", json_text(v->rec.policy), "namespaces",
			 matrix_json_types(&v->rec.ns), "of_host", shared);
}

static int matrix_print_json(const struct view_list *list, const struct ns_inodes *host)
{
	json_t *answer = json_answer(), *sets = json_array();

	for (unsigned i = 0; i < list->count; i++)
		(void)json_array_append_new(sets, matrix_json_set(&list->rows[i], host));
	(void)json_object_set_new(answer, "host", matrix_json_types(host));
	(void)json_object_set_new(answer, "sets", sets);
	return json_print(answer);
}

int matrix_verb(const struct ctl *ctl)
{
	static const char *const host_labels[LABELS] = {"host", NULL, NULL};
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct libscols_table *t;
	struct nsi_fail f = {""};
	struct ns_inodes host;
	int r;

	if (geteuid() != 0)
		return say_need_root("matrix");
	r = views_read(ctl, false, &list, &f);
	if (r == 0)
		r = matrix_find_host(ctl, &host, &f);
	if (r < 0)
		return say_fail(r, &f);
	if (ctl->json)
		return matrix_print_json(&list, &host);
	t = matrix_new(!ctl->noheadings);
	r = t ? matrix_add_row(t, host_labels, &host, NULL) : -ENOMEM;
	for (unsigned i = 0; i < list.count && r == 0; i++)
		r = matrix_add_set(t, &list.rows[i], &host);
	return grid_print(t, r);
}
