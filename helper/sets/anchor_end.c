/* SPDX-License-Identifier: MIT */
/* How does an anchor end, and who reaps it? */
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "priv/priv.h"
#include "sets/anchor.h"

enum {
	UNREAPED_MAX = 64
};

void anchor_stop(const struct anchor *a, int sig)
{
	if (a->pidfd < 0)
		return;
	priv_raise(); /* one that was revived in a user namespace may not be ours to signal otherwise */
	(void)pidfd_send_signal(a->pidfd, sig, NULL,
				0); /* it may be gone, which is what is wanted */
	priv_lower();
}

/*
 * Children that were killed and had not ended yet when they were looked at: one
 * that hangs in the kernel must not hold everybody up, nor stay a zombie for ever.
 */
static int unreaped[UNREAPED_MAX];
static unsigned unreaped_count;

/* Returns whether the process has been reaped, or is not ours to reap. */
static bool reap(int pidfd, int flags)
{
	siginfo_t info = {0};

	return waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | flags) < 0 || info.si_pid != 0;
}

static void reap_earlier(void)
{
	for (unsigned i = unreaped_count; i-- > 0;) {
		if (!reap(unreaped[i], WNOHANG))
			continue;
		close(unreaped[i]);
		unreaped[i] = unreaped[--unreaped_count];
	}
}

void anchor_done(struct anchor *a)
{
	reap_earlier();
	if (a->pidfd >= 0 && !reap(a->pidfd, WNOHANG) && unreaped_count < UNREAPED_MAX)
		unreaped[unreaped_count++] = nsi_take_fd(&a->pidfd);
	nsi_closep(&a->pidfd);
	nsi_closep(&a->socket);
	a->pid = 0;
}
