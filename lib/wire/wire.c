/* SPDX-License-Identifier: MIT */
#include "wire/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

struct nsi_header wire_header(enum nsi_type type)
{
	return (struct nsi_header){
		.magic = NSI_WIRE_MAGIC,
		.version = NSI_WIRE_VERSION,
		.type = (uint16_t)type,
		.size = (uint32_t)wire_size(type),
	};
}

size_t wire_size(enum nsi_type type)
{
	switch (type) {
	case NSI_OPEN:
		return sizeof(struct nsi_open);
	case NSI_ACCOUNT:
		return sizeof(struct nsi_account);
	case NSI_ACK:
		return sizeof(struct nsi_ack);
	case NSI_CLOSE:
		return sizeof(struct nsi_close);
	case NSI_RETIRE:
		return sizeof(struct nsi_retire);
	case NSI_COLLECT:
	case NSI_PING:
		return sizeof(struct nsi_header);
	case NSI_NEED:
	case NSI_ENTER:
	case NSI_SKIP:
	case NSI_REFUSED:
	case NSI_DONE:
		return sizeof(struct nsi_reply);
	}
	return 0;
}

int wire_send(int sock, const struct nsi_header *m, const int *fds, unsigned count)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * NSI_FDS_MAX)];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)m, .iov_len = m->size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (count > NSI_FDS_MAX)
		return -EINVAL;
	if (count > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * count);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return (size_t)n == m->size ? 0 : -EIO;
}

/* Takes the descriptors out of a received message; closes what is beyond the room for them. */
static unsigned wire_take_fds(struct msghdr *msg, int fds[NSI_FDS_MAX])
{
	unsigned count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (count < NSI_FDS_MAX)
				fds[count++] = fd;
			else
				close(fd);
		}
	}
	return count;
}

static bool wire_is_terminated(const union nsi_message *m)
{
	switch (m->h.type) {
	case NSI_OPEN:
		return text_is_terminated(m->open.user, sizeof(m->open.user)) &&
		       text_is_terminated(m->open.service, sizeof(m->open.service)) &&
		       text_is_terminated(m->open.tty, sizeof(m->open.tty)) &&
		       text_is_terminated(m->open.rhost, sizeof(m->open.rhost)) &&
		       text_is_terminated(m->open.home, sizeof(m->open.home)) &&
		       text_is_terminated(m->open.config, sizeof(m->open.config)) &&
		       text_is_terminated(m->open.statedir, sizeof(m->open.statedir));
	case NSI_ACCOUNT:
		return text_is_terminated(m->account.name, sizeof(m->account.name)) &&
		       m->account.count <= NSI_GROUPS_CHUNK;
	case NSI_NEED:
	case NSI_ENTER:
	case NSI_SKIP:
	case NSI_REFUSED:
	case NSI_DONE:
		return text_is_terminated(m->reply.policy, sizeof(m->reply.policy)) &&
		       text_is_terminated(m->reply.rule, sizeof(m->reply.rule)) &&
		       m->reply.directory_count <= NSI_DIRECTORY_MAX &&
		       text_is_terminated(m->reply.text, sizeof(m->reply.text));
	default:
		return true;
	}
}

static int wire_check(const union nsi_message *m, size_t size)
{
	if (size < sizeof(m->h) || m->h.magic != NSI_WIRE_MAGIC)
		return -EBADMSG;
	if (m->h.version != NSI_WIRE_VERSION)
		return -EPROTO;
	if (m->h.size != size || wire_size(m->h.type) != size || !wire_is_terminated(m))
		return -EBADMSG;
	return 1;
}

int wire_receive(int sock, union nsi_message *m, int fds[NSI_FDS_MAX], unsigned *ret_count)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * NSI_FDS_MAX)];
	} control;
	struct iovec iov = {.iov_base = m, .iov_len = sizeof(*m)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	unsigned count;
	ssize_t n;
	int r;

	for (int i = 0; i < NSI_FDS_MAX; i++)
		fds[i] = -EBADF;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	count = wire_take_fds(&msg, fds);
	if (n == 0)
		r = 0;
	else if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		r = -EBADMSG;
	else
		r = wire_check(m, (size_t)n);
	if (r <= 0)
		for (unsigned i = 0; i < count; i++) {
			close(fds[i]);
			fds[i] = -EBADF;
		}
	else
		*ret_count = count;
	return r;
}

int wire_address(const char *rundir, struct sockaddr_un *ret)
{
	int n;

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/helper.sock", rundir);
	return n < 0 || (size_t)n >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}
