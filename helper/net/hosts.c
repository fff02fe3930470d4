/* SPDX-License-Identifier: MIT */
#include "net/host_side.h"

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
#include "base/text.h"
#include "net/net.h"
#include "net/state.h"

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
