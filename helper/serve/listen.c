/* SPDX-License-Identifier: MIT */
#include "serve/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "host/service.h"
#include "log/log.h"
#include "serve/call.h"
#include "serve/server.h"
#include "sets/all.h"
#include "wire/wire.h"

enum {
	BACKLOG = 1024,
	OTHER_TRIES = 250,
	OTHER_NAP_US = 20000
};

static const uint64_t pause_us = 100000;

int listen_from_systemd(void)
{
	int sock = service_socket(), yes = 0;
	socklen_t len = sizeof(yes);

	if (sock < 0)
		return sock;
	if (getsockopt(sock, SOL_SOCKET, SO_ACCEPTCONN, &yes, &len) < 0 || !yes)
		return -ENOTSOCK;
	return fcntl(sock, F_SETFL, O_NONBLOCK) < 0 ? -errno : sock;
}

int listen_own(struct server *s, struct nsi_fail *f)
{
	NSI_AUTO_FD int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	struct stat st;
	mode_t before;
	int r;

	if (sock < 0)
		return fail_errno(f, errno, "cannot make a socket");
	if (wire_address(s->sets->host.rundir, &address) < 0)
		return fail_set(f, ENAMETOOLONG, "%.160s is too long for a socket's address",
				s->sets->host.rundir);
	if (unlink(address.sun_path) < 0 && errno != ENOENT)
		return fail_errno(f, errno, "cannot remove the socket of an earlier helper");
	before = umask(0177);
	r = bind(sock, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(before);
	if (r < 0 || listen(sock, BACKLOG) < 0)
		return fail_errno(f, errno, "cannot listen at %s", address.sun_path);
	if (stat(address.sun_path, &st) < 0)
		return fail_errno(f, errno, "cannot look at %s", address.sun_path);
	s->sock_dev = st.st_dev;
	s->sock_ino = st.st_ino;
	return nsi_take_fd(&sock);
}

/* Takes one call that waits.  Returns whether there was one. */
static bool listen_take(struct server *s)
{
	int sock = accept4(s->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (sock < 0)
		return false;
	request_new(s, sock);
	return true;
}

static bool listen_is_unlocked(int lock_fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(lock_fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

bool listen_wait_for_other(const char *rundir, int lock_fd)
{
	struct sockaddr_un address;

	if (wire_address(rundir, &address) < 0)
		return true;
	for (int i = 0; i < OTHER_TRIES; i++) {
		NSI_AUTO_FD int sock =
			socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (listen_is_unlocked(lock_fd))
			return false;
		if (sock < 0 ||
		    connect(sock, (const struct sockaddr *)&address, sizeof(address)) == 0)
			return true;
		(void)usleep(OTHER_NAP_US);
	}
	return true;
}

static void listen_on_pause_end(struct timer *t)
{
	struct server *s = loop_owner(t, struct server, pause);

	if (loop_add(&s->sets->loop, &s->listener, EPOLLIN) < 0)
		loop_arm(&s->sets->loop, t, pause_us);
}

/*
 * Pending requests go on, each until its own deadline.  Only new connections are not
 * accepted for a moment, as another attempt at once would fail the same way.
 */
static void listen_pause(struct server *s, int err)
{
	if (!s->paused)
		log_line(LOG_ERR,
			 "cannot take a connection: %s; see LimitNOFILE and /proc/sys/fs/file-max",
			 strerrordesc_np(err));
	s->paused = true;
	loop_remove(&s->sets->loop, &s->listener);
	s->pause.fire = listen_on_pause_end;
	loop_arm(&s->sets->loop, &s->pause, pause_us);
}

static void listen_on_socket(struct source *src)
{
	struct server *s = loop_owner(src, struct server, listener);

	if (listen_take(s))
		s->paused = false;
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
		listen_pause(s, errno);
}

int listen_start(struct server *s, int sock, struct nsi_fail *f)
{
	int r;

	s->listener = (struct source){.fd = sock, .ready = listen_on_socket, .calls_turn = true};
	r = loop_add(&s->sets->loop, &s->listener, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot watch the socket") : 0;
}

/* The path may by now be another's: systemd's, or the next helper's. */
static void listen_remove_own(const struct server *s)
{
	struct sockaddr_un address;
	struct stat st;

	if (wire_address(s->sets->host.rundir, &address) < 0 || stat(address.sun_path, &st) < 0)
		return;
	if (st.st_dev == s->sock_dev && st.st_ino == s->sock_ino)
		(void)unlink(address.sun_path); /* on failure the next helper replaces it */
}

void listen_stop(struct server *s)
{
	if (s->on_demand) {
		listen_remove_own(s);
		while (listen_take(s))
			;
	}
	loop_disarm(&s->sets->loop, &s->pause);
	loop_remove(&s->sets->loop, &s->listener);
	nsi_closep(&s->listener.fd);
}
