/* SPDX-License-Identifier: MIT */
/* A process in the helper's place, which gives each kind of request one answer */
#ifndef NSI_TEST_PEER_H
#define NSI_TEST_PEER_H

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "tests/unit/ctl/machine.h"
#include "wire/wire.h"

struct peer {
	pid_t pid;
	struct nsi_reply to_open, to_retire; /* a type of 0: none, the connection is closed */
	uint64_t gone;                       /* a set whose record goes with NSI_RETIRE */
};

static inline struct nsi_reply peer_reply(enum nsi_type type, const char *text)
{
	struct nsi_reply reply = {.h = wire_header(type)};

	text_fmt(reply.text, sizeof(reply.text), "%s", text);
	return reply;
}

static inline void peer_answer(const struct peer *p, int sock)
{
	struct nsi_reply done = {.h = wire_header(NSI_DONE)};
	const struct nsi_reply *reply = &done;
	int fds[NSI_FDS_MAX];
	union nsi_message m;
	unsigned count;

	/* wire_receive() waits for nothing. */
	(void)poll(&(struct pollfd){.fd = sock, .events = POLLIN}, 1, -1);
	if (wire_receive(sock, &m, fds, &count) != 1)
		return;
	for (unsigned i = 0; i < count; i++)
		nsi_closep(&fds[i]);
	if (m.h.type == NSI_OPEN)
		reply = &p->to_open;
	if (m.h.type == NSI_RETIRE)
		reply = &p->to_retire;
	if (m.h.type == NSI_RETIRE && m.retire.set == p->gone)
		(void)record_remove(machine.sets_fd, p->gone);
	if (reply->h.type)
		(void)wire_send(sock, &reply->h, NULL, 0);
}

/* Listens at the rundir of the machine until peer_stop(). */
static inline void peer_start(struct peer *p)
{
	struct sockaddr_un address;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(wire_address(machine.rundir, &address), 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(sock, 16), 0);
	p->pid = fork();
	if (p->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int call = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

			peer_answer(p, call);
			(void)close(call);
		}
	}
	(void)close(sock);
}

static inline void peer_stop(struct peer *p)
{
	(void)kill(p->pid, SIGKILL);
	(void)waitpid(p->pid, NULL, 0);
}

#endif /* NSI_TEST_PEER_H */
