/* SPDX-License-Identifier: MIT */
/*
 * A receiver of syslog messages.  logsink SOCKET FILE: one line of FILE for each message.
 * logsink SOCKET: waits until all that was sent before is in the file of the receiver at SOCKET,
 * which answers an empty message when it gets there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

static int bind_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || text_copy(address.sun_path, sizeof(address.sun_path), path) < 0)
		return -1;
	(void)unlink(path); /* of a sink before us, or not there */
	if (bind(sock, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	if (chmod(path, 0666) < 0)
		return -1;
	return sock;
}

static int settle(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = 5};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char answer;

	if (sock < 0 || text_copy(address.sun_path, sizeof(address.sun_path), path) < 0 ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return 1;
	/* A family alone: the kernel gives it an address for the answer, unix(7). */
	if (bind(sock, (const struct sockaddr *)&address, sizeof(sa_family_t)) < 0 ||
	    connect(sock, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return 1;
	return send(sock, "", 0, 0) < 0 || recv(sock, &answer, sizeof(answer), 0) < 0;
}

int main(int argc, char **argv)
{
	char line[8192];
	int file;
	int sock;

	if (argc == 2)
		return settle(argv[1]);
	if (argc != 3) {
		fprintf(stderr, "usage: logsink SOCKET [FILE]\n");
		return 2;
	}
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	sock = bind_socket(argv[1]);
	if (file < 0 || sock < 0) {
		perror("logsink");
		return 1;
	}
	for (;;) {
		struct sockaddr_un from;
		socklen_t from_size = sizeof(from);
		ssize_t size = recvfrom(sock, line, sizeof(line) - 1, 0, (struct sockaddr *)&from,
					&from_size);

		if (size < 0)
			return 1;
		if (size == 0 && from_size > sizeof(sa_family_t)) {
			(void)sendto(sock, "", 0, 0, (const struct sockaddr *)&from, from_size);
			continue;
		}
		while (size > 0 && (line[size - 1] == '\0' || line[size - 1] == '\n'))
			size--;
		line[size++] = '\n';
		if (fd_write_all(file, line, (size_t)size) < 0)
			return 1;
	}
}
