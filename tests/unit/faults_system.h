/* SPDX-License-Identifier: MIT */
/* A system of a sweep's own, in which its processes, mounts and /proc end with it */
#ifndef NSI_TEST_FAULTS_SYSTEM_H
#define NSI_TEST_FAULTS_SYSTEM_H

#include "tests/unit/faults.h"

/* For run(): calls @run as PID 1 of a system that has mounts and a /proc of its own, in which nobody else is. */
static inline void faults_in_system(struct faults *f, void (*run)(struct faults *f))
{
	int status = 0;
	pid_t pid;

	umask(0);
	faults_check(unshare(CLONE_NEWNS | CLONE_NEWPID) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0,
		     "no system: %s", strerror(errno));
	f->fds = faults_count_fds();
	pid = fork();
	if (pid == 0) {
		faults_check(mount("proc", "/proc", "proc", 0, NULL) == 0, "no /proc");
		run(f);
		_exit(0);
	}
	faults_check(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "status %d",
		     status);
}

static inline unsigned faults_count_processes(void)
{
	DIR *dir = opendir("/proc");
	const struct dirent *e;
	unsigned count = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	while (dir && (e = readdir(dir)) != NULL)
		count += e->d_name[0] >= '1' && e->d_name[0] <= '9';
	if (dir)
		(void)closedir(dir);
	return count;
}

static void (*faults_ward)(struct faults *f);

/* PID 1: reaps what is left to it, and ends with its ward. */
static inline void faults_init(struct faults *f)
{
	const pid_t ward = fork();
	int status = 0;
	pid_t pid;

	if (ward == 0) {
		faults_ward(f);
		_exit(0);
	}
	do
		pid = waitpid(-1, &status, 0);
	while (pid != ward && (pid > 0 || errno != ECHILD));
	if (pid != ward || status != 0)
		_exit(1);
}

/* The same with an init beside @run, for processes that lose their parents. */
static inline void faults_with_init(struct faults *f, void (*run)(struct faults *f))
{
	faults_ward = run;
	faults_in_system(f, faults_init);
}

#endif /* NSI_TEST_FAULTS_SYSTEM_H */
