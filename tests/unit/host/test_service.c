/* SPDX-License-Identifier: MIT */
/* Descriptors that the service manager passes, and messages to it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/service.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static char name[SERVICE_NAME];

static void passed(const char *count, const char *names)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", count, 1), 0);
	assert_int_equal(names ? setenv("LISTEN_FDNAMES", names, 1) : unsetenv("LISTEN_FDNAMES"),
			 0);
}

TEST(test_the_socket_is_the_one_that_was_not_kept)
{
	passed("1", NULL);
	assert_int_equal(service_socket(), 3);
	passed("2", "nsisolate.socket:nsi-sentinels-1");
	assert_int_equal(service_socket(), 3);
	passed("2", "nsi-sentinels-1:nsisolate.socket");
	assert_int_equal(service_socket(), 4);
	passed("1", "nsi-sentinels-1");
	assert_int_equal(service_socket(), -ENOENT);
	passed("2", "one.socket:another.socket");
	assert_int_equal(service_socket(), -ENOENT);
	passed("0", "");
	assert_int_equal(service_socket(), -ENOENT);
	passed("-1", NULL);
	assert_int_equal(service_socket(), -ENOENT);
	passed("100000", NULL);
	assert_int_equal(service_socket(), -ENOENT);
}

TEST(test_what_was_kept_is_found_by_its_name)
{
	passed("3", "nsisolate.socket:nsi-other:nsi-sentinels-0123");
	assert_int_equal(service_kept("nsi-sentinels-", name), 5);
	assert_string_equal(name, "nsi-sentinels-0123");
	assert_int_equal(service_kept("nsi-none-", name), -ENOENT);
	assert_string_equal(name, "");
	passed("2", "nsisolate.socket:nsi-sentinels-"
		    "0123456789012345678901234567890123456789012345678901234567890123");
	assert_int_equal(service_kept("nsi-sentinels-", name), -ENOENT); /* too long to be ours */
	passed("3", "nsisolate.socket");
	assert_int_equal(service_kept("nsi-", name), -ENOENT);
}

TEST(test_nothing_was_passed_to_another_process)
{
	passed("2", "nsisolate.socket:nsi-sentinels-1");
	assert_int_equal(setenv("LISTEN_PID", "1", 1), 0);
	assert_int_equal(service_socket(), -ENOENT);
	assert_int_equal(service_kept("nsi-", name), -ENOENT);
	assert_int_equal(unsetenv("LISTEN_PID"), 0);
	assert_int_equal(service_kept("nsi-", name), -ENOENT);
}

/* Receives one message at @sock.  Returns the descriptor that came with it, or -1. */
static int receive(int sock, char text[256])
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control;
	struct iovec io = {text, 255};
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(sock, &message, MSG_DONTWAIT);
	int fd = -1;

	assert_true(n >= 0);
	text[n] = '\0';
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

TEST(test_a_descriptor_is_kept_in_place_of_the_former)
{
	NSI_AUTO_FD int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct scratch s;
	char text[256];
	int pipes[2], fd;

	assert_int_equal(scratch_make(&s), 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		       scratch_path(&s, 0, "notify"));
	assert_int_equal(bind(sock, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	service_keep(pipes[1], "nsi-pipe", "");
	fd = receive(sock, text);
	assert_string_equal(text, "FDSTORE=1\nFDNAME=nsi-pipe");
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipes[0], text, 1), 1);
	close(fd);
	service_keep(pipes[1], "nsi-pipe", "nsi-former");
	assert_int_equal(receive(sock, text), -1);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=nsi-former");
	close(receive(sock, text));
	assert_string_equal(text, "FDSTORE=1\nFDNAME=nsi-pipe");
	service_notify("READY=1");
	assert_int_equal(receive(sock, text), -1);
	assert_string_equal(text, "READY=1");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	service_notify("READY=1"); /* to nobody */
	assert_int_equal(recv(sock, text, sizeof(text), MSG_DONTWAIT), -1);
	close(pipes[0]);
	close(pipes[1]);
	scratch_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_socket_is_the_one_that_was_not_kept),
		cmocka_unit_test(test_what_was_kept_is_found_by_its_name),
		cmocka_unit_test(test_nothing_was_passed_to_another_process),
		cmocka_unit_test(test_a_descriptor_is_kept_in_place_of_the_former),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
