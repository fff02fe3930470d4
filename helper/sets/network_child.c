/* SPDX-License-Identifier: MIT */
#include "sets/network_child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/host.h"
#include "log/log.h"
#include "net/host_side.h"
#include "net/net.h"
#include "net/state.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/network.h"
#include "sets/set.h"

enum {
	CHILD_SECONDS = 20,       /* two hundred sets at once wait for each other, a few ms each */
	CHILD_TURN_SECONDS = 600, /* who takes away has nobody waiting, but two hundred before it */
	CHILD_NET = 0,
	CHILD_ETC,
	CHILD_OUT,
	CHILD_NS,
	CHILD_ANCHOR,
	CHILD_FDS
};

/* Moves the descriptors that are there out of the way; those that are not stay -EBADF. */
static int network_isolate(int fds[CHILD_FDS], unsigned seconds)
{
	int keep[CHILD_FDS];
	unsigned count = 0;

	for (int i = 0; i < CHILD_FDS; i++) {
		if (fds[i] >= 0)
			keep[count++] = fds[i];
	}
	if (child_isolate(keep, count) < 0)
		return -EIO;
	count = 0;
	for (int i = 0; i < CHILD_FDS; i++) {
		if (fds[i] >= 0)
			fds[i] = keep[count++];
	}
	log_forked();
	umask(0);
	(void)alarm(seconds); /* SIGALRM ends it: nothing of ours waits for ever */
	priv_raise();
	return 0;
}

/* Tells the anchor what it has got, with the namespace that it is to join, if there is one. */
static int network_answer(int sock, const struct net_record *rec, int join, struct nsi_fail *f)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	struct net_record copy = *rec;
	struct iovec iov = {.iov_base = &copy, .iov_len = sizeof(copy)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (join >= 0) {
		struct cmsghdr *c = &control.h;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(join));
		memcpy(CMSG_DATA(c), &join, sizeof(join));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) != (ssize_t)sizeof(copy))
		return fail_errno(f, errno, "the anchor died while its network was made");
	return 0;
}

static void network_child(const struct set *set, bool is_setup, int fds[CHILD_FDS])
{
	struct net_record rec = set->net->rec;
	struct net_host host = {.rundir = set->sets->host.rundir, .set = set->rec.id};
	struct nsi_fail f = {""};
	int join = -EBADF, r;

	if (network_isolate(fds, is_setup ? CHILD_SECONDS : CHILD_TURN_SECONDS) < 0)
		_exit(1);
	host.net_fd = fds[CHILD_NET];
	host.etc_fd = fds[CHILD_ETC];
	host.ns_fd = fds[CHILD_NS];
	if (is_setup) {
		/* A helper that dies leaves a network that is half made to the next one; not two at once. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		r = host_setup(&host, set->net->config, &rec, &join, &f);
		if (r == 0)
			r = network_answer(fds[CHILD_ANCHOR], &rec, join, &f);
	} else {
		r = host_undo(&host, &f);
	}
	if (r < 0)
		(void)fd_write_all(fds[CHILD_OUT], f.what, strlen(f.what)); /* as the status says */
	_exit(r < 0 ? 1 : 0);
}

int network_child_start(struct set *set, bool is_setup, int *ret_out)
{
	const struct sets *sets = set->sets;
	int pipes[2], pidfd = -EBADF;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	pid = child_fork(0, &pidfd);
	if (pid == 0) {
		int fds[CHILD_FDS] = {
			[CHILD_NET] = sets->networks.dir_fd,
			[CHILD_ETC] = sets->host.etc_fd,
			[CHILD_OUT] = pipes[1],
			[CHILD_NS] = set->net->ns_fd,
			[CHILD_ANCHOR] = is_setup ? set->anchor.socket : -EBADF,
		};

		network_child(set, is_setup, fds);
	}
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return pid;
	}
	*ret_out = pipes[0];
	return pidfd;
}

static void network_collect(const struct networks *n, int fds[CHILD_FDS])
{
	const struct sets *sets = n->sets;
	struct net_host host = {.rundir = sets->host.rundir, .ns_fd = -EBADF};

	if (network_isolate(fds, CHILD_TURN_SECONDS) < 0)
		_exit(1);
	host.net_fd = fds[CHILD_NET];
	host.etc_fd = fds[CHILD_ETC];
	while (state_next(host.net_fd, host.set, &host.set) == 0 && host.set) {
		struct nsi_fail f = {""};
		struct sets known = *sets; /* the sets of the moment at which this child began */

		if (set_by_id(&known, host.set))
			continue;
		if (host.set > sets->host.last_set) /* of a set that was begun since then */
			continue;
		if (host_undo(&host, &f) < 0)
			log_line(LOG_ERR, "set %" PRIu64 ": %s", host.set, f.what);
		else
			log_line(LOG_INFO, "undid the network of set=%" PRIu64, host.set);
	}
	_exit(0);
}

int network_child_collect(struct networks *n)
{
	int pidfd = -EBADF;
	pid_t pid = child_fork(0, &pidfd);

	if (pid == 0) {
		int fds[CHILD_FDS] = {
			[CHILD_NET] = n->dir_fd, [CHILD_ETC] = n->sets->host.etc_fd,
			[CHILD_OUT] = -EBADF,    [CHILD_NS] = -EBADF,
			[CHILD_ANCHOR] = -EBADF,
		};

		network_collect(n, fds);
	}
	return pid < 0 ? pid : pidfd;
}
