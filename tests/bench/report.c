/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

#include "bench.h"

static double us(double ns)
{
	return ns / 1000;
}

static void contest_rows(const struct report *r, FILE *to)
{
	double permit = sample_summary(&r->results[0].open).median;

	fprintf(to, "| what | open | half of all lie in | close | times pam_permit | over "
		    "pam_permit |\n|---|--:|:-:|--:|--:|--:|\n");
	for (unsigned i = 0; i < contestant_count; i++) {
		const struct result *c = &r->results[i];
		struct summary open = sample_summary(&c->open), close = sample_summary(&c->close);

		if (c->absent[0])
			continue;
		fprintf(to, "| %s | %.0f | %.0f – %.0f | ", c->who->label, us(open.median),
			us(open.q1), us(open.q3));
		fprintf(to, close.count ? "%.0f" : "–", us(close.median));
		fprintf(to, " | %.1f | %.0f |\n", open.median / permit,
			us(sample_summary(&c->over).median));
	}
	fprintf(to, "\n");
	for (unsigned i = 0; i < contestant_count; i++)
		if (r->results[i].absent[0] && !r->results[i].who->other)
			fprintf(to, "Not in this run: %s (%s).\n", r->results[i].who->label,
				r->results[i].absent);
}

static void reach_rows(const struct report *r, FILE *to)
{
	struct reach lines[32];
	unsigned count = report_reach(r, lines, 32);

	fprintf(to, "| what | wanted | measured | reached | floor |\n|---|--:|--:|:-:|--:|\n");
	for (unsigned i = 0; i < count; i++) {
		const struct reach *l = &lines[i];

		if (l->got <= 0)
			fprintf(to, "| %s | at most %g %s | not measured | |", l->what, l->limit,
				l->unit);
		else
			fprintf(to, "| %s | at most %g %s | %.2f | %s |", l->what, l->limit,
				l->unit, l->got, l->got <= l->limit ? "yes" : "**no**");
		if (l->floor > 0)
			fprintf(to, " %.2f |\n", l->floor);
		else
			fprintf(to, " |\n");
	}
}

static void curve_rows(const struct curve *c, FILE *to)
{
	fprintf(to, "\n### %s\n\n| %s |", c->title, c->unit);
	for (unsigned p = 0; p < c->points; p++)
		fprintf(to, " %.0f |", c->x[p]);
	fprintf(to, "\n|---|");
	for (unsigned p = 0; p < c->points; p++)
		fprintf(to, "--:|");
	for (unsigned l = 0; l < c->lines; l++) {
		fprintf(to, "\n| %s |", c->line[l].label);
		for (unsigned p = 0; p < c->points; p++)
			fprintf(to, " %.0f |", us(c->line[l].at[p].median));
	}
	fprintf(to, "\n");
}

/* The label of a contestant. */
static const char *label_of(const char *name)
{
	for (unsigned i = 0; i < contestant_count; i++)
		if (strcmp(contestants[i].name, name) == 0)
			return contestants[i].label;
	return name;
}

static void busy_row(const struct report *r, unsigned n, FILE *to)
{
	fprintf(to, "| %s |", label_of(busy_names[n]));
	for (unsigned level = 0; level < BUSY_LEVELS; level++) {
		struct summary s = sample_summary(&r->busy[level].open[n]);

		fprintf(to, " %.0f | %.0f |", us(s.median), us(s.p99));
	}
	fprintf(to, "\n");
}

static void busy_rows(const struct report *r, FILE *to)
{
	if (r->busy[0].hogs == 0)
		return;
	fprintf(to,
		"\n## On a busy machine\n\nThe same beside processes that want a processor all the "
		"time (hogs), in one run: medians and 99th percentiles of\nopen, "
		"microseconds.\n\n| what |");
	for (unsigned level = 0; level < BUSY_LEVELS; level++)
		fprintf(to, " %u a processor | 99 %% |", r->busy[level].hogs);
	fprintf(to, "\n|---|");
	for (unsigned level = 0; level < BUSY_LEVELS; level++)
		fprintf(to, "--:|--:|");
	fprintf(to, "\n");
	for (unsigned n = 0; n < BUSY_NAMES; n++)
		busy_row(r, n, to);
}

static void rush_rows(const struct report *r, FILE *to)
{
	if (r->rush.first.count == 0)
		return;
	fprintf(to,
		"\nFirst logins one right behind the other, each of another user: median %.0f, "
		"99 %% %.0f; the bare clone3 to setns: %.0f.\n64 of the bare clone3 to setns at "
		"once, until the last is in: median %.0f.\n64 joins of one user at once, until the "
		"last is in: median %.0f; of "
		"commit 05d68be: %.0f; as many sessions of pam_permit: %.0f.\n",
		us(sample_summary(&r->rush.first).median), us(sample_summary(&r->rush.first).p99),
		us(sample_summary(&r->rush.first_bare).median),
		us(sample_summary(&r->rush.all_bare).median),
		us(sample_summary(&r->rush.crowd).median),
		us(sample_summary(&r->rush.former).median),
		us(sample_summary(&r->rush.permit).median));
}

static void memory_rows(const struct memory *memory, unsigned count, FILE *to)
{
	fprintf(to, "| sets | helper | all anchors | one anchor | kernel, for each set |\n"
		    "|--:|--:|--:|--:|--:|\n");
	for (unsigned i = 0; i < count; i++) {
		const struct memory *m = &memory[i];

		fprintf(to, "| %u | %.0f | %.0f | %.0f | %.0f |\n", m->sets, m->helper_pss,
			m->anchors_pss, m->anchors_pss / m->sets, m->kernel / m->sets);
	}
}

void report_tables(const struct report *r, FILE *to)
{
	fprintf(to, "## What was to be reached\n\n");
	reach_rows(r, to);
	fprintf(to, "\n## Side by side\n\nMedians of %u rounds, microseconds.\n\n", r->rounds);
	contest_rows(r, to);
	busy_rows(r, to);
	rush_rows(r, to);
	fprintf(to, "\n## Growth\n\nMedians, microseconds.\n");
	for (unsigned i = 0; i < r->curve_count; i++)
		curve_rows(&r->curves[i], to);
	fprintf(to, "\n## Memory\n\nKiB; of processes the proportional set size (PSS).\n\n");
	memory_rows(r->memory, r->memory_count, to);
	if (r->former_count) {
		fprintf(to, "\nThe same of the former build, in the same run:\n\n");
		memory_rows(r->former, r->former_count, to);
	}
}

/* The input of gnuplot: contest.dat, and a file for each curve. */
static int write_plot_data(const struct report *r)
{
	char path[512];
	FILE *to;

	(void)snprintf(path, sizeof(path), "%s/contest.dat", bench.out);
	to = fopen(path, "we");
	if (!to)
		return -1;
	for (unsigned i = contestant_count; i > 0; i--) {
		const struct result *c = &r->results[i - 1];
		struct summary s = sample_summary(&c->open);

		if (!c->absent[0])
			fprintf(to, "\"%s\" %g %g %g %d\n", c->who->label, us(s.median), us(s.q1),
				us(s.q3),
				c->who->kind >= CONTEST_FIRST ? 2
				: c->who->bare                ? 1
							      : 0);
	}
	if (fclose(to) != 0)
		return -1;
	for (unsigned i = 0; i < r->curve_count; i++) {
		const struct curve *c = &r->curves[i];

		(void)snprintf(path, sizeof(path), "%s/growth-%s.dat", bench.out, c->name);
		to = fopen(path, "we");
		if (!to)
			return -1;
		fprintf(to, "x");
		for (unsigned l = 0; l < c->lines; l++)
			fprintf(to, " \"%s\"", c->line[l].label);
		for (unsigned p = 0; p < c->points; p++) {
			fprintf(to, "\n%g", c->x[p] > 0 ? c->x[p] : 1);
			for (unsigned l = 0; l < c->lines; l++)
				fprintf(to, " %g", us(c->line[l].at[p].median));
		}
		fprintf(to, "\n");
		if (fclose(to) != 0)
			return -1;
	}
	return 0;
}

int report_write(const struct report *r)
{
	static const struct {
		const char *name;
		void (*write)(const struct report *r, FILE *to);
	} files[] = {{"tables.md", report_tables}, {"results.json", report_json}};

	for (unsigned i = 0; i < 2; i++) {
		char path[512];
		FILE *to;

		(void)snprintf(path, sizeof(path), "%s/%s", bench.out, files[i].name);
		to = fopen(path, "we");
		if (!to)
			return -1;
		files[i].write(r, to);
		if (fclose(to) != 0)
			return -1;
	}
	return write_plot_data(r);
}
