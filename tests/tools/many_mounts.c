/* SPDX-License-Identifier: MIT */
/*
 * many_mounts SMALL BITS PROCESSES: an ordinary user's mount namespaces.  SMALL of them have one process and
 * a few mounts; another has 2^BITS bind mounts on a long path more, and PROCESSES processes share it.  Prints
 * "ready" when all are there, or "cannot WHAT: WHY", and ends after two minutes or when it is killed; the
 * others end with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MANY_SECONDS = 120,
	MANY_NAME = 250, /* bytes of each directory's name */
	MANY_DEPTH = 13, /* directories: mountinfo has a path of nearly 4 KiB in each line */
};

static void many_give_up(const char *what)
{
	printf("cannot %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void many_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		many_give_up(path);
	close(fd);
}

static void many_unshare(void)
{
	const unsigned uid = getuid(), gid = getgid();
	char map[32];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		many_give_up("make namespaces");
	many_put("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "0 %u 1\n", uid);
	many_put("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof(map), "0 %u 1\n", gid);
	many_put("/proc/self/gid_map", map);
}

static void many_mount(int bits)
{
	char name[MANY_NAME + 1];

	memset(name, 'x', MANY_NAME);
	name[MANY_NAME] = '\0';
	if (mount("many", "/mnt", "tmpfs", 0, "") < 0 || chdir("/mnt") < 0)
		many_give_up("mount a tmpfs");
	for (int i = 0; i < MANY_DEPTH; i++)
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			many_give_up("make directories");
	if (mkdir("t", 0700) < 0 || mount("t", "t", NULL, MS_BIND, NULL) < 0)
		many_give_up("bind a directory");
	for (int i = 0; i < bits; i++) { /* each doubles what is there */
		(void)snprintf(name, sizeof(name), "t/%d", i);
		if (mkdir(name, 0700) < 0 || mount("t", name, NULL, MS_BIND | MS_REC, NULL) < 0)
			many_give_up("bind as many");
	}
}

/* A child that ends with the first of them all; it goes on in the caller. */
static int many_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		many_give_up("fork");
	if (pid == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		many_give_up("end with the parent");
	return pid == 0;
}

static void many_sleep(void)
{
	alarm(MANY_SECONDS);
	pause();
	_exit(0);
}

int main(int argc, char **argv)
{
	int made[2];
	char byte;

	if (argc != 4 || pipe2(made, O_CLOEXEC) < 0)
		return 2;
	for (int i = 0; i < atoi(argv[1]); i++)
		if (many_fork()) {
			many_unshare();
			close(made[1]);
			many_sleep();
		}
	if (many_fork()) {
		many_unshare();
		many_mount(atoi(argv[2]));
		for (int i = 1; i < atoi(argv[3]); i++)
			if (many_fork()) {
				close(made[1]);
				many_sleep();
			}
		close(made[1]);
		many_sleep();
	}
	close(made[1]);
	if (read(made[0], &byte, 1) != 0) /* its end: all have come as far as they can */
		return 1;
	printf("ready\n");
	fflush(stdout);
	many_sleep();
}
