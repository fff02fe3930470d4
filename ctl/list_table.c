/* SPDX-License-Identifier: MIT */
/* Tables of "list" */
#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/list.h"
#include "ctl/say.h"

enum {
	COLUMNS_MAX = 64
};

void list_print_column_names(FILE *to)
{
	struct column c;

	for (unsigned i = 0; column_get(i, &c); i++)
		(void)fprintf(to, "%s%s", i ? "," : "", c.name);
}

struct choice {
	struct column columns[COLUMNS_MAX];
	unsigned count;
	enum column_about about;
};

/* Returns 0, or -EINVAL with the reason said. */
static int list_choose(const char *names, struct choice *ret)
{
	NSI_AUTO_FREE char *copy = strdup(names);
	char *save = NULL;

	*ret = (struct choice){.about = ABOUT_SET};
	for (char *name = copy ? strtok_r(copy, ", ", &save) : NULL; name;
	     name = strtok_r(NULL, ", ", &save)) {
		struct column c;

		if (!column_find(name, &c) || ret->count == COLUMNS_MAX) {
			say_error(ret->count == COLUMNS_MAX ? "too many columns"
							    : "there is no column %s",
				  name);
			return -EINVAL;
		}
		if (c.about != ABOUT_SET && ret->about != ABOUT_SET && c.about != ret->about) {
			say_error("columns of sessions and columns of directories cannot be in one "
				  "table");
			return -EINVAL;
		}
		if (c.about != ABOUT_SET)
			ret->about = c.about;
		ret->columns[ret->count++] = c;
	}
	if (ret->count == 0)
		say_error(copy ? "--output takes the names of columns: nsisolate list --help"
			       : "no memory");
	return ret->count ? 0 : -EINVAL;
}

static int list_add_row(struct libscols_table *t, const struct choice *c, const struct subject *s)
{
	NSI_AUTO_FREE char *text = calloc(c->count, LIST_CELL_SIZE);
	const char *cells[COLUMNS_MAX];

	if (!text)
		return -ENOMEM;
	for (unsigned i = 0; i < c->count; i++) {
		char *cell = text + (size_t)i * LIST_CELL_SIZE;

		c->columns[i].fill(s, c->columns[i].arg, cell);
		cells[i] = cell;
	}
	return grid_row(t, cells, c->count, NULL);
}

/* A row for the set, for each of its sessions, or for each of its directories. */
static int list_add_rows(struct libscols_table *t, const struct choice *c, const struct listing *l)
{
	unsigned count = c->about == ABOUT_SET       ? 1
			 : c->about == ABOUT_SESSION ? l->view->session_count
						     : l->view->rec.dir_count;
	int r = 0;

	for (unsigned i = 0; i < count && r == 0; i++) {
		struct subject s = {.of = l, .dir = c->about == ABOUT_DIR ? (int)i : -1};

		if (c->about == ABOUT_SESSION)
			s.session = &l->view->sessions[i];
		r = list_add_row(t, c, &s);
	}
	return r;
}

static int list_print_table(const struct listing *rows, unsigned count, const struct choice *c,
			    bool headings)
{
	struct grid_column heads[COLUMNS_MAX];
	struct libscols_table *t;
	int r = 0;

	for (unsigned i = 0; i < c->count; i++)
		heads[i] = (struct grid_column){.name = c->columns[i].name,
						.is_right = c->columns[i].is_right};
	t = grid_new(heads, c->count, headings);
	for (unsigned i = 0; t && i < count && r == 0; i++)
		r = list_add_rows(t, c, &rows[i]);
	return grid_print(t, r);
}

int list_print_columns(const struct listing *rows, unsigned count, const char *names, bool headings)
{
	struct choice c;

	if (list_choose(names, &c) < 0)
		return CTL_USAGE;
	return list_print_table(rows, count, &c, headings);
}

static bool list_has_network(const struct listing *l)
{
	return l->network.mode[0] && strcmp(l->network.mode, "host") != 0;
}

static bool list_has_job(const struct listing *l)
{
	return l->view->rec.job_id != 0;
}

static bool list_has_session(const struct listing *l)
{
	return l->view->session_count > 0;
}

static bool list_has_dir(const struct listing *l)
{
	return l->view->rec.dir_count > 0;
}

static bool list_any(const struct listing *rows, unsigned count,
		     bool (*has)(const struct listing *l))
{
	for (unsigned i = 0; i < count; i++)
		if (has(&rows[i]))
			return true;
	return false;
}

/* The types that any of the sets has for itself; mnt, ipc and uts where that is not known. */
static void list_format_types(const struct listing *rows, unsigned count, char *buf, size_t size)
{
	uint32_t types = 0;
	size_t used = 0;

	for (unsigned i = 0; i < count; i++)
		types |= rows[i].view->is_own ? ns_bit(NS_MNT) | ns_bit(NS_IPC) | ns_bit(NS_UTS)
					      : rows[i].view->rec.types;
	buf[0] = '\0';
	for (int type = 0; type < NS_TYPE_MAX && used < size; type++)
		if (types & ns_bit(type))
			used += (size_t)snprintf(buf + used, size - used, ",%s",
						 ns_types[type].column);
}

int list_print_tables(const struct listing *rows, unsigned count, bool headings)
{
	char types[100], names[200];
	int code;

	if (count == 0) {
		if (headings)
			(void)printf("no live sets\n");
		return CTL_OK;
	}
	list_format_types(rows, count, types, sizeof(types));
	text_fmt(names, sizeof(names), "set,user,uid,policy,scope%s,state,procs%s%s",
		 list_any(rows, count, list_has_job) ? ",job" : "", types,
		 list_any(rows, count, list_has_network) ? ",network,address" : "");
	code = list_print_columns(rows, count, names, headings);
	if (code == CTL_OK && list_any(rows, count, list_has_session)) {
		(void)putchar('\n'); /* main() asks stdout for its state in the end */
		code = list_print_columns(rows, count, "set,user,pid,service,tty,since", headings);
	}
	if (code == CTL_OK && list_any(rows, count, list_has_dir)) {
		(void)putchar('\n');
		code = list_print_columns(rows, count, "set,directory,method,used,size", headings);
	}
	return code;
}
