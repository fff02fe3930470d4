/* SPDX-License-Identifier: MIT */
/*
 * Does a login that comes while the last session of a set is leaving ever get into a dying set?
 *
 * racer SERVICE USER ROUNDS: in each round one process opens and closes a session; another opens
 * one at a random moment around that, leaves a file in /tmp, and a third must find the file, as
 * must the second when it looks again.  Prints how many rounds joined the old set and how many got
 * a new one; ends with 1 if anything went wrong.
 */
#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FIRST_STAYS_US = 4000,
	SECOND_COMES_US = 30000,
	BROKEN = 90
};

static const char *service, *user;

static int refuse(int count, const struct pam_message **messages, struct pam_response **answers,
		  void *data)
{
	(void)count;
	(void)messages;
	(void)data;
	*answers = NULL;
	return PAM_CONV_ERR;
}

static pam_handle_t *enter(void)
{
	static const struct pam_conv conv = {refuse, NULL};
	pam_handle_t *pamh = NULL;
	int code;

	if (pam_start(service, user, &conv, &pamh) != PAM_SUCCESS)
		_exit(BROKEN);
	code = pam_open_session(pamh, 0);
	if (code != PAM_SUCCESS) {
		fprintf(stderr, "racer: refused: %s\n", pam_strerror(pamh, code));
		_exit(BROKEN + 1);
	}
	return pamh;
}

static void leave(pam_handle_t *pamh)
{
	if (pam_close_session(pamh, 0) != PAM_SUCCESS)
		_exit(BROKEN + 2);
	(void)pam_end(pamh, PAM_SUCCESS);
}

/* Opens, stays a moment, closes; tells the inode of its mount namespace. */
static void first(int out, unsigned stays_us)
{
	pam_handle_t *pamh = enter();
	struct stat st = {0};

	if (stat("/proc/self/ns/mnt", &st) < 0 || write(out, &st.st_ino, sizeof(st.st_ino)) < 0)
		_exit(BROKEN + 3);
	(void)usleep(stays_us);
	leave(pamh);
	_exit(0);
}

static bool is_there(const char *name)
{
	return access(name, F_OK) == 0;
}

/* Comes, leaves a file, has a third come and look, and looks again. */
static void second(int out, unsigned comes_us, const char *name)
{
	pam_handle_t *pamh;
	struct stat st = {0};
	int status = 0, fd;
	pid_t third;

	(void)usleep(comes_us);
	third = fork();
	if (third == 0) { /* before the file is there: its parent's pipe tells when */
		int ready;

		while ((ready = open("/run/racer", O_RDONLY | O_CLOEXEC)) < 0)
			(void)usleep(500);
		close(ready);
		pamh = enter();
		status = is_there(name) ? 0 : BROKEN + 4;
		leave(pamh);
		_exit(status);
	}
	pamh = enter();
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || stat("/proc/self/ns/mnt", &st) < 0 ||
	    write(out, &st.st_ino, sizeof(st.st_ino)) < 0)
		_exit(BROKEN + 5);
	close(fd);
	close(open("/run/racer", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	if (waitpid(third, &status, 0) < 0 || status != 0)
		_exit(BROKEN + 6);
	status = is_there(name) && unlink(name) == 0 ? 0 : BROKEN + 7;
	leave(pamh);
	_exit(status);
}

/* Returns 1 if the second joined the first's set, 0 if it got another, -1 if anything was wrong. */
static int race_once(unsigned round)
{
	int ends[2][2], status;
	ino_t seen[2] = {0};
	char name[64];
	pid_t pids[2];
	bool good = true;

	(void)snprintf(name, sizeof(name), "/tmp/racer-%u", round);
	(void)unlink("/run/racer");
	for (int i = 0; i < 2; i++) {
		if (pipe2(ends[i], O_CLOEXEC) < 0)
			return -1;
		pids[i] = fork();
		if (pids[i] == 0 && i == 0)
			first(ends[i][1], (unsigned)random() % FIRST_STAYS_US);
		else if (pids[i] == 0)
			second(ends[i][1], (unsigned)random() % SECOND_COMES_US, name);
		close(ends[i][1]);
	}
	for (int i = 0; i < 2; i++) {
		if (read(ends[i][0], &seen[i], sizeof(seen[i])) != sizeof(seen[i]))
			good = false;
		close(ends[i][0]);
		if (waitpid(pids[i], &status, 0) < 0 || status != 0) {
			fprintf(stderr, "racer: round %u: process %d: status %d\n", round, i + 1,
				WEXITSTATUS(status));
			good = false;
		}
	}
	return good ? seen[0] == seen[1] : -1;
}

int main(int argc, char **argv)
{
	unsigned rounds, joined = 0, bad = 0;

	if (argc != 4)
		return 2;
	service = argv[1];
	user = argv[2];
	rounds = (unsigned)strtoul(argv[3], NULL, 10);
	srandom(20261122);
	for (unsigned i = 0; i < rounds; i++) {
		int r = race_once(i);

		joined += r > 0;
		bad += r < 0;
	}
	(void)unlink("/run/racer");
	printf("%u rounds: %u joined, %u got a new set, %u went wrong\n", rounds, joined,
	       rounds - joined - bad, bad);
	return bad > 0;
}
