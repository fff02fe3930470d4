/* SPDX-License-Identifier: MIT */
/*
 * recycled RUNDIR: asks the helper something by a connection whose other end, as the kernel has it, has ended,
 * and whose number is another process's by now.  Prints "alive TYPE" for the answer while it lives, then
 * "recycled TYPE"; TYPE 0 is the end of the connection.
 */
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/wire.h"

/* The type of what comes back to a ping. */
static unsigned ping(int sock)
{
	const struct nsi_header h = wire_header(NSI_PING);
	struct pollfd p = {.fd = sock, .events = POLLIN};
	int fds[NSI_FDS_MAX];
	union nsi_message m;
	unsigned count;

	if (wire_send(sock, &h, NULL, 0) < 0 || poll(&p, 1, 10000) != 1)
		return 0;
	return wire_receive(sock, &m, fds, &count) == 1 ? m.h.type : 0;
}

/* A connection that a child has made, which ends once it is told to. */
static int connect_by_child(const struct sockaddr_un *address, pid_t *ret, int *ret_end)
{
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), made[2], end[2];
	char byte;

	if (sock < 0 || pipe(made) < 0 || pipe(end) < 0)
		return -1;
	*ret = fork();
	if (*ret == 0) {
		close(end[1]);
		if (connect(sock, (const struct sockaddr *)address, sizeof(*address)) < 0)
			_exit(1);
		close(made[1]);
		_exit(read(end[0], &byte, 1) < 0);
	}
	close(made[1]);
	close(end[0]);
	*ret_end = end[1];
	return *ret > 0 && read(made[0], &byte, 1) == 0 ? sock : -1;
}

/* A process that has the number @pid, and sleeps. */
static pid_t start_as(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1};
	pid_t made = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (made == 0) {
		(void)pause();
		_exit(0);
	}
	return made;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address;
	int sock, end;
	pid_t pid;

	if (argc != 2 || wire_address(argv[1], &address) < 0)
		return 2;
	for (int i = 0; i < 2; i++) {
		sock = connect_by_child(&address, &pid, &end);
		if (sock < 0) {
			perror("recycled");
			return 2;
		}
		(void)usleep(200000); /* the helper may take the connection first, or not */
		if (i == 0) {
			(void)printf("alive %u\n", ping(sock));
			close(end);
			(void)waitpid(pid, NULL, 0);
			continue;
		}
		close(end);
		(void)waitpid(pid, NULL, 0);
		if (start_as(pid) != pid) {
			perror("recycled: clone3");
			return 2;
		}
		(void)printf("recycled %u\n", ping(sock));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	return 0;
}
