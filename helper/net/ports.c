/* SPDX-License-Identifier: MIT */
#include "net/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/inet.h"

/*
 * One table of proc_pid_net(5): the local address ends in ":PORT", the state is the
 * fourth column.  Binding the port to try it would take CAP_NET_BIND_SERVICE.
 */
static int ports_look(const char *path, unsigned port, unsigned state, bool *ret_taken)
{
	NSI_AUTO_FILE FILE *table = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	if (!table) /* a kernel without IPv6 has no tables of it */
		return errno == ENOENT ? 0 : -errno;
	while (getline(&line, &room, table) > 0) {
		unsigned local, is;

		if (sscanf(line, "%*s %*[0-9A-Fa-f]:%x %*s %x", &local, &is) == 2 &&
		    local == port && is == state)
			*ret_taken = true;
	}
	return 0;
}

int ports_check(const struct inet_forward *fw, struct nsi_fail *f)
{
	static const char *const tcp[] = {"/proc/thread-self/net/tcp",
					  "/proc/thread-self/net/tcp6"};
	static const char *const udp[] = {"/proc/thread-self/net/udp",
					  "/proc/thread-self/net/udp6"};
	const bool is_udp = fw->proto == IPPROTO_UDP;
	/* TCP_LISTEN; a socket of UDP that is not connected is TCP_CLOSE. */
	const unsigned state = is_udp ? 0x07 : 0x0a;
	bool taken = false;
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++)
		r = ports_look(is_udp ? udp[i] : tcp[i], fw->from, state, &taken);
	if (r < 0)
		return fail_errno(f, r, "cannot check whether port %u is free", fw->from);
	return taken ? fail_set(f, EADDRINUSE,
				"port %u of the host is taken by a server; forward another one",
				fw->from)
		     : 0;
}
