/* SPDX-License-Identifier: MIT */
#include "login/client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "login/args.h"

void client_init(struct client_call *c, unsigned timeout)
{
	*c = (struct client_call){
		.sock = -EBADF,
		.deadline_us = clock_now_us() + (uint64_t)timeout * 1000000u,
	};
	for (int i = 0; i < NSI_FDS_MAX; i++)
		c->fds[i] = -EBADF;
}

void client_done(struct client_call *c)
{
	for (int i = 0; i < NSI_FDS_MAX; i++)
		nsi_closep(&c->fds[i]);
	nsi_closep(&c->sock);
}

static int client_wait(struct client_call *c, short events, struct nsi_fail *f)
{
	struct pollfd p = {.fd = c->sock, .events = events};

	for (;;) {
		int left = clock_left_ms(c->deadline_us);
		int r = poll(&p, 1, left);

		if (r > 0)
			return 0;
		if (r == 0)
			return fail_set(f, ETIMEDOUT, "the helper did not answer in time");
		if (errno != EINTR)
			return fail_errno(f, errno, "cannot wait for the helper");
		if (left == 0)
			return fail_set(f, ETIMEDOUT, "the helper did not answer in time");
	}
}

/* One attempt at the socket.  Returns a descriptor, -EAGAIN while its queue is full, or -errno. */
static int client_try_connect(const struct sockaddr_un *address)
{
	NSI_AUTO_FD int sock =
		fd_above_stdio(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	if (sock < 0)
		return -errno;
	while (connect(sock, (const struct sockaddr *)address, sizeof(*address)) < 0)
		if (errno != EINTR)
			return -errno;
	return nsi_take_fd(&sock);
}

static void client_nap(void)
{
	const struct timespec ts = {.tv_nsec = 2000000};

	(void)nanosleep(&ts, NULL); /* woken early is fine */
}

int client_connect(struct client_call *c, const struct module_args *args, bool may_start,
		   struct nsi_fail *f)
{
	struct sockaddr_un address;
	int sock;

	nsi_closep(&c->sock);
	if (wire_address(args->rundir, &address) < 0)
		return fail_set(f, ENAMETOOLONG, "rundir=%.160s is too long for a socket's address",
				args->rundir);
	while ((sock = client_try_connect(&address)) == -EAGAIN) {
		if (clock_left_ms(c->deadline_us) == 0)
			return fail_set(f, ETIMEDOUT,
					"the helper did not accept the request in time");
		client_nap();
	}
	if (sock == -ENOENT || sock == -ECONNREFUSED || sock == -ENOTDIR) {
		if (!may_start)
			return CLIENT_NO_HELPER;
		sock = spawn_helper(args, f);
	}
	if (sock < 0)
		return fail_errno(f, sock, "cannot reach the helper at %s", address.sun_path);
	c->sock = sock;
	return 0;
}

int client_send(struct client_call *c, const struct nsi_header *m, int fd, struct nsi_fail *f)
{
	int r;

	while ((r = wire_send(c->sock, m, &fd, fd >= 0 ? 1 : 0)) == -EAGAIN) {
		int w = client_wait(c, POLLOUT, f);

		if (w < 0)
			return w;
	}
	if (r < 0)
		return fail_errno(f, r, "cannot ask the helper");
	return 0;
}

int client_receive(struct client_call *c, struct nsi_fail *f)
{
	union nsi_message m;
	int r;

	for (int i = 0; i < NSI_FDS_MAX; i++)
		nsi_closep(&c->fds[i]);
	c->fd_count = 0;
	do {
		r = client_wait(c, POLLIN, f);
		if (r < 0)
			return r;
		r = wire_receive(c->sock, &m, c->fds, &c->fd_count);
	} while (r == -EAGAIN);
	/* The end of a helper that has not read its request is reported before its answer: unix(7), ECONNRESET. */
	if (r == 0)
		r = wire_receive(c->sock, &m, c->fds, &c->fd_count);
	if (r == 0)
		return fail_set(f, EPIPE, "the helper closed the connection without a reply");
	if (r == -EPROTO && m.h.version > NSI_WIRE_VERSION)
		return fail_set(f, EOPNOTSUPP,
				"the helper is of a later version than the module that this "
				"program has loaded; restart the program");
	if (r == -EPROTO)
		return fail_set(f, EPROTO,
				"the helper is of an earlier version than the module, and none of "
				"this version has taken its place; restart it");
	if (r < 0)
		return fail_errno(f, r, "cannot read the helper's answer");
	if (m.h.size != sizeof(m.reply))
		return fail_set(f, EBADMSG, "the helper's reply is invalid");
	c->reply = m.reply;
	return 0;
}
