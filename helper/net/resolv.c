/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "net/net.h"

enum {
	RESOLV_MAX = 65536
};

struct resolv_text {
	char *buf;
	size_t size, used;
};

static void resolv_add(struct resolv_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void resolv_add(struct resolv_text *t, const char *fmt, ...)
{
	size_t left = t->used < t->size ? t->size - t->used : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? t->buf + t->used : NULL, left, fmt, ap);
	va_end(ap);
	t->used += n > 0 ? (size_t)n : 0;
}

/* Whether a line of the host's names a server, and one that a session can reach. */
static bool resolv_is_server(const char *line, int size, bool *ret_reachable)
{
	static const char word[] = "nameserver";
	const int n = (int)sizeof(word) - 1;
	struct inet_prefix address;
	char text[INET_TEXT];
	int begin, end;

	if (size <= n || strncmp(line, word, (size_t)n) != 0)
		return false;
	begin = n + (int)strspn(line + n, " \t");
	end = begin + (int)strcspn(line + begin, " \t\n%"); /* "%eth0" is a scope of the host's */
	if (end - begin >= INET_TEXT)
		return false;
	memcpy(text, line + begin, (size_t)(end - begin));
	text[end - begin] = '\0';
	*ret_reachable = line[end] != '%' && inet_read_address(text, &address) == 0 &&
			 !inet_is_loopback(&address);
	return true;
}

/* The host's lines; its servers only if @with_servers. */
static void resolv_add_host(struct resolv_text *t, const char *host, bool with_servers)
{
	while (*host) {
		int size = (int)strcspn(host, "\n");
		bool reachable = false;

		if (resolv_is_server(host, size, &reachable)
			    ? with_servers && reachable
			    : size > 0 && *host != '#' && *host != ';')
			resolv_add(t, "%.*s\n", size, host);
		host += size;
		host += *host == '\n';
	}
}

int resolv_text(const struct net_config *c, const char *host, char *buf, size_t size)
{
	struct resolv_text t = {.buf = buf, .size = size};
	char address[INET_TEXT];

	if (c->mode == NET_HOST || (c->mode == NET_NETNS && !c->has_dns))
		return 0;
	if (c->mode == NET_NONE && !c->has_dns) {
		resolv_add(&t, "# This session has no network, and so nobody to ask for names.\n");
	} else {
		resolv_add(&t, "# For this session alone; see nsisolate.conf(5), NETWORK.\n");
		for (uint32_t i = 0; i < c->dns_count; i++)
			resolv_add(&t, "nameserver %s\n", inet_format(&c->dns[i], false, address));
		resolv_add_host(&t, host, !c->has_dns);
	}
	return t.used < size ? (int)t.used : -ENOSPC;
}

/* The host's resolv.conf; what systemd-resolved asks itself, if that names only its stub. */
static void resolv_read_host(char *buf, size_t size)
{
	static const char own[] = "/etc/resolv.conf",
			  upstream[] = "/run/systemd/resolve/resolv.conf";
	ssize_t n = fd_read_file(AT_FDCWD, own, buf, size);

	if (n > 0 && strstr(buf, "nameserver 127.0.0.53") &&
	    fd_read_file(AT_FDCWD, upstream, buf, size) < 0)
		n = fd_read_file(AT_FDCWD, own, buf, size);
	if (n < 0)
		buf[0] = '\0'; /* then there are no servers to be had from it */
}

int resolv_write(const struct net_config *c, int dir, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *host = malloc(RESOLV_MAX);
	NSI_AUTO_FREE char *text = malloc(2 * RESOLV_MAX); /* with lines of the policy's */
	int size, r;

	if (!host || !text)
		return fail_set(f, ENOMEM, "no memory for the session's resolv.conf");
	resolv_read_host(host, RESOLV_MAX);
	size = resolv_text(c, host, text, 2 * RESOLV_MAX);
	r = size > 0 ? path_write_file(dir, "resolv.conf", 0644, text, (size_t)size) : size;
	if (r < 0)
		return fail_errno(f, r, "cannot write the session's resolv.conf");
	return size > 0;
}
