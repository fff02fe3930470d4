/* SPDX-License-Identifier: MIT */
/*
 * The attributes of the process that a PAM module runs in.
 *
 * A session module for tests: at each hook, and when its data is cleaned up, appends a record to
 * file=PATH: a line "== TAG HOOK" and then one line "KEY VALUE" for each thing that a module may
 * not change behind the back of its host.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include "base/cleanup.h"

struct probe {
	const char *file;
	char tag[32];
	char path[PATH_MAX];
};

/* "Key:\tvalue\tvalue" */
static void record_status_line(FILE *out, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return;
	*colon = '\0';
	for (char *c = colon + 1; *c; c++)
		if (*c == '\t')
			*c = ' ';
	fprintf(out, "status-%s%s", line, colon + 1);
}

/* The lines of /proc/self/status that say who and what the process is. */
static void record_status(FILE *out)
{
	static const char *const wanted[] = {"Uid",    "Gid",    "Groups",    "Threads", "SigBlk",
					     "SigIgn", "SigCgt", "CapInh",    "CapPrm",  "CapEff",
					     "CapBnd", "CapAmb", "NoNewPrivs"};
	NSI_AUTO_FILE FILE *in = fopen("/proc/self/status", "re");
	char line[16384];

	while (in && fgets(line, sizeof(line), in))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				record_status_line(out, line);
}

static void record_limits(FILE *out)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = {0};

		(void)getrlimit((__rlimit_resource_t)i, &limit); /* a bad number shows as 0 0 */
		fprintf(out, "rlimit-%d %ju %ju\n", i, (uintmax_t)limit.rlim_cur,
			(uintmax_t)limit.rlim_max);
	}
}

/* A timer runs on by itself: what must stay is whether it runs, and its period. */
static void record_timers(FILE *out)
{
	for (int i = 0; i <= ITIMER_PROF; i++) {
		struct itimerval timer = {0};

		(void)getitimer((__itimer_which_t)i, &timer);
		fprintf(out, "itimer-%d %s %ld\n", i,
			timer.it_value.tv_sec || timer.it_value.tv_usec ? "on" : "off",
			(long)timer.it_interval.tv_sec);
	}
}

static void record_environment(FILE *out)
{
	for (char **e = environ; e && *e; e++)
		fprintf(out, "environ %s\n", *e);
}

static long mount_of(int fd)
{
	NSI_AUTO_FILE FILE *in = NULL;
	char path[64];
	char line[256];
	long id = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "mnt_id: %ld", &id) == 1)
			break;
	return id;
}

/* @mine: descriptors of this record itself. */
static void record_fds(FILE *out)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char target[PATH_MAX];
		int fd = atoi(entry->d_name);
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (length < 0 || fd == dirfd(dir) || fd == fileno(out))
			continue;
		target[length] = '\0';
		fprintf(out, "fd-%d %s flags=%x mount=%ld\n", fd, target,
			(unsigned)fcntl(fd, F_GETFD), mount_of(fd));
	}
	if (dir)
		closedir(dir);
}

static void record_link(FILE *out, const char *key, const char *path)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length >= 0)
		target[length] = '\0';
	fprintf(out, "%s %s\n", key, length < 0 ? "?" : target);
}

static void record_namespaces(FILE *out)
{
	static const char *const types[] = {
		"mnt", "ipc", "uts", "net", "pid", "cgroup", "user", "time", "pid_for_children"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		char key[32];
		char path[64];

		(void)snprintf(key, sizeof(key), "ns-%s", types[i]);
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", types[i]);
		record_link(out, key, path);
	}
}

static void record_all(FILE *out)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	fprintf(out, "pid %d\numask %04o\n", (int)getpid(), (unsigned)mask);
	record_link(out, "cwd", "/proc/self/cwd");
	record_link(out, "root", "/proc/self/root");
	record_status(out);
	record_limits(out);
	record_timers(out);
	record_environment(out);
	record_fds(out);
	record_namespaces(out);
}

static void record(const char *path, const char *tag, const char *hook)
{
	NSI_AUTO_FILE FILE *out = fopen(path, "ae");

	if (!out)
		return;
	fprintf(out, "== %s %s\n", tag, hook);
	record_all(out);
}

static void cleanup(pam_handle_t *pamh, void *data, int status)
{
	struct probe *probe = data;

	(void)pamh;
	if (probe)
		record(probe->path, probe->tag,
		       status & PAM_DATA_SILENT ? "cleanup-silent" : "cleanup");
	free(probe);
}

static struct probe parse(int argc, const char **argv)
{
	struct probe probe = {.file = "/run/rig/probe", .tag = "probe"};

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "file=", 5) == 0)
			probe.file = argv[i] + 5;
		else if (strncmp(argv[i], "tag=", 4) == 0)
			(void)snprintf(probe.tag, sizeof(probe.tag), "%s", argv[i] + 4);
	}
	(void)snprintf(probe.path, sizeof(probe.path), "%s", probe.file);
	return probe;
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct probe probe = parse(argc, argv);
	struct probe *kept = malloc(sizeof(*kept));
	char name[64];

	(void)flags;
	if (!kept)
		return PAM_BUF_ERR;
	*kept = probe;
	(void)snprintf(name, sizeof(name), "probe-%s", probe.tag);
	if (pam_set_data(pamh, name, kept, cleanup) != PAM_SUCCESS) {
		free(kept);
		return PAM_SYSTEM_ERR;
	}
	record(probe.path, probe.tag, "open");
	return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct probe probe = parse(argc, argv);

	(void)pamh;
	(void)flags;
	record(probe.path, probe.tag, "close");
	return PAM_SUCCESS;
}
