/* SPDX-License-Identifier: MIT */
/*
 * A login that races the last logout of a set.
 *
 * racer SERVICE USER ROUNDS [SETS]: in each round one process opens and closes a session; another
 * opens one, leaves a file in /tmp, and a third must find the file, as must the second when it
 * looks again.  The rounds take turns:
 *
 *   held    the first closes only when the second is in: the second must join the first's set
 *   after   the second comes when SETS, the directory of the helper's records, has none left:
 *           it must get a new set.  Without SETS these rounds are left out.
 *   raced   the second comes at a moment around the close, which moves towards the end of the set
 *           after a round that joined, and away from it after one that did not
 *
 * SEED in the environment is another order of moments.  Prints the counts; ends with 1 if anything went wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FIRST_STAYS_US = 4000,
	SECOND_COMES_US = 8000,
	SECOND_COMES_AT_MOST_US = 200000,
	BROKEN = 90
};

static const char *service, *user;
static char
	ready_path[80]; /* a file that tells the third process that the second has left its own */

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

/* Writes the number of the session's set to @out.  Not the inode of a namespace: that is used again. */
static void tell_set(pam_handle_t *pamh, int out)
{
	const char *text = pam_getenv(pamh, "NSISOLATE_SET");
	unsigned long long set = text ? strtoull(text, NULL, 10) : 0;

	if (set == 0 || write(out, &set, sizeof(set)) != sizeof(set))
		_exit(BROKEN + 3);
}

static bool read_set(int in, unsigned long long *ret)
{
	return read(in, ret, sizeof(*ret)) == sizeof(*ret);
}

static void leave(pam_handle_t *pamh)
{
	if (pam_close_session(pamh, 0) != PAM_SUCCESS)
		_exit(BROKEN + 2);
	(void)pam_end(pamh, PAM_SUCCESS);
}

/* The event that the two processes of a round wait for. */
struct round {
	unsigned number;
	enum {
		ROUND_HELD,
		ROUND_AFTER,
		ROUND_RACED
	} type;
	unsigned stays_us, comes_us; /* raced */
	int hold[2];                 /* held: its end tells the first to close */
};

/* Opens, tells its set, stays as the round says, closes. */
static void first(int out, const struct round *round)
{
	pam_handle_t *pamh = enter();
	char end;

	tell_set(pamh, out);
	close(round->hold[1]);
	if (round->type == ROUND_HELD && read(round->hold[0], &end, 1) != 0)
		_exit(BROKEN + 8);
	(void)usleep(round->stays_us);
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
	int status = 0, fd;
	pid_t third;

	(void)usleep(comes_us);
	third = fork();
	if (third == 0) { /* before the file is there: its parent's pipe tells when */
		int ready = -1;

		for (int i = 0; ready < 0 && i < 60000;
		     i++) { /* its parent may have been refused */
			ready = open(ready_path, O_RDONLY | O_CLOEXEC);
			(void)usleep(ready < 0 ? 500 : 0);
		}
		if (ready < 0)
			_exit(BROKEN + 9);
		close(ready);
		pamh = enter();
		status = is_there(name) ? 0 : BROKEN + 4;
		leave(pamh);
		_exit(status);
	}
	pamh = enter();
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		_exit(BROKEN + 5);
	tell_set(pamh, out);
	close(fd);
	close(open(ready_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	if (waitpid(third, &status, 0) < 0 || status != 0)
		_exit(BROKEN + 6);
	status = is_there(name) && unlink(name) == 0 ? 0 : BROKEN + 7;
	leave(pamh);
	_exit(status);
}

/* Waits until no record of a set is left.  False after a minute, or if @sets cannot be read. */
static bool wait_for_end(const char *sets)
{
	for (int i = 0; i < 120000; i++) {
		DIR *dir = opendir(sets);
		struct dirent *entry;
		bool any = false;

		if (!dir)
			return errno == ENOENT;
		while (!any && (entry = readdir(dir)) != NULL)
			any = entry->d_name[0] != '.';
		closedir(dir);
		if (!any)
			return true;
		(void)usleep(500);
	}
	return false;
}

/* Starts the first process of @round, or the second.  Returns its pid; the end to read in @ret. */
static pid_t start(const struct round *round, bool is_first, const char *name, int *ret)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0 && is_first)
		first(ends[1], round);
	if (pid == 0)
		second(ends[1], round->comes_us, name);
	close(ends[1]);
	*ret = ends[0];
	return pid;
}

static bool finish(const struct round *round, int nth, pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) == pid && status == 0)
		return true;
	fprintf(stderr, "racer: round %u: process %d: status %d\n", round->number, nth,
		WEXITSTATUS(status));
	return false;
}

/* Returns 1 if the second joined the first's set, 0 if it got another, -1 if anything was wrong. */
static int race_once(struct round *round, const char *sets)
{
	unsigned long long seen[2] = {0};
	pid_t pids[2];
	char name[64];
	bool good;
	int in[2];

	(void)snprintf(name, sizeof(name), "/tmp/racer-%u", round->number);
	(void)unlink(ready_path);
	if (pipe2(round->hold, O_CLOEXEC) < 0)
		return -1;
	pids[0] = start(round, true, name, &in[0]);
	if (pids[0] < 0)
		return -1;
	good = true;
	if (round->type != ROUND_RACED)
		good = read_set(in[0], &seen[0]);
	if (round->type == ROUND_AFTER)
		good = finish(round, 1, pids[0]) && wait_for_end(sets) && good;
	pids[1] = start(round, false, name, &in[1]);
	good = pids[1] > 0 && read_set(in[1], &seen[1]) && good;
	close(round->hold[0]);
	close(round->hold[1]);
	if (round->type == ROUND_RACED)
		good = read_set(in[0], &seen[0]) && good;
	if (round->type != ROUND_AFTER)
		good = finish(round, 1, pids[0]) && good;
	good = finish(round, 2, pids[1]) && good;
	close(in[0]);
	close(in[1]);
	return good ? seen[0] == seen[1] : -1;
}

/* The moment of the next raced round: nearer to where the last one turned out the other way. */
static unsigned next_moment(unsigned comes_us, bool joined)
{
	unsigned step = 1 + (unsigned)random() % (1 + comes_us / 4);

	return joined ? comes_us + step : comes_us - (step < comes_us ? step : comes_us);
}

int main(int argc, char **argv)
{
	static const char *const kind_names[] = {"held", "after", "raced"};
	unsigned rounds, comes_us = SECOND_COMES_US, count[3] = {0}, joined[3] = {0}, bad = 0;
	const char *sets = argc == 5 ? argv[4] : NULL, *seed = getenv("SEED");

	if (argc != 4 && argc != 5)
		return 2;
	service = argv[1];
	user = argv[2];
	(void)snprintf(ready_path, sizeof(ready_path), "/run/racer.%.60s", user);
	rounds = (unsigned)strtoul(argv[3], NULL, 10);
	srandom(seed ? (unsigned)strtoul(seed, NULL, 10) : 20261122);
	for (unsigned i = 0; i < rounds; i++) {
		struct round round = {.number = i, .type = ROUND_RACED};
		int r;

		if (i % 8 == 0)
			round.type = ROUND_HELD;
		else if (i % 8 == 4 && sets)
			round.type = ROUND_AFTER;
		if (round.type == ROUND_RACED) {
			round.stays_us = (unsigned)random() % FIRST_STAYS_US;
			round.comes_us = comes_us;
		}
		r = race_once(&round, sets);
		if (round.type == ROUND_RACED && r >= 0)
			comes_us = next_moment(comes_us, r > 0);
		if (comes_us > SECOND_COMES_AT_MOST_US)
			comes_us = SECOND_COMES_AT_MOST_US;
		if ((round.type == ROUND_HELD && r == 0) || (round.type == ROUND_AFTER && r > 0)) {
			fprintf(stderr, "racer: round %u, %s: %s\n", i, kind_names[round.type],
				r > 0 ? "joined the set that had ended" : "got another set");
			r = -1;
		}
		count[round.type]++;
		joined[round.type] += r > 0;
		bad += r < 0;
	}
	(void)unlink(ready_path);
	for (int i = 0; i < 3; i++)
		printf("%s: %u rounds, %u joined; ", kind_names[i], count[i], joined[i]);
	printf("%u went wrong\n", bad);
	return bad > 0;
}
