/* SPDX-License-Identifier: MIT */
/* Costs that grow with the number of mounts, rules, sets or files */
#ifndef NSI_BENCH_GROWTH_H
#define NSI_BENCH_GROWTH_H

#include "child.h"
#include "instance.h"
#include "sample.h"

enum {
	CURVE_POINTS = 8,
	CURVE_LINES = 8
};

/* Times in nanoseconds at each x. */
struct curve {
	const char *name;
	const char *title;
	const char *unit; /* of x */
	unsigned points;
	double x[CURVE_POINTS];
	unsigned lines;
	struct curve_line {
		const char *label;
		struct summary at[CURVE_POINTS];
	} line[CURVE_LINES];
};

/* One line of a curve at a point: what is run, and what to wait for afterwards. */
struct task {
	const char *label;
	child_fn fn;
	const void *arg;
	const struct instance *settle; /* NULL: nothing of ours */
	unsigned sets;                 /* that are left then */
	bool close;                    /* its close is another line */
	const char *close_label;
};

/* Runs the tasks in turns and adds their figures as the curve's next point. */
void growth_point(struct curve *c, double x, const struct task *tasks, unsigned count,
		  unsigned rounds);

/* Adds figures that were had otherwise to the point that is being made. */
void growth_add(struct curve *c, const char *label, const struct sample *s);

/* The next x. */
void growth_next(struct curve *c, double x);

/* The curves, one function each. */
void growth_mounts(struct curve *c);
void growth_rules(struct curve *c);
void growth_sets(struct curve *c);
void growth_groups(struct curve *c);
void growth_logins(struct curve *c);
void growth_files(struct curve *c);

#endif /* NSI_BENCH_GROWTH_H */
