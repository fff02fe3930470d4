/* SPDX-License-Identifier: MIT */
#include "ctl/grid.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>

#include "ctl/say.h"

struct libscols_table *grid_new(const struct grid_column *columns, unsigned count, bool headings)
{
	struct libscols_table *t = scols_new_table();

	if (!t)
		return NULL;
	(void)scols_table_enable_noheadings(t, !headings); /* fails without a table alone */
	(void)scols_table_enable_colors(t, say_has_colour(stdout));
	for (unsigned i = 0; i < count; i++) {
		int flags = (columns[i].is_right ? SCOLS_FL_RIGHT : 0) |
			    (columns[i].is_wrapped ? SCOLS_FL_WRAP : 0);

		if (!scols_table_new_column(t, columns[i].name, 0, flags)) {
			scols_unref_table(t);
			return NULL;
		}
	}
	return t;
}

int grid_row(struct libscols_table *t, const char *const *cells, unsigned count, const bool *dim)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);

	if (!line)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		const char *cell = cells[i] && cells[i][0] ? cells[i] : "-";

		if (scols_line_set_data(line, i, cell) < 0)
			return -ENOMEM;
		if (dim && dim[i])
			(void)scols_cell_set_color(scols_line_get_cell(line, i), "darkgray");
	}
	return 0;
}

int grid_print(struct libscols_table *t)
{
	int r = scols_print_table(t);

	scols_unref_table(t);
	return r;
}
