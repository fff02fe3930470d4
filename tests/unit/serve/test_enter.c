/* SPDX-License-Identifier: MIT */
/* The reply that lets a login in: what the module enters and what it goes back by are of the same types. */
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc.h"
#include "serve/call.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/session.h"
#include "tests/unit/test.h"

static struct sets sets;
static struct server server;

/* A login from namespaces that are nobody's, back into the host's: only @differ are not the host's already. */
static struct call *make_call(int sock, uint32_t differ)
{
	struct call *c = call_new(&server, sock);

	assert_non_null(c);
	c->pid = getpid();
	c->pidfd = pidfd_open(getpid(), 0);
	assert_true(c->pidfd >= 0);
	assert_int_equal(proc_namespaces(getpid(), &c->open.from), 0);
	sets.host.ns = c->open.from;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (differ & ns_bit(type))
			sets.host.ns.ino[type]++;
	return c;
}

TEST(test_a_foreign_login_gets_a_way_back_for_each_type_that_it_enters)
{
	const int type = NS_UTS;
	struct open_run o = {.call = NULL};
	unsigned count = 0;
	int ends[2], fds[NSI_FDS_MAX];
	struct stat here, there;
	union nsi_message m;

	assert_int_equal(loop_init(&sets.loop), 0);
	sets.host.self_fd = pidfd_open(getpid(), 0);
	server.sets = &sets;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	o.call = make_call(ends[0], ns_bit(type));
	assert_int_equal(enter_session(&o), OPEN_WAIT);
	assert_int_equal(wire_receive(ends[1], &m, fds, &count), 1);
	assert_int_equal(m.h.type, NSI_ENTER);
	assert_int_equal(m.reply.types, ns_bit(type));
	assert_int_equal(count, 2); /* the way in, and one way back */
	assert_int_equal(fstat(fds[1], &there), 0);
	assert_int_equal(stat("/proc/self/ns/uts", &here), 0);
	assert_int_equal(here.st_ino, there.st_ino);
	for (unsigned i = 0; i < count; i++)
		close(fds[i]);
	call_free(o.call);
	session_end(LIST_FIRST(&sets.host_sessions));
	close(ends[1]);
	close(sets.host.self_fd);
	loop_done(&sets.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_foreign_login_gets_a_way_back_for_each_type_that_it_enters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
