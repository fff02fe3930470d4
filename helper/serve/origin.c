/* SPDX-License-Identifier: MIT */
#include "serve/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/host.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/sentinel.h"
#include "sets/set.h"

static bool origin_is_host(const struct sets *sets, const struct ns_inodes *from, uint32_t types)
{
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && from->ino[type] != sets->host.ns.ino[type])
			return false;
	return true;
}

void origin_complete(int pid, uint32_t types, struct ns_inodes *at)
{
	NSI_AUTO_FD int dir = -EBADF;
	uint32_t lacking = 0;
	struct ns_inodes seen;
	char path[32];

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && at->ino[type] == 0)
			lacking |= ns_bit(type);
	if (lacking == 0)
		return;
	text_fmt(path, sizeof(path), "/proc/%d/ns", pid);
	priv_raise();
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && ns_inodes_read_some(dir, lacking, &seen) == 0)
		for (int type = 0; type < NS_TYPE_MAX; type++)
			at->ino[type] = lacking & ns_bit(type) ? seen.ino[type] : at->ino[type];
	priv_lower();
}

/* Below zero: there is no way back. */
static int origin_open_one(int pid, int type)
{
	char path[64];

	text_fmt(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_types[type].proc);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Namespaces of no known set: of a container, of a service, or of a user's unshare(1). */
static void origin_open_foreign(int pid, uint32_t types, struct origin *ret)
{
	priv_raise();
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (types & ns_bit(type))
			ret->fds[type] = origin_open_one(pid, type);
	priv_lower();
}

/*
 * Whether a process with the namespaces' inodes of @set is in the set.  An anchor keeps its namespaces, and
 * so their inodes; without one the kernel may have given them to others, which the numbers of its file
 * handles tell (Linux 6.18), the number of the mount namespace (6.11), or the file system that the set alone has.
 */
static bool origin_is_proved(const struct set *set, int pid)
{
	bool is;

	if (set->anchor.pidfd >= 0)
		return true;
	priv_raise();
	is = sentinel_confirms(set, pid);
	priv_lower();
	return is;
}

void origin_find(struct sets *sets, struct ns_inodes *from, int pid, uint32_t types,
		 struct origin *ret)
{
	const struct set *set;

	origin_complete(pid, types, from);
	*ret = (struct origin){.type = ORIGIN_HOST, .ns = *from};
	for (int type = 0; type < NS_TYPE_MAX; type++)
		ret->fds[type] = -EBADF;
	if (origin_is_host(sets, from, types))
		return;
	origin_complete(pid, ns_bit(NS_TYPE_MAX) - 1, from); /* a set is known by all of its own */
	ret->ns = *from;
	set = set_by_namespaces(sets, from);
	if (set && origin_is_proved(set, pid)) {
		ret->type = ORIGIN_SET;
		ret->set = set->rec.id;
		return;
	}
	ret->type = ORIGIN_FOREIGN;
	origin_open_foreign(pid, types, ret);
}

struct ns_inodes origin_place(struct sets *sets, const struct origin *o)
{
	const struct set *set = o->type == ORIGIN_SET ? set_by_id(sets, o->set) : NULL;
	struct ns_inodes at = o->ns;

	for (int type = 0; set && type < NS_TYPE_MAX; type++)
		if (set->rec.types & ns_bit(type))
			at.ino[type] = set->rec.ns.ino[type];
	return at;
}

unsigned origin_way(struct sets *sets, const struct origin *o, uint32_t types, int fds[NS_TYPE_MAX])
{
	const struct set *set;
	unsigned count = 0;

	switch (o->type) {
	case ORIGIN_HOST:
		fds[0] = sets->host.self_fd;
		return 1;
	case ORIGIN_SET:
		set = set_by_id(sets, o->set);
		if (!set || set->anchor.pidfd < 0)
			return 0;
		fds[0] = set->anchor.pidfd;
		return 1;
	case ORIGIN_FOREIGN:
		for (int type = 0; type < NS_TYPE_MAX; type++) {
			if (!(types & ns_bit(type)))
				continue;
			if (o->fds[type] < 0)
				return 0;
			fds[count++] = o->fds[type];
		}
		break;
	}
	return count;
}

unsigned origin_open(int pid, uint32_t types, int fds[NS_TYPE_MAX])
{
	unsigned count = 0;

	priv_raise();
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		if (!(types & ns_bit(type)))
			continue;
		fds[count] = origin_open_one(pid, type);
		if (fds[count] < 0)
			break;
		count++;
		types &= ~ns_bit(type);
	}
	priv_lower();
	if (types == 0)
		return count;
	origin_close(fds, count);
	return 0;
}

unsigned origin_open_way(struct sets *sets, const struct origin *o, uint32_t types,
			 int fds[NS_TYPE_MAX])
{
	const struct set *set;
	unsigned count = 0;

	if (o->type == ORIGIN_HOST)
		return origin_open(getpid(), types, fds);
	if (o->type == ORIGIN_SET) {
		set = set_by_id(sets, o->set);
		return set && set->anchor.pidfd >= 0 ? origin_open(set->anchor.pid, types, fds) : 0;
	}
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		if (!(types & ns_bit(type)))
			continue;
		fds[count] = fcntl(o->fds[type], F_DUPFD_CLOEXEC, 0);
		if (fds[count] < 0) {
			origin_close(fds, count);
			return 0;
		}
		count++;
	}
	return count;
}

void origin_close(int fds[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		nsi_closep(&fds[i]);
}
