/* SPDX-License-Identifier: MIT */
/* The results for programs.  Every text in it is ours, but for "absent", which is escaped. */
#include <time.h>

#include "bench.h"
#include "report.h"

static void put_text(FILE *to, const char *text)
{
	(void)fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', to);
		(void)fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
	}
	(void)fputc('"', to);
}

static void put_summary(FILE *to, const char *key, const struct sample *s)
{
	struct summary u = sample_summary(s);

	fprintf(to,
		", \"%s\": { \"median\": %.1f, \"q1\": %.1f, \"q3\": %.1f, \"p95\": %.1f, "
		"\"p99\": %.1f, \"min\": %.1f, \"count\": %u }",
		key, u.median / 1000, u.q1 / 1000, u.q3 / 1000, u.p95 / 1000, u.p99 / 1000,
		u.min / 1000, u.count);
}

static void put_contest(const struct report *r, FILE *to)
{
	fprintf(to, "  \"contest\": [");
	for (unsigned i = 0; i < contestant_count; i++) {
		const struct result *c = &r->results[i];

		fprintf(to, "%s\n    { \"name\": ", i ? "," : "");
		put_text(to, c->who->name);
		fprintf(to, ", \"label\": ");
		put_text(to, c->who->label);
		if (c->absent[0]) {
			fprintf(to, ", \"absent\": ");
			put_text(to, c->absent);
		} else {
			put_summary(to, "open_us", &c->open);
			put_summary(to, "close_us", &c->close);
			put_summary(to, "over_permit_us", &c->over);
		}
		fprintf(to, " }");
	}
	fprintf(to, "\n  ],\n");
}

static void put_busy(const struct report *r, FILE *to)
{
	fprintf(to, "  \"busy\": [");
	for (unsigned level = 0; r->busy[0].hogs && level < BUSY_LEVELS; level++)
		for (unsigned n = 0; n < BUSY_NAMES; n++) {
			fprintf(to, "%s\n    { \"hogs\": %u, \"name\": \"%s\"",
				level || n ? "," : "", r->busy[level].hogs, busy_names[n]);
			put_summary(to, "open_us", &r->busy[level].open[n]);
			put_summary(to, "over_permit_us", &r->busy[level].over[n]);
			fprintf(to, " }");
		}
	fprintf(to, "\n  ],\n");
}

static void put_curve(const struct curve *c, FILE *to)
{
	fprintf(to, "    { \"name\": \"%s\", \"x\": [", c->name);
	for (unsigned p = 0; p < c->points; p++)
		fprintf(to, "%s%g", p ? ", " : "", c->x[p]);
	fprintf(to, "], \"lines\": [");
	for (unsigned l = 0; l < c->lines; l++) {
		fprintf(to, "%s\n      { \"label\": ", l ? "," : "");
		put_text(to, c->line[l].label);
		fprintf(to, ", \"median_us\": [");
		for (unsigned p = 0; p < c->points; p++)
			fprintf(to, "%s%.1f", p ? ", " : "", c->line[l].at[p].median / 1000);
		fprintf(to, "], \"q1_us\": [");
		for (unsigned p = 0; p < c->points; p++)
			fprintf(to, "%s%.1f", p ? ", " : "", c->line[l].at[p].q1 / 1000);
		fprintf(to, "], \"q3_us\": [");
		for (unsigned p = 0; p < c->points; p++)
			fprintf(to, "%s%.1f", p ? ", " : "", c->line[l].at[p].q3 / 1000);
		fprintf(to, "] }");
	}
	fprintf(to, "\n    ] }");
}

static void put_memory(const char *name, const struct memory *memory, unsigned count, FILE *to)
{
	fprintf(to, "  \"%s\": [", name);
	for (unsigned i = 0; i < count; i++)
		fprintf(to,
			"%s\n    { \"sets\": %u, \"helper_pss\": %.0f, \"anchors_pss\": %.0f, "
			"\"kernel\": %.0f }",
			i ? "," : "", memory[i].sets, memory[i].helper_pss, memory[i].anchors_pss,
			memory[i].kernel);
	fprintf(to, "\n  ],\n");
}

static void put_reach(const struct report *r, FILE *to)
{
	struct reach lines[32];
	unsigned count = report_reach(r, lines, 32);

	fprintf(to, "  \"reach\": [");
	for (unsigned i = 0; i < count; i++) {
		fprintf(to, "%s\n    { \"what\": ", i ? "," : "");
		put_text(to, lines[i].what);
		fprintf(to, ", \"limit\": %g, \"unit\": \"%s\"", lines[i].limit, lines[i].unit);
		if (lines[i].got > 0)
			fprintf(to, ", \"measured\": %.3f, \"reached\": %s", lines[i].got,
				lines[i].got <= lines[i].limit ? "true" : "false");
		if (lines[i].floor > 0)
			fprintf(to, ", \"floor\": %.3f", lines[i].floor);
		fprintf(to, " }");
	}
	fprintf(to, "\n  ]\n");
}

void report_json(const struct report *r, FILE *to)
{
	fprintf(to,
		"{\n  \"version\": 1,\n  \"time\": %lld,\n  \"quick\": %s,\n  \"rounds\": %u,\n",
		(long long)time(NULL), bench.quick ? "true" : "false", r->rounds);
	put_contest(r, to);
	fprintf(to, "  \"growth\": [\n");
	for (unsigned i = 0; i < r->curve_count; i++) {
		put_curve(&r->curves[i], to);
		fprintf(to, "%s\n", i + 1 < r->curve_count ? "," : "");
	}
	fprintf(to, "  ],\n");
	put_busy(r, to);
	put_memory("memory_kib", r->memory, r->memory_count, to);
	put_memory("memory_former_kib", r->former, r->former_count, to);
	put_reach(r, to);
	fprintf(to, "}\n");
}
