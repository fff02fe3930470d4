/* SPDX-License-Identifier: MIT */
/*
 * The powers of this process.  Tries one thing after the other, each in a child of its own and
 * without an effect, and prints "WHAT<tab>yes", "no" or "-" (this kernel has no such thing, or
 * no object was given to try it on).
 *
 *	powers key=value...
 *
 * device: a block device of the test's, with an ext2 on it.  victim: a process of root's outside.
 * neighbour: one of another user's.  helper: nsisolate's.  secret, theirs: files of mode 0600, of
 * root's and of another user's.  other: that user's uid.
 */
#include "tests/tools/power/power.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static char **given;

const char *power_value(const char *key)
{
	size_t len = strlen(key);

	for (char **at = given; *at; at++)
		if (strncmp(*at, key, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	return NULL;
}

int power_number(const char *key)
{
	const char *text = power_value(key);

	return text ? atoi(text) : 0;
}

/* For calls whose arguments are wrong, so that they fail either way: who may, is told of that. */
int power_may(long result)
{
	if (result < 0 && errno == ENOSYS)
		return UNKNOWN;
	return !(result < 0 && (errno == EPERM || errno == EACCES));
}

int power_can(long result)
{
	return result >= 0;
}

int power_can_open(const char *path, int flags)
{
	return path ? power_can(open(path, flags | O_CLOEXEC | O_NOCTTY)) : UNKNOWN;
}

/*
 * A mount namespace that goes with the child takes back what it has mounted.  Where that is not to be
 * had, nothing is mounted either.
 */
static int try_alone(const struct power *p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const bool is_careful = p->is_of_mounts && power_value("careful");

		if (is_careful && unshare(CLONE_NEWNS) < 0)
			_exit(UNKNOWN);
		if (is_careful && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(UNKNOWN);
		_exit(p->tried());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return UNKNOWN;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static const struct power *const tables[] = {power_mounts, power_machine, power_others};
	static const char *const words[] = {[NO] = "no", [YES] = "yes", [UNKNOWN] = "-"};

	(void)argc;
	given = argv + 1;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct power *p = tables[i]; p->what; p++) {
			int r = try_alone(p);

			printf("%s\t%s\n", p->what, words[r <= UNKNOWN ? r : UNKNOWN]);
			(void)fflush(stdout);
		}
	return 0;
}
