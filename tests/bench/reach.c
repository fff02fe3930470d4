/* SPDX-License-Identifier: MIT */
/* The goals of the benchmark, and the results against them */
#include <string.h>

#include "report.h"

static double over(const struct report *r, const char *name)
{
	const struct result *found = contest_find(r->results, name);

	return found ? sample_summary(&found->over).median : 0;
}

static double ratio(double a, double b)
{
	return a > 0 && b > 0 ? a / b : 0;
}

static const struct curve *find_curve(const struct report *r, const char *name)
{
	for (unsigned i = 0; i < r->curve_count; i++)
		if (strcmp(r->curves[i].name, name) == 0)
			return &r->curves[i];
	return NULL;
}

static const struct curve_line *find_line(const struct curve *c, const char *label)
{
	for (unsigned i = 0; c && i < c->lines; i++)
		if (strcmp(c->line[i].label, label) == 0)
			return &c->line[i];
	return NULL;
}

/* The dearest point of a line over its cheapest. */
static double growth(const struct report *r, const char *curve, const char *label)
{
	const struct curve *c = find_curve(r, curve);
	const struct curve_line *line = find_line(c, label);
	double least = 0, most = 0;

	for (unsigned p = 0; line && p < c->points; p++) {
		double y = line->at[p].median;

		least = least == 0 || y < least ? y : least;
		most = y > most ? y : most;
	}
	return ratio(most, least);
}

static double last(const struct report *r, const char *curve, const char *label)
{
	const struct curve *c = find_curve(r, curve);
	const struct curve_line *line = find_line(c, label);

	return line ? line->at[c->points - 1].median : 0;
}

static double close_against_join(const struct report *r)
{
	const struct result *join = contest_find(r->results, "join");

	return join ? ratio(sample_summary(&join->close).median, sample_summary(&join->open).median)
		    : 0;
}

/* The memory of a live set, with its anchor and the kernel's part; 0 for no measurement. */
static double live_set(const struct memory *memory, unsigned count)
{
	const struct memory *m = count ? &memory[count - 1] : NULL;

	return m ? (m->anchors_pss + m->kernel) / m->sets : 0;
}

unsigned report_reach(const struct report *r, struct reach *ret, unsigned room)
{
	const struct memory *m = r->memory_count ? &r->memory[r->memory_count - 1] : NULL;
	const struct reach lines[] = {
		{"join, against the bare socket, pidfd, setns",
		 ratio(over(r, "join"), over(r, "bare-join")), 2, "times"},
		{"join, against pam_namespace (user, no init script)",
		 ratio(over(r, "join"), over(r, "namespace-user")), 0.125, "times"},
		{"first login, against the bare clone3 to setns",
		 ratio(over(r, "first"), over(r, "bare-first")), 1.3, "times"},
		{"first login, against pam_namespace (tmpfs, no init script)",
		 ratio(over(r, "first"), over(r, "namespace-tmpfs")), 1, "times"},
		{"join, many mounts against few", growth(r, "mounts", "join"), 1.5, "times"},
		{"join, many rules against few", growth(r, "rules", "join"), 1.5, "times"},
		{"join, many live sets against one", growth(r, "sets", "join"), 1.5, "times"},
		{"close, against the join", close_against_join(r), 1, "times"},
		{"64 joins at once, against half of their sum in turn",
		 ratio(last(r, "logins", "joins at once, until the last is in"),
		       last(r, "logins", "half of their sum in turn")),
		 1.2, "times"},
		{"64 first logins at once, against half of their sum in turn",
		 ratio(last(r, "logins", "first logins at once, until the last is in"),
		       last(r, "logins", "half of their sum in turn (first)")),
		 1.2, "times"},
		{"memory of a set's anchor, PSS", m ? m->anchors_pss / m->sets : 0, 150, "KiB"},
		{"memory of a live set, anchor and kernel, against the former build",
		 ratio(live_set(r->memory, r->memory_count), live_set(r->former, r->former_count)),
		 0.4, "times"},
		{"memory of the helper with the most sets, PSS", m ? m->helper_pss / 1024 : 0, 8,
		 "MiB"},
		{"join right after an edit of a policy of 10,000 rules",
		 last(r, "rules", "join right after an edit") / 1e6, 200, "ms"},
	};
	unsigned count = sizeof(lines) / sizeof(lines[0]);

	count = count < room ? count : room;
	memcpy(ret, lines, count * sizeof(lines[0]));
	return count;
}
