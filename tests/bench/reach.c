/* SPDX-License-Identifier: MIT */
/* The goals of the benchmark, and the results against them */
#include <string.h>

#include "report.h"

static double over(const struct report *r, const char *name)
{
	const struct result *found = contest_find(r->results, name);

	return found ? sample_summary(&found->over).median : 0;
}

static double permit(const struct report *r)
{
	return sample_summary(&r->results[0].open).median;
}

/* On the busiest machine: over pam_permit, as everywhere; percentiles of the whole. */
static const struct busy *busiest(const struct report *r)
{
	return &r->busy[BUSY_LEVELS - 1];
}

static int busy_index(const char *name)
{
	for (int i = 0; i < BUSY_NAMES; i++)
		if (strcmp(busy_names[i], name) == 0)
			return i;
	return 0;
}

static double busy_median(const struct report *r, const char *name)
{
	return sample_summary(&busiest(r)->over[busy_index(name)]).median;
}

static double busy_p99(const struct report *r, const char *name)
{
	return sample_summary(&busiest(r)->open[busy_index(name)]).p99;
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
		 ratio(over(r, "join"), over(r, "namespace-user")), 0.3, "times"},
		{"join, against the join of commit 05d68be",
		 ratio(over(r, "join"), over(r, "join-former")), 1.05, "times"},
		{"join, 10 hogs a processor, median against pam_namespace",
		 ratio(busy_median(r, "join"), busy_median(r, "namespace-user")), 0.6, "times"},
		{"join, 10 hogs a processor, 99th percentile against pam_namespace's",
		 ratio(busy_p99(r, "join"), busy_p99(r, "namespace-user")), 1, "times"},
		{"first login (session), 10 hogs a processor, median against pam_namespace (tmpfs)",
		 ratio(busy_median(r, "session"), busy_median(r, "namespace-tmpfs")), 10, "times",
		 ratio(busy_median(r, "bare-turns"), busy_median(r, "namespace-tmpfs"))},
		{"first login, against the bare clone3 to setns",
		 ratio(over(r, "first"), over(r, "bare-first")), 1.3, "times"},
		{"first login, against pam_namespace (tmpfs, no init script)",
		 ratio(over(r, "first"), over(r, "namespace-tmpfs")), 1, "times"},
		{"first logins one right behind the other, against pam_namespace (tmpfs)",
		 ratio(sample_summary(&r->rush.first).median - permit(r),
		       over(r, "namespace-tmpfs")),
		 1.5, "times",
		 ratio(sample_summary(&r->rush.first_bare).median, over(r, "namespace-tmpfs"))},
		{"64 joins of one user at once, against commit 05d68be",
		 ratio(sample_summary(&r->rush.crowd).median,
		       sample_summary(&r->rush.former).median),
		 0.25, "times",
		 ratio(sample_summary(&r->rush.permit).median,
		       sample_summary(&r->rush.former).median)},
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
		 1.2, "times",
		 ratio(sample_summary(&r->rush.all_bare).median,
		       last(r, "logins", "half of their sum in turn (first)"))},
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
