/* SPDX-License-Identifier: MIT */
/* A receiver of syslog messages.  logsink SOCKET FILE: one line of FILE for each message. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

int main(int argc, char **argv)
{
	char line[8192];
	int file;
	int sock;

	if (argc != 3) {
		fprintf(stderr, "usage: logsink SOCKET FILE\n");
		return 2;
	}
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	sock = bind_socket(argv[1]);
	if (file < 0 || sock < 0) {
		perror("logsink");
		return 1;
	}
	for (;;) {
		ssize_t size = recv(sock, line, sizeof(line) - 1, 0);

		if (size < 0)
			return 1;
		while (size > 0 && (line[size - 1] == '\0' || line[size - 1] == '\n'))
			size--;
		line[size++] = '\n';
		if (fd_write_all(file, line, (size_t)size) < 0)
			return 1;
	}
}
