/* SPDX-License-Identifier: MIT */
/* Many logins at once, and many files to delete: what others have to wait for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "growth.h"
#include "login.h"
#include "subject.h"

enum {
	LOGINS_MAX = 64
};

static struct login logins[LOGINS_MAX];

static void fill_logins(const struct subject *s)
{
	for (unsigned i = 0; i < LOGINS_MAX; i++) {
		logins[i] = s->login;
		(void)snprintf(logins[i].user, sizeof(logins[i].user), "u%u", 100 + i);
	}
}

/* One after the other: the sum. */
static double in_turn(const struct subject *s, unsigned count, struct timing *t)
{
	double sum = 0;

	for (unsigned i = 0; i < count; i++) {
		if (child_time(login_run, &logins[i], t) < 0)
			return -1;
		sum += t->open_ns;
		(void)instance_settle(&s->instance, s->sets);
	}
	return sum;
}

static void race(struct curve *c, const struct subject *s, unsigned count, const char *at_once,
		 const char *halved)
{
	static struct sample together, serial;
	struct timing *timings = child_memory(LOGINS_MAX);

	together.count = serial.count = 0;
	for (unsigned i = 0; i < (bench.quick ? 3u : 5u); i++) {
		double ns = child_race(login_run, logins, sizeof(logins[0]), count,
				       login_warm_process, timings);

		(void)instance_settle(&s->instance, s->sets);
		if (ns > 0)
			sample_add(&together, ns);
		else
			bench_say("%s: %u logins failed: %s", at_once, count, timings[0].why);
		ns = in_turn(s, count, timings);
		if (ns > 0)
			sample_add(&serial, ns / 2);
	}
	growth_add(c, at_once, &together);
	growth_add(c, halved, &serial);
}

void growth_logins(struct curve *c)
{
	static const unsigned counts[] = {1, 2, 4, 8, 16, 32, 64};
	struct subject first, join;
	struct crowd live;

	*c = (struct curve){.name = "logins", .title = "logins at once", .unit = "logins"};
	if (crowd_init(&live, LOGINS_MAX) < 0 ||
	    subject_make(&first, "logins-first", SUBJECT_USUAL, NULL, "u1", false) < 0 ||
	    subject_make(&join, "logins-join", SUBJECT_USUAL, NULL, "u1", true) < 0)
		return;
	fill_logins(&join);
	for (unsigned i = 0; i < LOGINS_MAX; i++)
		if (crowd_enter(&live, login_run, &logins[i]) < 0)
			return;
	join.sets = LOGINS_MAX + 1;
	for (unsigned p = 0; p < 7; p += bench.quick ? 6 : 1) {
		growth_next(c, counts[p]);
		fill_logins(&join);
		race(c, &join, counts[p], "joins at once, until the last is in",
		     "half of their sum in turn");
		fill_logins(&first);
		race(c, &first, counts[p], "first logins at once, until the last is in",
		     "half of their sum in turn (first)");
	}
	crowd_leave(&live);
	subject_done(&join);
	subject_done(&first);
}

static unsigned files_wanted;

static void leave_files(struct timing *t)
{
	char path[48];

	(void)t;
	(void)alarm(0);
	for (unsigned i = 0; i < files_wanted; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "/tmp/%u", i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
	}
}

static void login_and_litter(const void *login, struct timing *t, void (*hold)(struct timing *))
{
	(void)hold;
	login_run(login, t, leave_files);
}

void growth_files(struct curve *c)
{
	static const unsigned counts[] = {0, 1000, 10000, 100000};
	static const char policy[] =
		"namespaces = [ \"mount\" ]; "
		"directories = ( { path = \"/tmp\"; method = \"disk\"; retain = \"session\"; } );";
	struct subject s;

	*c = (struct curve){.name = "files", .title = "files to delete at logout", .unit = "files"};
	if (subject_make(&s, "files", policy, NULL, "u2", false) < 0)
		return;
	for (unsigned p = 0; p < (bench.quick ? 3u : 4u); p++) {
		struct task task = subject_task(&s, "open");

		task.fn = login_and_litter;
		task.close = true;
		task.close_label = "close";
		files_wanted = counts[p];
		growth_point(c, counts[p], &task, 1, counts[p] > 10000 ? 4 : bench.quick ? 5 : 20);
	}
	subject_done(&s);
}
