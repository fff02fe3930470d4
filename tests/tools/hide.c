/* SPDX-License-Identifier: MIT */
/*
 * A program that a look at /proc does not find easily.
 *
 * hide main FILE   ends its main thread; another thread goes on
 * hide hop FILE    forks and lets the parent end, again and again
 *
 * Both write to FILE as long as they live, and end when FILE.end is there, or after a minute.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	HIDE_SECONDS = 60,
	HIDE_HOPS = 100 /* between two signs of life */
};

static int file;
static char end_path[4096];
static time_t deadline;

static int is_over(void)
{
	return access(end_path, F_OK) == 0 || time(NULL) > deadline;
}

static void show(void)
{
	if (write(file, ".", 1) != 1)
		_exit(1);
}

static void *go_on(void *arg)
{
	while (!is_over()) {
		show();
		usleep(100000);
	}
	_exit(0);
	return arg;
}

static int hide_main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, go_on, NULL) != 0)
		return 1;
	pthread_exit(NULL);
}

static int hide_hop(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (unsigned i = 0;; i++) {
		if (i % HIDE_HOPS == 0) {
			show();
			if (is_over())
				return 0;
		}
		if (fork() != 0)
			_exit(0);
		(void)setsid();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	deadline = time(NULL) + HIDE_SECONDS;
	(void)snprintf(end_path, sizeof(end_path), "%s.end", argv[2]);
	if (file < 0)
		return 1;
	return strcmp(argv[1], "main") == 0 ? hide_main() : hide_hop();
}
