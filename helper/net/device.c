/* SPDX-License-Identifier: MIT */
#include "net/device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "net/host_side.h"
#include "net/link.h"
#include "net/net.h"
#include "net/net_names.h"

/* The settings that the kernel resets when an interface changes its namespace. */
static const struct {
	const char *family, *name;
} sysctls[] = {
	{"ipv6", "disable_ipv6"}, {"ipv6", "addr_gen_mode"}, {"ipv6", "accept_ra"},
	{"ipv6", "autoconf"},     {"ipv6", "use_tempaddr"},  {"ipv4", "rp_filter"},
};

enum {
	DEVICE_VERSION = 1,
	SYSCTLS = sizeof(sysctls) / sizeof(sysctls[0]),
	SPARE_NAMES = 100,
};

struct device {
	uint32_t version;
	int32_t inside; /* its index in the set, by which it is known whatever it is called there */
	int32_t link, link_ns; /* seen from there: who is root there cannot make another like it */
	int32_t master;
	uint32_t flags, mtu;
	uint64_t since_us;   /* when this was recorded */
	char name[IFNAMSIZ]; /* on the host */
	char kind[16];
	char back[IFNAMSIZ]; /* the name that it comes back by; "" until then */
	char sysctls[SYSCTLS][16];
	struct snapshot snapshot; /* as much of it as there is */
};

static void device_file_name(const struct net_host *h, const char *name, char ret[64])
{
	text_fmt(ret, 64, "%" PRIu64 ".device-%s", h->set, name);
}

static int device_write_file(const struct net_host *h, const struct device *d, struct nsi_fail *f)
{
	size_t size = offsetof(struct device, snapshot.messages) + d->snapshot.size;
	char name[64];
	int r;

	device_file_name(h, d->name, name);
	r = path_write_file(h->net_fd, name, 0600, d, size);
	return r < 0 ? fail_errno(f, r, "cannot remember what the interface %s is like", d->name)
		     : 0;
}

static bool device_is_record(const struct device *d, ssize_t size)
{
	const size_t head = offsetof(struct device, snapshot.messages);

	return size >= (ssize_t)head && d->version == DEVICE_VERSION &&
	       d->snapshot.size <= SNAPSHOT_MAX && (size_t)size == head + d->snapshot.size;
}

/*
 * The record of an interface, to be freed; an empty one for one that is not there or of another version: then the
 * interface comes back as it is.  Returns NULL if it cannot be read.
 */
static struct device *device_read_file(const struct net_host *h, const char *name,
				       struct nsi_fail *f)
{
	NSI_AUTO_FREE struct device *d = calloc(1, sizeof(*d) + 1);
	char file[64];
	ssize_t n;

	device_file_name(h, name, file);
	n = d ? fd_read_file(h->net_fd, file, (char *)d, sizeof(*d) + 1) : -ENOMEM;
	if (n < 0 && n != -ENOENT && n != -E2BIG) {
		(void)fail_errno(f, (int)n, "cannot read what the interface %s was like", name);
		return NULL;
	}
	if (!device_is_record(d, n))
		memset(d, 0, sizeof(*d));
	(void)text_copy(d->name, sizeof(d->name), name);
	return nsi_take_ptr(&d);
}

static void device_sysctl_path(const char *name, int i, char ret[96])
{
	text_fmt(ret, 96, "net/%s/conf/%s/%s", sysctls[i].family, name, sysctls[i].name);
}

static int device_remember(const struct net_host *h, struct link_socket *l,
			   const struct link_info *info, struct device *d, struct nsi_fail *f)
{
	int r = snapshot_take(l, info->index, &d->snapshot);

	if (r < 0)
		return link_fail(l, r, f, "cannot list the addresses of the interface %s", d->name);
	d->version = DEVICE_VERSION;
	d->master = info->master;
	d->flags = info->flags;
	d->mtu = info->mtu;
	d->since_us = clock_now_us();
	(void)text_copy(d->kind, sizeof(d->kind), info->kind);
	for (int i = 0; i < SYSCTLS; i++) {
		char path[96];

		device_sysctl_path(d->name, i, path);
		if (forwarding_read(path, d->sysctls[i], sizeof(d->sysctls[i])) < 0)
			d->sysctls[i][0] = '\0'; /* a kernel without IPv6 */
	}
	return device_write_file(h, d, f);
}

/* A visit to the set's namespace: device_leave() ends it at the end of the block. */
struct device_visit {
	int home;
	struct link_socket l;
};

static int device_enter(struct device_visit *v, int ns, struct nsi_fail *f)
{
	int r;

	*v = (struct device_visit){.home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
	if (v->home < 0 || setns(ns, CLONE_NEWNET) < 0) {
		r = fail_errno(f, errno, "cannot enter the set's network");
		nsi_closep(&v->home);
		return r;
	}
	return link_open(&v->l, f);
}

static void device_leave(struct device_visit *v)
{
	if (v->home < 0)
		return;
	link_done(&v->l);
	if (setns(v->home, CLONE_NEWNET) < 0)
		_exit(1); /* this child must not go on in the wrong one */
	nsi_closep(&v->home);
}

/* Nobody is in the set yet, so what has its name there is it. */
static int device_remember_inside(const struct net_host *h, struct device *d, struct nsi_fail *f)
{
	NSI_CLEANUP(device_leave) struct device_visit v;
	struct link_info info;
	int r = device_enter(&v, h->ns_fd, f);

	if (r < 0)
		return r;
	r = link_find(&v.l, d->name, &info);
	if (r < 0)
		return fail_errno(f, r, "cannot find the interface %s in the set", d->name);
	d->inside = info.index;
	d->link = info.link;
	d->link_ns = info.link_ns;
	return device_write_file(h, d, f);
}

int device_take(const struct net_host *h, struct link_socket *l, const char *name,
		struct nsi_fail *f)
{
	NSI_AUTO_FREE struct device *d = calloc(1, sizeof(*d));
	struct link_info info;
	int r = link_find(l, name, &info);

	if (r < 0)
		return fail_set(f, ENODEV,
				"there is no interface %s to be moved: does another set have it?",
				name);
	if (info.flags & IFF_LOOPBACK)
		return fail_set(f, EINVAL, "the loopback cannot be moved");
	if (!d)
		return fail_set(f, ENOMEM, "no memory for the interface %s", name);
	(void)text_copy(d->name, sizeof(d->name), name);
	r = device_remember(h, l, &info, d, f);
	if (r < 0)
		return r;
	r = link_move(l, info.index, h->ns_fd, name);
	if (r < 0)
		return link_fail(l, r, f, "cannot move the interface %s", name);
	return device_remember_inside(h, d, f);
}

/* By its index, and by its name only where that is not known. */
static int device_find_inside(int ns, const struct device *d, struct link_info *ret,
			      struct nsi_fail *f)
{
	NSI_CLEANUP(device_leave) struct device_visit v;
	int r = device_enter(&v, ns, f);

	if (r < 0)
		return r;
	r = d->inside ? link_find_index(&v.l, d->inside, ret) : link_find(&v.l, d->name, ret);
	if (r < 0 || !d->inside)
		return r;
	return strcmp(ret->kind, d->kind) == 0 && ret->link == d->link && ret->link_ns == d->link_ns
		       ? 0
		       : -ENODEV;
}

/* Its own name, or a spare one where the host has another of that name by now. */
static int device_choose_name(struct link_socket *l, struct device *d)
{
	struct link_info info;
	int r = link_find(l, d->name, &info);

	(void)text_copy(d->back, sizeof(d->back), d->name);
	for (int i = 0; r == 0 && i < SPARE_NAMES; i++) {
		text_fmt(d->back, sizeof(d->back), "dev%d", i);
		r = link_find(l, d->back, &info);
	}
	return r == -ENODEV ? 0 : r == 0 ? -EEXIST : r;
}

/* Out of the set's namespace.  Returns 0 when it has come back, now or before, or -errno. */
static int device_send_back(const struct net_host *h, int ns, struct link_socket *l,
			    struct device *d, struct nsi_fail *f)
{
	NSI_CLEANUP(device_leave) struct device_visit v = {.home = -EBADF};
	struct link_info info;
	int r = device_find_inside(ns, d, &info, f);

	if (r == -ENODEV) /* it is back, or it never left */
		return 0;
	if (r < 0)
		return fail_errno(f, r, "cannot find the interface %s in the set", d->name);
	r = device_choose_name(l, d);
	if (r < 0)
		return fail_errno(f, r, "cannot find a name for the interface %s on the host",
				  d->name);
	r = d->version ? device_write_file(h, d, f)
		       : 0; /* it may be found by that name from here on */
	if (r < 0)
		return r;
	r = device_enter(&v, ns, f);
	if (r < 0)
		return r;
	r = link_move(&v.l, info.index, v.home, d->back);
	return r < 0 ? link_fail(&v.l, r, f, "cannot give back the interface %s", d->name) : 0;
}

/* On the host again: what it had.  Goes on, and returns the first error. */
static int device_restore(struct link_socket *l, struct device *d, const struct link_info *info)
{
	uint64_t seconds = (clock_now_us() - d->since_us) / 1000000;
	struct nsi_fail ignored = {""};
	int r = 0;

	for (int i = 0; i < SYSCTLS; i++) {
		char path[96];

		device_sysctl_path(d->back, i, path);
		if (d->sysctls[i][0])
			r = fail_first(r, forwarding_write(path, d->sysctls[i], &ignored));
	}
	r = fail_first(r, link_set_mtu(l, info->index, d->mtu));
	if (d->master)
		r = fail_first(r, link_set_port(l, info->index, d->master, false));
	if (d->flags & IFF_UP)
		r = fail_first(r, link_set_up(l, info->index));
	return fail_first(r, snapshot_play(l, info->index, seconds, &d->snapshot));
}

/* It is not in the set any more.  The record goes last, and stays if it cannot be told what became of the interface. */
static int device_settle(const struct net_host *h, struct link_socket *l, struct device *d,
			 bool *ret_changed, struct nsi_fail *f)
{
	struct link_info info;
	char file[64];
	int r = d->version && d->back[0] ? link_find(l, d->back, &info) : -ENODEV;

	if (r < 0 && r != -ENODEV)
		return link_fail(l, r, f, "cannot find the interface %s, which has come back",
				 d->name);
	if (r == 0) {
		r = device_restore(l, d, &info);
		if (r < 0)
			(void)fail_errno(f, r, "the interface %s is back, but not all that it had",
					 d->name);
		if (strcmp(d->back, d->name) != 0)
			(void)fail_set(f, EEXIST,
				       "the interface %s is back as %s: there is another of its "
				       "name by now",
				       d->name, d->back);
		*ret_changed |= r < 0 || strcmp(d->back, d->name) != 0;
	}
	device_file_name(h, d->name, file);
	if (unlinkat(h->net_fd, file, 0) < 0 && errno != ENOENT)
		return fail_errno(f, errno, "cannot remove the record of the interface %s",
				  d->name);
	return 0;
}

static int device_give(const struct net_host *h, int ns, struct link_socket *l, const char *name,
		       bool *ret_changed, struct nsi_fail *f)
{
	NSI_AUTO_FREE struct device *d = device_read_file(h, name, f);
	int r;

	if (!d)
		return -EIO;
	r = ns >= 0 ? device_send_back(h, ns, l, d, f) : 0;
	return r < 0 ? r : device_settle(h, l, d, ret_changed, f);
}

int device_give_all(const struct net_host *h, struct link_socket *l, const struct net_record *rec,
		    bool *ret_changed, struct nsi_fail *f)
{
	char words[sizeof(rec->interfaces)], *at = words, *name;
	NSI_AUTO_FD int named = -EBADF;
	struct nsi_fail why = {""};
	int r = 0, ns = h->ns_fd;
	bool made;

	if (ns < 0 && rec->interfaces[0] && rec->publish[0]) {
		/* Gone with its processes, but for its name. */
		ns = named = names_open_netns(rec->publish, false, &made, &why);
		/* -ENOTTY: the file is left, and the namespace is no longer mounted there. */
		if (ns < 0 && ns != -ENOENT && ns != -ENOTTY)
			return fail_set(f, ns, "%s", why.what);
	}
	memcpy(words, rec->interfaces, sizeof(words));
	while (rec->interfaces[0] && (name = strsep(&at, " ")) != NULL)
		r = fail_first(r, device_give(h, ns, l, name, ret_changed, f));
	return r;
}
