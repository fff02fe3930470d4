/* SPDX-License-Identifier: MIT */
/* Whatever the other side of the socket sends, it is a message as it should be, or it is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/unit/test.h"
#include "wire/wire.h"

static const enum nsi_type types[] = {
	NSI_OPEN, NSI_ACCOUNT, NSI_ACK,   NSI_CLOSE, NSI_RETIRE,  NSI_COLLECT,
	NSI_PING, NSI_NEED,    NSI_ENTER, NSI_SKIP,  NSI_REFUSED, NSI_DONE,
};

struct fixture {
	int ours;
	int theirs;
	union nsi_message m;
	int fds[NSI_FDS_MAX];
	unsigned count;
	unsigned open_before;
};

static unsigned open_fds(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int set_up(void **state)
{
	static struct fixture x;
	int pair[2];

	memset(&x, 0, sizeof(x));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	x.ours = pair[0];
	x.theirs = pair[1];
	x.open_before = open_fds();
	*state = &x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	nsi_closep(&x->ours);
	nsi_closep(&x->theirs);
	return 0;
}

static int receive(struct fixture *x)
{
	memset(&x->m, 0xa5, sizeof(x->m));
	x->count = 0;
	return wire_receive(x->theirs, &x->m, x->fds, &x->count);
}

/* Sends bytes that no wire_send() would. */
static void send_raw(struct fixture *x, const void *data, size_t size, const int *fds,
		     unsigned count)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 64)];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * count);
	}
	assert_int_equal(sendmsg(x->ours, &msg, MSG_NOSIGNAL), (ssize_t)size);
}

/* A refused message leaves no descriptor behind, whatever came with it. */
static void assert_refused(struct fixture *x, int want)
{
	assert_int_equal(receive(x), want);
	for (int i = 0; i < NSI_FDS_MAX; i++)
		assert_int_equal(x->fds[i], -EBADF);
	assert_int_equal(open_fds(), x->open_before);
}

static union nsi_message *blank(enum nsi_type type)
{
	static union nsi_message m;

	memset(&m, 0, sizeof(m));
	m.h = wire_header(type);
	return &m;
}

TEST(test_every_message_arrives_as_it_was)
{
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		union nsi_message *m = blank(types[i]);

		assert_true(wire_size(types[i]) >= sizeof(struct nsi_header));
		assert_int_equal(wire_send(x->ours, &m->h, NULL, 0), 0);
		assert_int_equal(receive(x), 1);
		assert_memory_equal(&x->m, m, wire_size(types[i]));
		assert_int_equal(x->count, 0);
	}
}

TEST(test_descriptors_arrive_close_on_exec)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_ENTER);
	int fds[NSI_FDS_MAX];
	struct stat a, b;

	for (int i = 0; i < NSI_FDS_MAX; i++)
		fds[i] = x->ours;
	assert_int_equal(wire_send(x->ours, &m->h, fds, NSI_FDS_MAX), 0);
	assert_int_equal(receive(x), 1);
	assert_int_equal(x->count, NSI_FDS_MAX);
	assert_int_equal(fstat(x->ours, &a), 0);
	for (int i = 0; i < NSI_FDS_MAX; i++) {
		assert_int_equal(fstat(x->fds[i], &b), 0);
		assert_true(a.st_ino == b.st_ino);
		assert_true(fcntl(x->fds[i], F_GETFD) & FD_CLOEXEC);
		close(x->fds[i]);
	}
	assert_int_equal(wire_send(x->ours, &m->h, fds, NSI_FDS_MAX + 1), -EINVAL);
}

TEST(test_too_many_descriptors_are_refused_and_closed)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_PING);
	int fds[64];

	for (int i = 0; i < 64; i++)
		fds[i] = x->ours;
	send_raw(x, m, m->h.size, fds, 64);
	assert_refused(x, -EBADMSG);
	send_raw(x, m, m->h.size, fds, NSI_FDS_MAX + 1);
	/* Where the buffer's padding has room for one more, it is closed and not counted. */
	switch (receive(x)) {
	case 1:
		assert_true(x->count <= NSI_FDS_MAX);
		for (unsigned i = 0; i < x->count; i++)
			close(x->fds[i]);
		break;
	default:
		break;
	}
	assert_int_equal(open_fds(), x->open_before);
}

TEST(test_truncated_and_oversized_messages_are_refused)
{
	struct fixture *x = *state;
	static char room[sizeof(union nsi_message) + 64];
	int fd = x->ours;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t size = wire_size(types[i]);

		memset(room, 0, sizeof(room));
		memcpy(room, blank(types[i]), size);
		send_raw(x, room, size - 1, &fd, 1);
		assert_refused(x, -EBADMSG);
		send_raw(x, room, size + 1, &fd, 1);
		assert_refused(x, -EBADMSG);
	}
	send_raw(x, room, 1, NULL, 0);
	assert_refused(x, -EBADMSG);
	send_raw(x, room, sizeof(struct nsi_header) - 1, NULL, 0);
	assert_refused(x, -EBADMSG);
	send_raw(x, room, sizeof(room), &fd, 1); /* more than any message */
	assert_refused(x, -EBADMSG);
}

TEST(test_headers_that_lie_are_refused)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_PING);

	m->h.magic ^= 1;
	send_raw(x, m, sizeof(m->h), NULL, 0);
	assert_refused(x, -EBADMSG);
	m = blank(NSI_PING);
	m->h.size = sizeof(struct nsi_open);
	send_raw(x, m, sizeof(m->h), NULL, 0);
	assert_refused(x, -EBADMSG);
	for (unsigned type = 0; type < 300; type++) {
		if (wire_size(type) > 0)
			continue;
		m = blank(NSI_PING);
		m->h.type = (uint16_t)type;
		send_raw(x, m, sizeof(m->h), NULL, 0);
		assert_refused(x, -EBADMSG);
	}
}

TEST(test_another_version_is_told_apart_from_nonsense)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_OPEN);
	int fd = x->ours;

	m->h.version++;
	send_raw(x, m, sizeof(m->h) + 4, &fd, 1); /* its sizes need not be ours */
	assert_refused(x, -EPROTO);
	m->h.magic = 0;
	send_raw(x, m, sizeof(m->h) + 4, &fd, 1);
	assert_refused(x, -EBADMSG);
}

TEST(test_texts_must_be_terminated)
{
	static const struct {
		enum nsi_type type;
		size_t offset, size;
	} fields[] = {
#define FIELD(t, s, f) {t, offsetof(union nsi_message, s.f), sizeof(((union nsi_message *)0)->s.f)}
		FIELD(NSI_OPEN, open, user),     FIELD(NSI_OPEN, open, service),
		FIELD(NSI_OPEN, open, tty),      FIELD(NSI_OPEN, open, rhost),
		FIELD(NSI_OPEN, open, home),     FIELD(NSI_OPEN, open, config),
		FIELD(NSI_OPEN, open, statedir), FIELD(NSI_ACCOUNT, account, name),
		FIELD(NSI_ENTER, reply, policy), FIELD(NSI_SKIP, reply, rule),
		FIELD(NSI_REFUSED, reply, text),
	};
	struct fixture *x = *state;
	int fd = x->ours;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		union nsi_message *m = blank(fields[i].type);
		char *field = (char *)m + fields[i].offset;

		memset(field, 'x', fields[i].size - 1);
		assert_int_equal(wire_send(x->ours, &m->h, NULL, 0), 0);
		assert_int_equal(receive(x), 1);
		field[fields[i].size - 1] = 'x';
		send_raw(x, m, m->h.size, &fd, 1);
		assert_refused(x, -EBADMSG);
	}
}

TEST(test_more_groups_than_fit_are_refused)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_ACCOUNT);

	m->account.count = NSI_GROUPS_CHUNK;
	assert_int_equal(wire_send(x->ours, &m->h, NULL, 0), 0);
	assert_int_equal(receive(x), 1);
	m->account.count = NSI_GROUPS_CHUNK + 1;
	send_raw(x, m, m->h.size, NULL, 0);
	assert_refused(x, -EBADMSG);
	m->account.count = UINT32_MAX;
	send_raw(x, m, m->h.size, NULL, 0);
	assert_refused(x, -EBADMSG);
}

TEST(test_nothing_there_and_nobody_there_are_told_apart)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_PING);

	assert_refused(x, -EAGAIN);
	nsi_closep(&x->ours);
	x->open_before--;
	assert_refused(x, 0);
	/* And a peer that is gone raises no signal. */
	assert_int_equal(wire_send(x->theirs, &m->h, NULL, 0), -EPIPE);
}

TEST(test_a_peer_that_does_not_read_holds_nobody_up)
{
	struct fixture *x = *state;
	union nsi_message *m = blank(NSI_OPEN);
	int r = 0;

	for (int i = 0; i < 10000 && r == 0; i++)
		r = wire_send(x->ours, &m->h, NULL, 0);
	assert_int_equal(r, -EAGAIN);
}

TEST(test_address_fits_or_is_refused)
{
	struct sockaddr_un address;
	char dir[200];

	assert_int_equal(wire_address("/run/nsisolate", &address), 0);
	assert_string_equal(address.sun_path, "/run/nsisolate/helper.sock");
	assert_int_equal(address.sun_family, AF_UNIX);
	memset(dir, 'd', sizeof(dir));
	dir[0] = '/';
	dir[sizeof(address.sun_path) - strlen("/helper.sock") - 1] = '\0';
	assert_int_equal(wire_address(dir, &address), 0);
	dir[strlen(dir)] = 'd';
	dir[sizeof(address.sun_path) - strlen("/helper.sock")] = '\0';
	assert_int_equal(wire_address(dir, &address), -ENAMETOOLONG);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_every_message_arrives_as_it_was),
		EACH(test_descriptors_arrive_close_on_exec),
		EACH(test_too_many_descriptors_are_refused_and_closed),
		EACH(test_truncated_and_oversized_messages_are_refused),
		EACH(test_headers_that_lie_are_refused),
		EACH(test_another_version_is_told_apart_from_nonsense),
		EACH(test_texts_must_be_terminated),
		EACH(test_more_groups_than_fit_are_refused),
		EACH(test_nothing_there_and_nobody_there_are_told_apart),
		EACH(test_a_peer_that_does_not_read_holds_nobody_up),
		cmocka_unit_test(test_address_fits_or_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
