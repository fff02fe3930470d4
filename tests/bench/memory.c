/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "login.h"
#include "subject.h"

enum {
	SETS_MAX = 1000
};

/* The sum of lines "KEY: NUMBER kB" of a file of /proc. */
static double sum_of(const char *path, const char *const *keys)
{
	FILE *file = fopen(path, "re");
	char line[256];
	double sum = 0;

	while (file && fgets(line, sizeof(line), file))
		for (const char *const *key = keys; *key; key++) {
			size_t len = strlen(*key);

			if (strncmp(line, *key, len) == 0 && line[len] == ':')
				sum += strtod(line + len + 1, NULL);
		}
	if (file)
		(void)fclose(file); /* read only */
	return sum;
}

static double pss(pid_t pid)
{
	static const char *const keys[] = {"Pss", NULL};
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	return sum_of(path, keys);
}

/* The one that waits for the next set is the helper's: it shares the helper's pages. */
static bool is_spare(pid_t pid)
{
	char path[64], name[32] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	(void)fclose(file); /* read only */
	return strcmp(name, "nsi-spare\n") == 0;
}

static void memory_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return; /* without it more is counted */
	(void)fputs(text, file);
	(void)fclose(file);
}

/*
 * Gives back what the kernel keeps of objects that are gone and of files that were looked at, so that the
 * growth is that of the sets, and no measurement lives on what another one left.
 */
static void memory_shrink(void)
{
	glob_t caches;

	memory_write("/proc/sys/vm/drop_caches", "2\n");
	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches) == 0) {
		for (size_t i = 0; i < caches.gl_pathc; i++)
			memory_write(caches.gl_pathv[i], "1\n");
		globfree(&caches);
	}
}

static double kernel_memory(void)
{
	static const char *const keys[] = {"Slab", "KernelStack", "PageTables", "Percpu", NULL};

	memory_shrink();
	return sum_of("/proc/meminfo", keys);
}

static void look(const struct subject *s, unsigned sets, double before, struct memory *ret)
{
	static pid_t anchors[SETS_MAX + 16];
	unsigned count = instance_anchors(&s->instance, anchors, SETS_MAX + 16);

	*ret = (struct memory){
		.sets = sets,
		.helper_pss = pss(instance_helper(&s->instance)),
		.kernel = kernel_memory() - before,
	};
	for (unsigned i = 0; i < count; i++)
		*(is_spare(anchors[i]) ? &ret->helper_pss : &ret->anchors_pss) += pss(anchors[i]);
	bench_say("memory: %u sets, %u anchors: helper %.0f KiB, anchors %.0f KiB", sets, count,
		  ret->helper_pss, ret->anchors_pss);
}

/* Ends the helper and its sets, whose mounts and file systems would slow down what is measured next. */
static void memory_end(const struct subject *s)
{
	static pid_t anchors[SETS_MAX + 16];
	unsigned count = instance_anchors(&s->instance, anchors, SETS_MAX + 16);

	instance_stop(&s->instance);
	for (unsigned i = 0; i < count; i++)
		(void)kill(anchors[i], SIGKILL); /* the spare is gone already */
	for (int tries = 0; count > 0 && tries < 5000 && kill(anchors[count - 1], 0) == 0; tries++)
		(void)usleep(1000);
}

/* A session that goes without a close and leaves its set to linger: no process of ours is left. */
unsigned memory_run(const char *build, struct memory ret[MEMORY_POINTS])
{
	static const unsigned counts[MEMORY_POINTS] = {1, 100, 1000};
	unsigned points = bench.quick ? 2 : 3, made = 0, p;
	struct timing *t = child_memory(1);
	struct subject s = {0};
	double before;

	if (instance_make(&s.instance, build ? "memory-former" : "memory",
			  "linger = \"1h\"; " SUBJECT_USUAL, NULL, build) < 0)
		return 0;
	s.login = (struct login){.service = s.instance.name, .must_isolate = true};
	sync(); /* writes of other programs are not measured */
	before = kernel_memory();
	for (p = 0; p < points; p++) {
		for (; made < counts[p]; made++) {
			struct login login = s.login;

			(void)snprintf(login.user, sizeof(login.user), "u%u", 100 + made);
			if (child_time(login_run, &login, t) < 0) {
				bench_say("memory: set %u failed: %s", made, t->why);
				return p;
			}
		}
		(void)usleep(500000); /* anchors become small a moment after their set is built */
		look(&s, counts[p], before, &ret[p]);
	}
	memory_end(&s);
	return p;
}
