/* SPDX-License-Identifier: MIT */
#include "net/host_side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "net/link.h"
#include "net/net.h"

static const struct {
	const char *path;   /* below /proc/sys */
	const char *marker; /* below <rundir>/net: we turned it on */
} switches[NET_FAMILIES] = {
	[NET_V4] = {"net/ipv4/ip_forward", "forwarding4"},
	[NET_V6] = {"net/ipv6/conf/all/forwarding", "forwarding6"},
};

static int forwarding_open_sysctl(const char *path, int flags)
{
	char full[256];
	int n = snprintf(full, sizeof(full), "/proc/sys/%s", path);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int forwarding_write(const char *path, const char *value, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = forwarding_open_sysctl(path, O_WRONLY);
	int r = fd < 0 ? fd : fd_write_all(fd, value, strlen(value));

	return r < 0 ? fail_errno(f, r, "cannot set /proc/sys/%.120s to %.60s", path, value) : 0;
}

int forwarding_read(const char *path, char *buf, size_t size)
{
	NSI_AUTO_FD int fd = forwarding_open_sysctl(path, O_RDONLY);
	ssize_t n = fd < 0 ? fd : read(fd, buf, size - 1);

	if (n < 0)
		return fd < 0 ? fd : -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static bool forwarding_is_on(int family)
{
	NSI_AUTO_FD int fd = forwarding_open_sysctl(switches[family].path, O_RDONLY);
	char digit = '0';

	return fd >= 0 && read(fd, &digit, 1) == 1 && digit != '0';
}

static int forwarding_look(void *arg, const struct link_entry *e)
{
	bool *learned = arg;

	*learned |= e->is_learned && e->prefix.family == AF_INET6;
	return 0;
}

static int forwarding_check_learned(struct link_socket *l, struct nsi_fail *f)
{
	bool learned = false;
	int r = link_each_route(l, forwarding_look, &learned);

	if (r < 0)
		return link_fail(l, r, "cannot list the host's routes", f);
	return learned ? fail_set(f, EPERM,
				  "net.ipv6.conf.all.forwarding is off, and turning it on would "
				  "cost "
				  "the host the routes that it has from routers: see accept_ra = 2")
		       : 0;
}

/* The marker goes first: what is turned on is then surely turned off again. */
static int forwarding_turn_on(int net_fd, int family, struct nsi_fail *f)
{
	NSI_AUTO_FD int marker = openat(net_fd, switches[family].marker,
					O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (marker < 0)
		return fail_errno(f, errno, "cannot record that forwarding was off");
	return forwarding_write(switches[family].path, "1", f);
}

int forwarding_on(int net_fd, struct link_socket *l, const struct net_config *c, struct nsi_fail *f)
{
	int r = 0;

	for (int i = 0; i < NET_FAMILIES && r == 0; i++) {
		if (!c->pool[i].family || forwarding_is_on(i))
			continue;
		if (i == NET_V6)
			r = forwarding_check_learned(l, f);
		if (r == 0)
			r = forwarding_turn_on(net_fd, i, f);
	}
	return r;
}

int forwarding_off(int net_fd, struct nsi_fail *f)
{
	int r = 0;

	for (int i = 0; i < NET_FAMILIES && r == 0; i++) {
		if (faccessat(net_fd, switches[i].marker, F_OK, 0) < 0)
			continue;
		r = forwarding_write(switches[i].path, "0", f);
		if (r == 0 && unlinkat(net_fd, switches[i].marker, 0) < 0)
			r = fail_errno(f, errno,
				       "cannot remove the record that forwarding was off");
	}
	return r;
}

int forwarding_local(const char *bridge, bool on, struct nsi_fail *f)
{
	char path[96];
	int r;

	text_fmt(path, sizeof(path), "net/ipv4/conf/%s/route_localnet", bridge);
	if (!on) { /* a bridge that is gone took it along */
		struct nsi_fail ignored = {""};

		r = forwarding_write(path, "0", &ignored);
		return r == -ENOENT ? 0 : r;
	}
	return forwarding_write(path, "1", f);
}
