/* SPDX-License-Identifier: MIT */
/* Choice and order of the sets that "list" shows */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/list.h"
#include "ctl/say.h"

/* Keeps the rows for which @keep is true. */
static void select_rows(struct listing *rows, unsigned *count,
			bool (*keep)(const struct listing *row, const void *arg), const void *arg)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < *count; i++)
		if (keep(&rows[i], arg))
			rows[kept++] = rows[i];
	*count = kept;
}

static bool select_is_policy(const struct listing *row, const void *name)
{
	return strcmp(row->view->rec.policy, name) == 0;
}

static bool select_is_operand(const struct listing *row, const void *operand)
{
	return view_is_meant(row->view, operand);
}

/* Whether the process is in the set: one namespace of its own is enough, as for a nested one. */
static bool select_has_process(const struct listing *row, const void *at)
{
	const struct ns_inodes *ns = at;
	const struct set_record *rec = &row->view->rec;

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((rec->types & ns_bit(type)) && rec->ns.ino[type] &&
		    rec->ns.ino[type] == ns->ino[type])
			return true;
	return false;
}

static int select_process(const char *pid, struct listing *rows, unsigned *count)
{
	struct ns_inodes ns;
	uint64_t number;
	int r;

	if (text_u64(pid, INT32_MAX, &number) < 0 || number == 0) {
		say_error("--pid takes the number of a process, not '%s'", pid);
		return CTL_USAGE;
	}
	r = proc_namespaces((int)number, &ns);
	if (r < 0) {
		say_error("process %s: %s", pid,
			  r == -ENOENT ? "there is none" : strerrordesc_np(-r));
		return r == -ENOENT ? CTL_NOT_FOUND : CTL_SYSTEM;
	}
	select_rows(rows, count, select_has_process, &ns);
	return CTL_OK;
}

struct select_filter {
	const char *column, *value;
};

static bool select_is_equal(const struct listing *row, const void *arg)
{
	const struct select_filter *f = arg;
	char cell[LIST_CELL_SIZE] = "", escaped[LIST_CELL_SIZE];

	if (list_cell(row, f->column, cell) < 0)
		return false;
	return strcmp(cell, f->value) == 0 || /* as the table has it, or as it is */
	       strcmp(cell, text_escape(escaped, sizeof(escaped), f->value)) == 0;
}

/* COLUMN=VALUE of a column that a set has one of. */
static int select_filter(const char *filter, struct listing *rows, unsigned *count)
{
	NSI_AUTO_FREE char *copy = strdup(filter);
	char *value = copy ? strchr(copy, '=') : NULL;
	struct select_filter f;

	if (value)
		*value++ = '\0';
	if (!value || !list_has_cell(copy)) {
		say_error("--filter takes COLUMN=VALUE, where COLUMN is a column of sets");
		return CTL_USAGE;
	}
	f = (struct select_filter){.column = copy, .value = value};
	select_rows(rows, count, select_is_equal, &f);
	return CTL_OK;
}

/* Numbers by their value, everything else by its text. */
static int select_compare(const void *a, const void *b, void *column)
{
	char x[LIST_CELL_SIZE] = "", y[LIST_CELL_SIZE] = "";
	uint64_t n, m;

	(void)list_cell(a, column, x);
	(void)list_cell(b, column, y);
	if (text_u64(x, UINT64_MAX, &n) == 0 && text_u64(y, UINT64_MAX, &m) == 0)
		return n < m ? -1 : n > m;
	return strcmp(x, y);
}

static int select_sort(const char *column, struct listing *rows, unsigned count)
{
	NSI_AUTO_FREE char *copy = strdup(column);

	if (!copy || !list_has_cell(copy)) {
		say_error("--sort takes a column of sets, not '%s'", column);
		return CTL_USAGE;
	}
	qsort_r(rows, count, sizeof(*rows), select_compare, copy);
	return CTL_OK;
}

int list_select(const struct ctl *ctl, const char *operand, struct listing *rows, unsigned *count)
{
	int code = operand ? view_check_operand(operand) : CTL_OK;

	if (code != CTL_OK)
		return code;
	if (operand)
		select_rows(rows, count, select_is_operand, operand);
	if (ctl->policy)
		select_rows(rows, count, select_is_policy, ctl->policy);
	if (ctl->pid)
		code = select_process(ctl->pid, rows, count);
	if (code == CTL_OK && ctl->filter)
		code = select_filter(ctl->filter, rows, count);
	if (code == CTL_OK && ctl->sort)
		code = select_sort(ctl->sort, rows, *count);
	return code;
}
