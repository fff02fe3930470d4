/* SPDX-License-Identifier: MIT */
#include "policy/draft.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/group_lookup.h"
#include "policy/load.h"

/* Makes room for @more rows.  An index must fit a pol_str. */
static int draft_reserve(struct table *t, size_t more)
{
	size_t room = t->room ? t->room : 64;
	void *rows;

	if (more > POL_IMAGE_MAX || t->count > POL_IMAGE_MAX)
		return -ENOMEM;
	while (room < t->count + more)
		room *= 2;
	if (room == t->room)
		return 0;
	rows = reallocarray(t->rows, room, t->width);
	if (!rows)
		return -ENOMEM;
	t->rows = rows;
	t->room = room;
	return 0;
}

static uint32_t draft_append(struct draft *d, struct table *t, const void *rows, size_t count)
{
	uint32_t first = (uint32_t)t->count;

	if (draft_reserve(t, count) < 0) {
		d->out_of_memory = true;
		return 0;
	}
	memcpy(draft_row(t, t->count), rows, count * t->width);
	t->count += count;
	return first;
}

int draft_init(struct draft *d, struct pol_report *report)
{
	*d = (struct draft){
		.report = report,
		.policies.width = sizeof(struct draft_policy),
		.rules.width = sizeof(struct draft_rule),
		.dirs.width = sizeof(struct draft_dir),
		.networks.width = sizeof(struct pol_network),
		.final.width = sizeof(struct pol_dir),
		.mounts.width = sizeof(struct pol_mount),
		.matches.width = sizeof(struct pol_match),
		.strings.width = sizeof(pol_str),
		.pool.width = 1,
	};
	(void)draft_append(d, &d->pool, "", 1); /* failure is sticky */
	return d->out_of_memory ? -ENOMEM : 0;
}

void draft_done(struct draft *d)
{
	free(d->policies.rows);
	free(d->rules.rows);
	free(d->dirs.rows);
	free(d->networks.rows);
	free(d->final.rows);
	free(d->mounts.rows);
	free(d->matches.rows);
	free(d->strings.rows);
	free(d->pool.rows);
	free(d->by_name);
	groups_done(d);
	*d = (struct draft){0};
}

uint32_t draft_add(struct draft *d, struct table *table, const void *row)
{
	return draft_append(d, table, row, 1);
}

pol_str draft_text(struct draft *d, const char *text)
{
	return *text ? draft_append(d, &d->pool, text, strlen(text) + 1) : 0;
}

static void draft_say(struct draft *d, enum pol_severity severity, struct pol_where where,
		      const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static void draft_say(struct draft *d, enum pol_severity severity, struct pol_where where,
		      const char *fmt, va_list ap)
{
	if (d->is_quiet)
		return;
	/* Files enter the pool in the order in which they are read, so their offsets sort. */
	if (report_add(d->report, severity, draft_str(d, where.file), where.file, where.line, fmt,
		       ap) < 0)
		d->out_of_memory = true;
}

void draft_error(struct draft *d, struct pol_where where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	draft_say(d, POL_ERROR, where, fmt, ap);
	va_end(ap);
}

void draft_warning(struct draft *d, struct pol_where where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	draft_say(d, POL_WARNING, where, fmt, ap);
	va_end(ap);
}

const char *draft_where(const struct draft *d, struct pol_where where, char *buf, size_t size)
{
	text_fmt(buf, size, "%s:%u", draft_str(d, where.file), where.line);
	return buf;
}
