/* SPDX-License-Identifier: MIT */
/*
 * Runs a program on a terminal of its own, with typed input.
 *
 * ptyrun [-e TEXT -s LINE]... CMD [ARG...]: runs CMD on a terminal of its own; whenever the next
 * TEXT has come out, types LINE.  Copies what comes out; ends with the status of CMD.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"

enum {
	STEPS_MAX = 16
};

struct step {
	const char *expect;
	const char *send;
};

struct talk {
	struct step steps[STEPS_MAX];
	unsigned count;
	unsigned next;
	char seen[65536]; /* since the last line was typed */
	size_t length;
};

static int open_terminal(int *ret_slave)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	*ret_slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0 || ioctl(*ret_slave, TIOCSWINSZ, &size) < 0)
		return -1;
	return master;
}

static _Noreturn void run_child(int slave, char **argv)
{
	(void)setsid(); /* cannot fail in a process that was just forked */
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(126);
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			_exit(126);
	if (setenv("TERM", "dumb", 1) < 0)
		_exit(126);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* Types the next line if what it waits for has come. */
static int answer(struct talk *talk, int master)
{
	const struct step *step = &talk->steps[talk->next];

	talk->seen[talk->length] = '\0';
	if (talk->next == talk->count || !strstr(talk->seen, step->expect))
		return 0;
	talk->next++;
	talk->length = 0;
	if (fd_write_all(master, step->send, strlen(step->send)) < 0)
		return -1;
	return fd_write_all(master, "\n", 1);
}

static int converse(struct talk *talk, int master)
{
	for (;;) {
		char *room = talk->seen + talk->length;
		ssize_t got = read(master, room, sizeof(talk->seen) - 1 - talk->length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) /* EIO: the last one has closed its terminal */
			return 0;
		if (fd_write_all(STDOUT_FILENO, room, (size_t)got) < 0)
			return -1;
		talk->length += (size_t)got;
		if (answer(talk, master) < 0)
			return -1;
		if (talk->length == sizeof(talk->seen) - 1)
			talk->length = 0;
	}
}

static int read_steps(struct talk *talk, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+e:s:")) != -1) {
		struct step *step = &talk->steps[talk->count];

		if (talk->count == STEPS_MAX)
			return -1;
		if (option == 'e') {
			step->expect = optarg;
		} else if (option == 's' && step->expect) {
			step->send = optarg;
			talk->count++;
		} else {
			return -1;
		}
	}
	return optind < argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct talk talk;
	int master;
	int slave;
	int status;
	pid_t pid;

	if (read_steps(&talk, argc, argv) < 0) {
		fprintf(stderr, "usage: ptyrun [-e TEXT -s LINE]... CMD [ARG...]\n");
		return 2;
	}
	master = open_terminal(&slave);
	if (master < 0) {
		perror("ptyrun");
		return 1;
	}
	pid = fork();
	if (pid == 0)
		run_child(slave, argv + optind);
	close(slave);
	if (pid < 0 || converse(&talk, master) < 0 || waitpid(pid, &status, 0) < 0) {
		perror("ptyrun");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
