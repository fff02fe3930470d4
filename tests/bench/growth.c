/* SPDX-License-Identifier: MIT */
#include "growth.h"

#include <string.h>
#include <unistd.h>

#include "bench.h"

static struct curve_line *find_line(struct curve *c, const char *label)
{
	for (unsigned i = 0; i < c->lines; i++)
		if (strcmp(c->line[i].label, label) == 0)
			return &c->line[i];
	if (c->lines == CURVE_LINES)
		return NULL;
	c->line[c->lines].label = label;
	return &c->line[c->lines++];
}

void growth_next(struct curve *c, double x)
{
	c->x[c->points++] = x;
	bench_say("%s: %.0f", c->name, x);
}

void growth_add(struct curve *c, const char *label, const struct sample *s)
{
	struct curve_line *line = find_line(c, label);

	if (line)
		line->at[c->points - 1] = sample_summary(s);
}

static void one_turn(const struct task *task, struct timing *t, struct sample *open,
		     struct sample *close)
{
	int r = child_time(task->fn, task->arg, t);

	if (task->settle && instance_settle(task->settle, task->sets) < 0)
		bench_say("%s: the helper does not settle", task->label);
	if (!task->settle)
		(void)usleep(2000);
	if (r < 0) {
		bench_say("%s failed: %s", task->label, t->why);
		return;
	}
	sample_add(open, t->open_ns);
	sample_add(close, t->close_ns);
}

void growth_point(struct curve *c, double x, const struct task *tasks, unsigned count,
		  unsigned rounds)
{
	static struct sample open[CURVE_LINES], close[CURVE_LINES];
	static struct timing *t;

	if (!t)
		t = child_memory(1);
	growth_next(c, x);
	memset(open, 0, sizeof(open));
	memset(close, 0, sizeof(close));
	for (unsigned i = 0; i < count; i++) /* once to get warm */
		(void)child_time(tasks[i].fn, tasks[i].arg, t);
	for (unsigned i = 0; i < count; i++)
		if (tasks[i].settle)
			(void)instance_settle(tasks[i].settle, tasks[i].sets);
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < count; i++)
			one_turn(&tasks[i], t, &open[i], &close[i]);
	for (unsigned i = 0; i < count; i++) {
		growth_add(c, tasks[i].label, &open[i]);
		if (tasks[i].close)
			growth_add(c, tasks[i].close_label, &close[i]);
	}
}
