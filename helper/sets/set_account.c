/* SPDX-License-Identifier: MIT */
#include "sets/set_account.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "instance/instance.h"
#include "load/resolver.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"

enum {
	ACCOUNT_WAIT_MS = 1000
};

/* The child: exits with 0 if it is a name of the account.  Never returns. */
static void account_look_up(const char *builder, uid_t uid)
{
	struct nsi_fail f = {""};

	if (child_isolate(NULL, 0) < 0 || priv_become(PRIV_LOADER, &f) < 0)
		_exit(1);
	log_forked();
	if (resolver_become(&f) < 0)
		_exit(1);
	_exit(owner_is_alias(builder, uid) > 0 ? 0 : 1);
}

bool account_is_same(const char *builder, const char *name, uid_t uid)
{
	struct pollfd end = {.fd = -EBADF, .events = POLLIN};
	siginfo_t info = {0};
	pid_t pid;

	if (strcmp(builder, name) == 0)
		return true;
	pid = child_fork(0, &end.fd);
	if (pid == 0)
		account_look_up(builder, uid);
	if (pid < 0)
		return false;
	if (poll(&end, 1, ACCOUNT_WAIT_MS) == 1 &&
	    waitid(P_PIDFD, (id_t)end.fd, &info, WEXITED | WNOHANG) < 0)
		info.si_code = 0;                          /* as if it had not answered */
	(void)pidfd_send_signal(end.fd, SIGKILL, NULL, 0); /* it may have ended, which is fine */
	child_reap(&end.fd);
	return info.si_code == CLD_EXITED && info.si_status == 0;
}
