/* SPDX-License-Identifier: MIT */
/* Stored directories of whoever: the verb "dirs" */
#include "ctl/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "instance/instance.h"

enum {
	DIRS_COLUMNS = 8
};

/* Whose directories are asked for: an account by name or number, or a name below the statedir. */
struct dirs_whose {
	const char *operand; /* NULL: everybody's */
	uint64_t uid;
	bool has_uid;
	bool is_known;
};

static int stored_whose_find(const char *operand, struct dirs_whose *ret, struct nsi_fail *f)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	int r;

	*ret = (struct dirs_whose){.operand = operand};
	if (!operand)
		return 0;
	r = person_find(operand, &who, f);
	if (r == 0) {
		ret->uid = who.uid;
		ret->has_uid = ret->is_known = true;
	} else if (r == PERSON_UNKNOWN) {
		ret->has_uid = text_u64(operand, UINT32_MAX - 1, &ret->uid) == 0;
	}
	return r < 0 ? r : 0;
}

static bool stored_is_meant(const struct dirs_whose *whose, const struct stored_dir *d)
{
	if (!whose->operand || strcmp(d->parent, whose->operand) == 0)
		return true;
	if (d->kind == 's' && d->uid != UINT32_MAX)
		return whose->has_uid && d->uid == whose->uid;
	if (d->kind == 's')
		return d->job[0] && strcmp(d->owner, whose->operand) == 0;
	if (d->kind != 'u')
		return false;
	return whose->has_uid ? d->number == whose->uid : strcmp(d->owner, whose->operand) == 0;
}

/* Keeps the rows that are meant. */
static void stored_select(const struct dirs_whose *whose, const char *path,
			  struct stored_dirs *dirs)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < dirs->count; i++)
		if (stored_is_meant(whose, &dirs->rows[i]) &&
		    (!path || strcmp(dirs->rows[i].path, path) == 0))
			dirs->rows[kept++] = dirs->rows[i];
	dirs->count = kept;
}

/* "in use", "over", "with its set", "at boot", a time, or "never". */
static const char *stored_end_text(const struct stored_dir *d, char buf[32])
{
	if (d->state == DIRS_OVER)
		return "now";
	if (d->kind == 's' && !d->has_meta)
		return "with its set";
	if (!d->has_meta)
		return "";
	if (d->meta.until_boot)
		return "at boot";
	return dirs_ends(d) ? say_time(buf, dirs_ends(d)) : "never";
}

static int stored_add_row(struct libscols_table *t, const struct stored_dir *d)
{
	char path[4 * sizeof(d->path)], size[16], files[24], used[32] = "", ends[32], plus[40] = "";
	char owner[sizeof(d->owner) + sizeof(d->job) + 8];
	const char *cells[DIRS_COLUMNS] = {owner, text_escape(path, sizeof(path), d->path)};

	text_fmt(owner, sizeof(owner), d->job[0] ? "%s, job %s" : "%s", d->owner, d->job);

	if (d->usage.is_known)
		text_fmt(plus, sizeof(plus), "%s%s", say_size(size, d->usage.used),
			 d->usage.is_partial ? "+" : "");
	text_fmt(files, sizeof(files), "%llu", (unsigned long long)d->usage.inodes_used);
	cells[2] = plus;
	cells[3] = d->usage.is_known ? files : "";
	cells[4] = d->has_meta ? say_time(used, d->meta.used) : "";
	cells[5] = stored_end_text(d, ends);
	cells[6] = d->policies;
	cells[7] = dirs_state_word(d->state);
	return grid_row(t, cells, DIRS_COLUMNS, NULL);
}

static int stored_print(const struct ctl *ctl, const struct stored_dirs *dirs)
{
	static const struct grid_column heads[DIRS_COLUMNS] = {
		{.name = "OWNER"},
		{.name = "DIRECTORY"},
		{.name = "USED", .is_right = true},
		{.name = "FILES", .is_right = true},
		{.name = "LASTUSE"},
		{.name = "ENDS"},
		{.name = "POLICIES"},
		{.name = "STATE"},
	};
	struct libscols_table *t;
	int r = 0;

	if (dirs->count == 0) {
		(void)printf("no stored directories\n");
		return CTL_OK;
	}
	t = grid_new(heads, DIRS_COLUMNS, !ctl->noheadings);
	for (unsigned i = 0; t && r == 0 && i < dirs->count; i++)
		r = stored_add_row(t, &dirs->rows[i]);
	return grid_print(t, r);
}

static json_t *stored_json_policies(const struct stored_dir *d)
{
	json_t *a = json_array();
	char copy[sizeof(d->policies)], *save = NULL;

	(void)text_copy(copy, sizeof(copy), d->policies);
	for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save))
		(void)json_array_append_new(a, json_text(name));
	return a;
}

static json_t *stored_json_row(const struct stored_dir *d)
{
	const char *kind = d->kind == 'u' ? "user" : d->kind == 'g' ? "group" : "set";
	const char *with = d->kind == 's' && !d->has_meta      ? "set"
			   : d->has_meta && d->meta.until_boot ? "boot"
							       : NULL;
	json_t *o = json_pack("{s:o, s:s, s:I, s:o, s:o, s:s, s:o}", "owner", json_text(d->owner),
			      "kind", kind, "number", (json_int_t)d->number, "parent",
			      json_text(d->parent), "path", json_text(d->path), "state",
			      dirs_state_word(d->state), "policies", stored_json_policies(d));

	(void)json_object_set_new(o, "used", json_number(d->usage.is_known, d->usage.used));
	(void)json_object_set_new(o, "files", json_number(d->usage.is_known, d->usage.inodes_used));
	(void)json_object_set_new(o, "partial", json_boolean(d->usage.is_partial));
	(void)json_object_set_new(o, "last_use", json_number(d->has_meta, d->meta.used));
	(void)json_object_set_new(o, "ends", json_count(dirs_ends(d)));
	(void)json_object_set_new(o, "ends_with", with ? json_string(with) : json_null());
	(void)json_object_set_new(o, "job", d->job[0] ? json_text(d->job) : json_null());
	return o;
}

static int stored_print_json(const struct stored_dirs *dirs)
{
	json_t *answer = json_answer(), *list = json_array();

	for (unsigned i = 0; i < dirs->count; i++)
		(void)json_array_append_new(list, stored_json_row(&dirs->rows[i]));
	(void)json_object_set_new(answer, "directories", list);
	return json_print(answer);
}

/* Moves one to the trash, if nothing uses it.  Returns an exit code. */
static int stored_remove_one(const struct ctl *ctl, int state_fd, const struct stored_dir *d)
{
	struct nsi_fail f = {""};
	int r;

	if (d->kind == 's' && !d->has_meta) {
		say_error(
			"%s of %s ends with its set: \"nsisolate gc\" removes what such a set has "
			"left",
			d->path, d->owner);
		return CTL_REFUSED;
	}
	r = d->state == DIRS_LIVE ? -EBUSY : instance_remove(state_fd, d->parent, d->name);
	if (r == -EBUSY) {
		say_error("%s of %s stays: a live set uses it; \"nsisolate close\" ends that",
			  d->path, d->owner);
		return CTL_REFUSED;
	}
	if (r < 0)
		return say_fail(fail_errno(&f, r, "cannot move %s/%s/%s to the trash",
					   ctl->statedir, d->parent, d->name),
				&f);
	(void)printf("%s of %s: moved to the trash, which the next sweep empties\n", d->path,
		     d->owner);
	return CTL_OK;
}

static int stored_remove(const struct ctl *ctl, const struct stored_dirs *dirs)
{
	NSI_AUTO_FD int state = open(ctl->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int worst = CTL_OK;

	if (dirs->count == 0) {
		say_error("there is no such directory");
		return CTL_NOT_FOUND;
	}
	for (unsigned i = 0; i < dirs->count; i++) {
		int code = stored_remove_one(ctl, state, &dirs->rows[i]);

		worst = code > worst ? code : worst;
	}
	return worst;
}

int dirs_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	NSI_CLEANUP(dirs_done) struct stored_dirs dirs = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct dirs_whose whose;
	struct nsi_fail f = {""};
	int r;

	if (geteuid() != 0)
		return say_need_root("dirs");
	if (ctl->remove && !ctl->operands[0]) {
		say_error("dirs --remove takes a USER, and a DIRECTORY if not all are meant");
		return CTL_USAGE;
	}
	image = policy_of_files(ctl, NULL);
	r = stored_whose_find(ctl->operands[0], &whose, &f);
	if (r == 0)
		r = views_read(ctl, true, &sets, &f);
	if (r == 0)
		r = dirs_find(ctl, &sets, image, &dirs, &f);
	if (r < 0)
		return say_fail(r, &f);
	stored_select(&whose, ctl->operands[0] ? ctl->operands[1] : NULL, &dirs);
	if (ctl->remove)
		return stored_remove(ctl, &dirs);
	if (ctl->operands[0] && dirs.count == 0 && !whose.is_known) {
		say_error("there is no user %s, and nothing is stored under this name",
			  ctl->operands[0]);
		return CTL_NOT_FOUND;
	}
	for (unsigned i = 0; i < dirs.count; i++) {
		say_progress("measuring %s of %s ...", dirs.rows[i].path, dirs.rows[i].owner);
		dirs_measure(ctl, &dirs.rows[i]);
	}
	say_progress_end();
	return ctl->json ? stored_print_json(&dirs) : stored_print(ctl, &dirs);
}
