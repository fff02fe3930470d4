/* SPDX-License-Identifier: MIT */
#include "net/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "net/net.h"
#include "net/state.h"

enum {
	HOSTS_MAX = 2 << 20
};

static const char mark[] = "# the others on this network; kept by nsisolate, do not edit below\n";

struct list {
	int net_fd, etc_fd;
	const char *bridge;
	uint64_t except;
	FILE *out;
};

static bool is_member(const struct list *l, const struct net_record *rec)
{
	return rec->peers[0] && rec->hostname[0] && strcmp(rec->bridge, l->bridge) == 0;
}

static int write_line(void *arg, uint64_t set, const struct net_record *rec)
{
	const struct list *l = arg;
	int name = (int)strcspn(rec->hostname, ".");

	if (set == l->except || !is_member(l, rec))
		return 0;
	for (int i = 0; i < NET_FAMILIES; i++) {
		struct inet_prefix address;
		char text[INET_TEXT];

		if (inet_read_interface(rec->address[i], &address) < 0)
			continue;
		fprintf(l->out, "%s\t%s", inet_format(&address, false, text), rec->hostname);
		if (rec->hostname[name])
			fprintf(l->out, " %.*s", name, rec->hostname);
		fputc('\n', l->out);
	}
	return 0;
}

/* What stands in front of our mark, or all of it. */
static ssize_t read_head(int fd, char *buf, size_t size)
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
static int rewrite(struct list *l, int fd, char *head, size_t room)
{
	NSI_AUTO_FREE char *text = NULL;
	size_t size = 0;
	ssize_t n = read_head(fd, head, room);
	int r;

	if (n < 0)
		return (int)n;
	l->out = open_memstream(&text, &size);
	if (!l->out)
		return -ENOMEM;
	(void)fwrite(head, 1, (size_t)n, l->out); /* fclose() tells */
	fputs(mark, l->out);
	r = state_each(l->net_fd, write_line, l);
	if (fclose(l->out) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0 && pwrite(fd, text, size, 0) != (ssize_t)size)
		r = -ENOSPC;
	if (r == 0 && ftruncate(fd, (off_t)size) < 0)
		r = -errno;
	return r;
}

static int update_one(void *arg, uint64_t set, const struct net_record *rec)
{
	NSI_AUTO_FREE char *head = NULL;
	NSI_AUTO_FD int fd = -EBADF;
	struct list *l = arg;
	char path[48];

	if (!is_member(l, rec))
		return 0;
	(void)snprintf(path, sizeof(path), "%" PRIu64 "/hosts", set);
	fd = path_open(l->etc_fd, path, O_RDWR | O_NOFOLLOW, PATH_XDEV_NO);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd; /* it is ending */
	head = malloc(HOSTS_MAX);
	if (!head)
		return -ENOMEM;
	l->except = set;
	return rewrite(l, fd, head, HOSTS_MAX);
}

int hosts_update(int net_fd, int etc_fd, const char *bridge, struct nsi_fail *f)
{
	struct list l = {.net_fd = net_fd, .etc_fd = etc_fd, .bridge = bridge};
	int r = state_each(net_fd, update_one, &l);

	return r < 0 ? fail_errno(f, r, "cannot write the hosts files of the members of %s", bridge)
		     : 0;
}
