/* SPDX-License-Identifier: MIT */
#include "instance.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "login.h"

int instance_write_config(const struct instance *i, const char *policy, const char *rules)
{
	char temp[128];
	FILE *file;

	(void)snprintf(temp, sizeof(temp), "%s.new", i->config);
	file = fopen(temp, "we");
	if (!file)
		return -1;
	(void)fprintf(file, "version = 1;\npolicies = { p = { %s }; };\nrules = ( %s );\n", policy,
		      rules ? rules : "{ policy = \"p\"; }");
	if (fclose(file) != 0 || chmod(temp, 0644) < 0)
		return -1;
	return rename(temp, i->config);
}

int instance_make(struct instance *ret, const char *name, const char *policy, const char *rules,
		  const char *build)
{
	char lines[768], module[256] = "pam_nsisolate.so", helper[256] = "";

	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	(void)snprintf(ret->config, sizeof(ret->config), "/etc/bench/%s.conf", name);
	(void)snprintf(ret->rundir, sizeof(ret->rundir), "/run/bench/%s", name);
	if (instance_write_config(ret, policy, rules) < 0)
		return -1;
	if (build) {
		(void)snprintf(module, sizeof(module), "%s/pam_nsisolate.so", build);
		(void)snprintf(helper, sizeof(helper), "helper=%s/nsisolate-helper", build);
	}
	(void)snprintf(lines, sizeof(lines),
		       "session required %s config=%s rundir=%s "
		       "statedir=/var/lib/bench-%s timeout=25 %s",
		       module, ret->config, ret->rundir, name, helper);
	return login_write_service(name, lines);
}

static bool is_number(const char *s)
{
	return s[0] != '\0' && strspn(s, "0123456789") == strlen(s);
}

static unsigned count_entries(const char *path, bool (*counts)(const char *name))
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	unsigned count = 0;

	while (dir && (e = readdir(dir)) != NULL)
		count += counts(e->d_name);
	if (dir)
		(void)closedir(dir); /* read only */
	return count;
}

unsigned instance_sets(const struct instance *i)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/sets", i->rundir);
	return count_entries(path, is_number);
}

static bool is_no_dot(const char *name)
{
	return name[0] != '.';
}

/* The number of entries that the sweeper has not deleted yet. */
static unsigned trash(const struct instance *i)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/var/lib/bench-%s/trash", i->name);
	return count_entries(path, is_no_dot);
}

int instance_settle(const struct instance *i, unsigned sets)
{
	double end = child_now_ns() + 20e9;

	while (instance_sets(i) != sets || trash(i) > 0) {
		if (child_now_ns() > end)
			return -1;
		(void)usleep(500);
	}
	(void)usleep(10000); /* the log, ends of processes, a spare anchor */
	return trash(i) > 0 ? instance_settle(i, sets) : 0; /* a deletion that has just begun */
}

/* The value of a line "KEY:\tNUMBER" of /proc/PID/status. */
static long status_value(const char *pid, const char *key)
{
	char path[64], line[256];
	long value = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	file = fopen(path, "re");
	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
			value = strtol(line + strlen(key) + 1, NULL, 10);
	if (file)
		(void)fclose(file); /* read only */
	return value;
}

static bool is_helper(const char *pid, const struct instance *i)
{
	char path[64], text[1024] = "", want[128];
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file); /* read only */
	for (size_t at = 0; at < n; at++)
		if (text[at] == '\0')
			text[at] = ' ';
	(void)snprintf(want, sizeof(want), "--rundir %s ", i->rundir);
	return strstr(text, "nsisolate-helper") && strstr(text, want);
}

pid_t instance_helper(const struct instance *i)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;
	pid_t found = 0;

	/* Its children look alike until they have a title of their own; it is init's. */
	while (found == 0 && proc && (e = readdir(proc)) != NULL)
		if (is_number(e->d_name) && is_helper(e->d_name, i) &&
		    status_value(e->d_name, "PPid") == 1)
			found = (pid_t)strtol(e->d_name, NULL, 10);
	if (proc)
		(void)closedir(proc); /* read only */
	return found;
}

unsigned instance_anchors(const struct instance *i, pid_t *pids, unsigned room)
{
	pid_t helper = instance_helper(i);
	DIR *proc = opendir("/proc");
	const struct dirent *e;
	unsigned count = 0;

	while (helper && proc && (e = readdir(proc)) != NULL && count < room)
		if (is_number(e->d_name) && status_value(e->d_name, "PPid") == helper)
			pids[count++] = (pid_t)strtol(e->d_name, NULL, 10);
	if (proc)
		(void)closedir(proc); /* read only */
	return count;
}

void instance_take_spare(const struct instance *i)
{
	pid_t pids[4];
	unsigned count = instance_anchors(i, pids, 4);

	for (unsigned n = 0; n < count; n++)
		(void)kill(pids[n], SIGKILL); /* gone already is as good */
	(void)usleep(1000);                   /* for the helper to see it */
}

void instance_stop(const struct instance *i)
{
	pid_t pid;

	for (int tries = 0; tries < 2000 && (pid = instance_helper(i)) != 0; tries++) {
		(void)kill(pid, SIGTERM);
		(void)usleep(1000);
	}
}
