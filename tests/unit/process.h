/* SPDX-License-Identifier: MIT */
/* A process of a test's own that does nothing. */
#ifndef NSI_TEST_PROCESS_H
#define NSI_TEST_PROCESS_H

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Starts one that waits until it is killed, or its parent ends.  Returns its pid, or -1. */
static inline pid_t process_start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return pid;
}

#endif /* NSI_TEST_PROCESS_H */
