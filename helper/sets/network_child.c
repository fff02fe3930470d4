/* SPDX-License-Identifier: MIT */
/* The child that works on the host's network */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "host/host.h"
#include "log/log.h"
#include "net/host_side.h"
#include "net/net.h"
#include "net/state.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/network.h"
#include "sets/set.h"

enum {
	CHILD_SECONDS = 20,       /* two hundred sets at once wait for each other, a few ms each */
	CHILD_TURN_SECONDS = 600, /* who takes away has nobody waiting, but two hundred before it */
	CHILD_NET = 0,
	CHILD_ETC,
	CHILD_NS,
	CHILD_ANCHOR,
	CHILD_FDS
};

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

static struct net_host network_host(const struct sets *sets, uint64_t set, const int *fds)
{
	return (struct net_host){
		.rundir = sets->host.rundir,
		.set = set,
		.net_fd = fds[CHILD_NET],
		.etc_fd = fds[CHILD_ETC],
		.ns_fd = fds[CHILD_NS],
	};
}

static int network_run_setup(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	const struct set *set = arg;
	const struct net_host host = network_host(set->sets, set->rec.id, fds);
	struct net_record rec = set->net->rec;
	int join = -EBADF, r;

	(void)out;
	/* A helper that dies leaves a network that is half made to the next one; not two at once. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	priv_raise();
	r = host_setup(&host, set->net->config, &rec, &join, f);
	return r < 0 ? r : network_answer(fds[CHILD_ANCHOR], &rec, join, f);
}

static int network_run_undo(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	const struct set *set = arg;
	const struct net_host host = network_host(set->sets, set->rec.id, fds);

	(void)out;
	priv_raise();
	return host_undo(&host, f);
}

int network_child_start(struct set *set, bool is_setup, void (*done)(struct work *w))
{
	const struct sets *sets = set->sets;
	const struct work_order order = {
		.run = is_setup ? network_run_setup : network_run_undo,
		.arg = set,
		.fds = {[CHILD_NET] = sets->networks.dir_fd,
			[CHILD_ETC] = sets->host.etc_fd,
			[CHILD_NS] = set->net->ns_fd,
			[CHILD_ANCHOR] = is_setup ? set->anchor.socket : -EBADF},
		.fd_count = CHILD_FDS,
		.seconds = is_setup ? CHILD_SECONDS : CHILD_TURN_SECONDS,
		.done = done,
	};

	return work_start(&set->net->work, &set->sets->loop, &order);
}

static int network_run_collect(const void *arg, const int *fds, int out, struct nsi_fail *ignored)
{
	const struct networks *n = arg;
	const struct sets *sets = n->sets;
	struct net_host host = network_host(sets, 0, fds);

	(void)out;
	(void)ignored; /* each set's is logged */
	priv_raise();
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
	return 0;
}

static void network_on_collected(struct work *w)
{
	(void)w; /* the log has it all */
}

int network_child_collect(struct networks *n)
{
	const struct work_order order = {
		.run = network_run_collect,
		.arg = n,
		.fds = {[CHILD_NET] = n->dir_fd, [CHILD_ETC] = n->sets->host.etc_fd},
		.fd_count = CHILD_NS,
		.seconds = CHILD_TURN_SECONDS,
		.done = network_on_collected,
	};

	return work_start(&n->work, &n->sets->loop, &order);
}
