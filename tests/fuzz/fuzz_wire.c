/* SPDX-License-Identifier: MIT */
/* Whatever arrives at a socket, it is refused, or a message of its whole size whose texts end within it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union nsi_message *m = malloc(sizeof(*m)); /* bounds for ASan */
	int pair[2], fds[NSI_FDS_MAX];
	unsigned count = 0;

	if (!m || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) < 0) {
		free(m);
		return 0;
	}
	if (size > 0 && send(pair[0], data, size, MSG_NOSIGNAL) == (ssize_t)size) {
		int r = wire_receive(pair[1], m, fds, &count);

		if (r == 1 &&
		    (count > NSI_FDS_MAX || wire_size(m->h.type) == 0 || size > sizeof(*m)))
			abort();
	}
	close(pair[0]);
	close(pair[1]);
	free(m);
	return 0;
}
