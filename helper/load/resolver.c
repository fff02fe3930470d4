/* SPDX-License-Identifier: MIT */
#include "load/resolver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "confine/confine.h"
#include "instance/instance.h"
#include "log/log.h"
#include "policy/group_lookup.h"
#include "priv/child.h"
#include "priv/priv.h"

enum {
	RESOLVER_NAME = 1024 /* longer names are of no group */
};

struct resolver_answer {
	int32_t result; /* of groups_ask() */
	uint32_t gid;
};

/* Restricts this process to a resolver's rights: to read files, and to resolve names. */
static int resolver_become(struct nsi_fail *f)
{
	int r = landlock_limit_to_reading(LANDLOCK_CONNECTS, f);

	return r < 0 ? r : confine_become(CONFINE_RESOLVER, f);
}

/* Answers until the other end is closed.  Never returns. */
static void resolver_serve(int sock)
{
	char name[RESOLVER_NAME];
	struct nsi_fail f = {""};
	ssize_t n;

	if (child_isolate(&sock, 1) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		_exit(1);
	log_forked();
	if (resolver_become(&f) < 0)
		_exit(1);
	while ((n = recv(sock, name, sizeof(name) - 1, 0)) > 0) {
		struct resolver_answer answer = {.gid = 0};
		gid_t gid = 0;

		name[n] = '\0';
		answer.result = groups_ask(name, &gid);
		answer.gid = gid;
		if (send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
	}
	_exit(0);
}

/* Returns as groups_ask(); -EIO if the resolver is no more. */
static int resolver_find_group(void *arg, const char *name, gid_t *ret)
{
	const struct resolver *r = arg;
	const size_t len = strlen(name);
	struct resolver_answer answer;
	ssize_t n;

	if (len == 0 || len >= RESOLVER_NAME)
		return GROUPS_UNKNOWN;
	if (send(r->sock, name, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -EIO;
	do
		n = recv(r->sock, &answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(answer))
		return -EIO;
	*ret = answer.gid;
	return answer.result;
}

int resolver_start(struct resolver *r, struct nsi_fail *f)
{
	NSI_AUTO_FD int theirs = -EBADF;
	NSI_AUTO_FD int pidfd = -EBADF;
	int pair[2];
	pid_t pid;

	*r = (struct resolver){.sock = -EBADF,
			       .names = {.find_group = resolver_find_group, .arg = r}};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot make a socket");
	r->sock = pair[0];
	theirs = pair[1];
	pid = child_fork(0, &pidfd);
	if (pid == 0) {
		close(pair[0]);
		resolver_serve(theirs);
	}
	return pid < 0 ? fail_errno(f, (int)pid, "cannot start a process that looks up groups") : 0;
}

enum {
	ACCOUNT_WAIT_MS = 1000
};

/* The child: exits with 0 if it is a name of the account.  Never returns. */
static void resolver_look_up_account(const char *builder, uid_t uid)
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
		resolver_look_up_account(builder, uid);
	if (pid < 0)
		return false;
	if (poll(&end, 1, ACCOUNT_WAIT_MS) == 1 &&
	    waitid(P_PIDFD, (id_t)end.fd, &info, WEXITED | WNOHANG) < 0)
		info.si_code = 0;                          /* as if it had not answered */
	(void)pidfd_send_signal(end.fd, SIGKILL, NULL, 0); /* it may have ended, which is fine */
	child_reap(&end.fd);
	return info.si_code == CLD_EXITED && info.si_status == 0;
}
