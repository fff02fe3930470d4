/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "sets/helper.h"

static bool is_host(const struct helper *h, const struct ns_inodes *from, uint32_t kinds)
{
	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		if ((kinds & ns_bit(kind)) && from->ino[kind] != h->host.ns.ino[kind])
			return false;
	return true;
}

void origin_complete(int pid, uint32_t kinds, struct ns_inodes *at)
{
	NSI_AUTO_FD int dir = -EBADF;
	uint32_t lacking = 0;
	struct ns_inodes seen;
	char path[32];

	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		if ((kinds & ns_bit(kind)) && at->ino[kind] == 0)
			lacking |= ns_bit(kind);
	if (lacking == 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns", pid);
	priv_raise();
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && ns_inodes_read_some(dir, lacking, &seen) == 0)
		for (int kind = 0; kind < NS_KIND_MAX; kind++)
			at->ino[kind] = lacking & ns_bit(kind) ? seen.ino[kind] : at->ino[kind];
	priv_lower();
}

/* Namespaces that are nobody's we know: a container, a service of its own, a user's unshare. */
static void open_foreign(int pid, uint32_t kinds, struct origin *ret)
{
	priv_raise();
	for (int kind = 0; kind < NS_KIND_MAX; kind++) {
		char path[64];

		if (!(kinds & ns_bit(kind)))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_kinds[kind].proc);
		ret->fds[kind] =
			open(path, O_RDONLY | O_CLOEXEC); /* without it there is no way back */
	}
	priv_lower();
}

void origin_find(struct helper *h, struct ns_inodes *from, int pid, uint32_t kinds,
		 struct origin *ret)
{
	const struct set *set;

	origin_complete(pid, kinds, from);
	*ret = (struct origin){.kind = ORIGIN_HOST, .ns = *from};
	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		ret->fds[kind] = -EBADF;
	if (is_host(h, from, kinds))
		return;
	origin_complete(pid, ns_bit(NS_KIND_MAX) - 1, from); /* a set is known by all of its own */
	ret->ns = *from;
	set = set_by_namespaces(h, from);
	if (set) {
		ret->kind = ORIGIN_SET;
		ret->set = set->rec.id;
		return;
	}
	ret->kind = ORIGIN_FOREIGN;
	open_foreign(pid, kinds, ret);
}

struct ns_inodes origin_place(struct helper *h, const struct origin *o)
{
	const struct set *set = o->kind == ORIGIN_SET ? set_by_id(h, o->set) : NULL;
	struct ns_inodes at = o->ns;

	for (int kind = 0; set && kind < NS_KIND_MAX; kind++)
		if (set->rec.kinds & ns_bit(kind))
			at.ino[kind] = set->rec.ns.ino[kind];
	return at;
}

unsigned origin_way(struct helper *h, const struct origin *o, uint32_t kinds, int fds[NS_KIND_MAX])
{
	const struct set *set;
	unsigned count = 0;

	switch (o->kind) {
	case ORIGIN_HOST:
		fds[0] = h->host.self_fd;
		return 1;
	case ORIGIN_SET:
		set = set_by_id(h, o->set);
		if (!set || set->anchor.pidfd < 0)
			return 0;
		fds[0] = set->anchor.pidfd;
		return 1;
	case ORIGIN_FOREIGN:
		for (int kind = 0; kind < NS_KIND_MAX; kind++) {
			if (!(kinds & ns_bit(kind)))
				continue;
			if (o->fds[kind] < 0)
				return 0;
			fds[count++] = o->fds[kind];
		}
		break;
	}
	return count;
}
