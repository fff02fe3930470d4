/* SPDX-License-Identifier: MIT */
/* The draft: its rows, its messages, and its policies by name */
#include "policy/draft.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/group_lookup.h"
#include "policy/load.h"
#include "policy/values.h"

void policy_report_done(struct pol_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->messages[i].file);
		free(report->messages[i].text);
	}
	free(report->messages);
	*report = (struct pol_report){0};
}

const char *policy_message_format(const struct pol_message *m, char *buf, size_t size)
{
	const char *severity = m->severity == POL_ERROR ? "error" : "warning";

	if (m->line > 0)
		text_fmt(buf, size, "%s:%u: %s: %s", m->file, m->line, severity, m->text);
	else
		text_fmt(buf, size, "%s: %s: %s", m->file, severity, m->text);
	return buf; /* cut short is fine: the text comes last */
}

/* Room for one more; doubles, so that many messages stay cheap. */
static int draft_report_grow(struct pol_report *report)
{
	struct pol_message *rows;

	if (report->count & (report->count - 1))
		return 0;
	rows = reallocarray(report->messages, report->count ? report->count * 2 : 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	report->messages = rows;
	return 0;
}

static int draft_report_fill(struct pol_message *m, const char *file, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static int draft_report_fill(struct pol_message *m, const char *file, const char *fmt, va_list ap)
{
	if (asprintf(&m->file, "%s", file) < 0) {
		m->file = NULL;
		return -ENOMEM;
	}
	if (vasprintf(&m->text, fmt, ap) < 0) {
		nsi_freep(&m->file);
		return -ENOMEM;
	}
	return 0;
}

static int draft_report_compare(const void *a, const void *b)
{
	const struct pol_message *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

void report_sort(struct pol_report *report)
{
	if (report->count > 0)
		qsort(report->messages, report->count, sizeof(report->messages[0]),
		      draft_report_compare);
}

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

/* Adds a message; an error is counted even if there is no room for it. */
static void draft_say(struct draft *d, enum pol_severity severity, struct pol_where where,
		      const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static void draft_say(struct draft *d, enum pol_severity severity, struct pol_where where,
		      const char *fmt, va_list ap)
{
	struct pol_report *report = d->report;
	/* Files enter the pool in the order in which they are read, so their offsets sort. */
	struct pol_message m = {
		.severity = severity,
		.line = where.line,
		.order = where.file,
		.serial = (unsigned)report->count,
	};

	if (d->is_quiet)
		return;
	report->errors += severity == POL_ERROR;
	if (report->count >= REPORT_KEPT_MAX)
		return;
	if (draft_report_grow(report) < 0 ||
	    draft_report_fill(&m, draft_str(d, where.file), fmt, ap) < 0)
		d->out_of_memory = true;
	else
		report->messages[report->count++] = m;
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

static const char *draft_name_of(const struct draft *d, uint32_t row)
{
	return draft_str(d, draft_policy(d, row)->row.name);
}

/* "Lab" and "lab" are one name to a person; of two, the one that was read first comes first. */
static int draft_compare_names(const void *a, const void *b, void *draft)
{
	const struct draft *d = draft;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = strcasecmp(draft_name_of(d, x), draft_name_of(d, y));

	return order ? order : x < y ? -1 : x > y;
}

static void draft_refuse_twins(struct draft *d)
{
	for (size_t i = 1; i < d->policies.count; i++) {
		const struct draft_policy *first = draft_policy(d, d->by_name[i - 1]);
		const struct draft_policy *second = draft_policy(d, d->by_name[i]);
		char where[256];

		if (strcasecmp(draft_str(d, first->row.name), draft_str(d, second->row.name)) != 0)
			continue;
		draft_error(d, second->row.where, "policy '%.64s' is defined twice: first at %s",
			    draft_str(d, second->row.name),
			    draft_where(d, first->row.where, where, sizeof(where)));
	}
}

void names_index(struct draft *d)
{
	size_t count = d->policies.count;

	d->by_name = calloc(count + 1, sizeof(d->by_name[0]));
	if (!d->by_name) {
		d->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		d->by_name[i] = (uint32_t)i;
	qsort_r(d->by_name, count, sizeof(d->by_name[0]), draft_compare_names, d);
	draft_refuse_twins(d);
}

int64_t names_find(const struct draft *d, const char *name)
{
	size_t low = 0, high = d->by_name ? d->policies.count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcasecmp(name, draft_name_of(d, d->by_name[middle]));

		if (order == 0 && strcmp(name, draft_name_of(d, d->by_name[middle])) == 0)
			return d->by_name[middle];
		if (order == 0)
			return -1;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const char *names_suggest(const struct draft *d, const char *name)
{
	const char *best = NULL;
	unsigned best_far = 3;

	for (uint32_t i = 0; i < d->policies.count; i++) {
		unsigned far = suggest_distance(draft_name_of(d, i), name);

		if (far < best_far && far * 2 <= strlen(name)) {
			best_far = far;
			best = draft_name_of(d, i);
		}
	}
	return best;
}
