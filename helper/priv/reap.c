/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "priv/child.h"

enum {
	UNREAPED_MAX = 64,
	ENDING_MS = 10 /* time for a child that is ending */
};

/* Children that had not ended when they were reaped: none may stay a zombie for ever. */
static int unreaped[UNREAPED_MAX];
static unsigned unreaped_count;

/* Returns whether the process has been reaped, or is not ours to reap. */
static bool reap_one(int pidfd)
{
	siginfo_t info = {0};

	return waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid != 0;
}

static void reap_earlier(void)
{
	for (unsigned i = unreaped_count; i-- > 0;) {
		if (!reap_one(unreaped[i]))
			continue;
		close(unreaped[i]);
		unreaped[i] = unreaped[--unreaped_count];
	}
}

void child_reap(int *pidfd)
{
	struct pollfd end = {.fd = *pidfd, .events = POLLIN};

	reap_earlier();
	if (*pidfd >= 0)
		(void)poll(&end, 1, ENDING_MS); /* cut short is fine */
	if (*pidfd >= 0 && !reap_one(*pidfd) && unreaped_count < UNREAPED_MAX)
		unreaped[unreaped_count++] = nsi_take_fd(pidfd);
	nsi_closep(pidfd);
}
