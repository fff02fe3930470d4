/* SPDX-License-Identifier: MIT */
/* The files of a session that answer for names: resolv.conf and hosts */
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "net/host_side.h"
#include "net/state.h"

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

enum {
	HOSTS_MAX = 2 << 20
};

static const char mark[] = "# the others on this network; kept by nsisolate, do not edit below\n";

/* One member's lines, in the text of all. */
struct member {
	uint64_t set;
	size_t from, to;
};

/*
 * All members, from one look at the records: there are as many files to write as there
 * are members, and a look for each would take the square of their number.
 */
struct list {
	const char *bridge;
	FILE *out;
	char *text;
	size_t size;
	struct member *members;
	size_t count, room;
};

static void hosts_list_done(struct list *l)
{
	if (l->out)
		(void)fclose(l->out); /* nobody reads it any more */
	free(l->text);
	free(l->members);
}

static void hosts_write_lines(FILE *out, const struct net_record *rec)
{
	int name = (int)strcspn(rec->hostname, ".");

	for (int i = 0; i < NET_FAMILIES; i++) {
		struct inet_prefix address;
		char text[INET_TEXT];

		if (inet_read_interface(rec->address[i], &address) < 0)
			continue;
		fprintf(out, "%s\t%s", inet_format(&address, false, text), rec->hostname);
		if (rec->hostname[name])
			fprintf(out, " %.*s", name, rec->hostname);
		fputc('\n', out);
	}
}

static int hosts_add_member(void *arg, uint64_t set, const struct net_record *rec)
{
	struct list *l = arg;

	if (!rec->peers[0] || !rec->hostname[0] || strcmp(rec->bridge, l->bridge) != 0)
		return 0;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct member *more = reallocarray(l->members, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->members = more;
		l->room = room;
	}
	l->members[l->count] = (struct member){.set = set, .from = (size_t)ftell(l->out)};
	hosts_write_lines(l->out, rec);
	l->members[l->count++].to = (size_t)ftell(l->out);
	return 0;
}

/* Returns the length of the text in front of our mark, or of all of it. */
static ssize_t hosts_read_head(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);
	char *at;

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	at = strstr(buf, mark);
	return at ? at - buf : n;
}

/* The whole text goes over the old one in one write(2), so that no reader finds it half empty. */
static int hosts_rewrite(const struct list *l, const struct member *m, int fd, char *buf,
			 size_t room)
{
	const char *parts[] = {mark, l->text, l->text + m->to};
	const size_t sizes[] = {sizeof(mark) - 1, m->from, l->size - m->to};
	ssize_t n = hosts_read_head(fd, buf, room);
	size_t size = n < 0 ? 0 : (size_t)n;

	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (sizes[i] > room - size)
			return -EFBIG;
		memcpy(buf + size, parts[i], sizes[i]);
		size += sizes[i];
	}
	if (pwrite(fd, buf, size, 0) != (ssize_t)size)
		return -ENOSPC;
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

static int hosts_update_one(const struct list *l, const struct member *m, int etc_fd, char *buf)
{
	NSI_AUTO_FD int fd = -EBADF;
	char path[48];

	text_fmt(path, sizeof(path), "%" PRIu64 "/hosts", m->set);
	fd = path_open(etc_fd, path, O_RDWR | O_NOFOLLOW, PATH_XDEV_NO);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd; /* it is ending */
	return hosts_rewrite(l, m, fd, buf, HOSTS_MAX);
}

static int hosts_list_members(struct list *l, int net_fd)
{
	int r;

	l->out = open_memstream(&l->text, &l->size);
	if (!l->out)
		return -ENOMEM;
	r = state_each(net_fd, hosts_add_member, l);
	if (fclose(l->out) != 0 && r == 0)
		r = -ENOMEM;
	l->out = NULL;
	return r;
}

int hosts_update(int net_fd, int etc_fd, const char *bridge, struct nsi_fail *f)
{
	NSI_CLEANUP(hosts_list_done) struct list l = {.bridge = bridge};
	NSI_AUTO_FREE char *buf = malloc(HOSTS_MAX);
	int r = buf ? hosts_list_members(&l, net_fd) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < l.count; i++)
		r = hosts_update_one(&l, &l.members[i], etc_fd, buf);
	return r < 0 ? fail_errno(f, r, "cannot write the hosts files of the members of %s", bridge)
		     : 0;
}
