/* SPDX-License-Identifier: MIT */
#include "policy/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"

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
static int report_grow(struct pol_report *report)
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

static int report_fill(struct pol_message *m, const char *file, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static int report_fill(struct pol_message *m, const char *file, const char *fmt, va_list ap)
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

int report_add(struct pol_report *report, enum pol_severity severity, const char *file,
	       unsigned order, unsigned line, const char *fmt, va_list ap)
{
	struct pol_message m = {.severity = severity, .line = line, .order = order};

	if (severity == POL_ERROR)
		report->errors++;
	if (report->count >= REPORT_KEPT_MAX)
		return 0;
	if (report_grow(report) < 0 || report_fill(&m, file, fmt, ap) < 0)
		return -ENOMEM;
	m.serial = (unsigned)report->count;
	report->messages[report->count++] = m;
	return 0;
}

static int report_compare(const void *a, const void *b)
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
		qsort(report->messages, report->count, sizeof(report->messages[0]), report_compare);
}
