/* SPDX-License-Identifier: MIT */
/* IP forwarding of the host */
#ifndef NSI_NET_FORWARDING_H
#define NSI_NET_FORWARDING_H

#include <stdbool.h>
#include <stddef.h>

struct link_socket;
struct net_config;
struct nsi_fail;

/*
 * Turns on net.ipv4.ip_forward and net.ipv6.conf.all.forwarding, as the pools of @c
 * need, and records below @net_fd which were off before.  IPv6 forwarding is not turned
 * on where the host has routes from router advertisements: the kernel would ignore
 * these from then on.  Returns 0 or -errno.
 */
int forwarding_on(int net_fd, struct link_socket *l, const struct net_config *c,
		  struct nsi_fail *f);

/* Turns off the forwarding that forwarding_on() turned on.  Returns 0 or -errno. */
int forwarding_off(int net_fd, struct nsi_fail *f);

/* Lets 127.0.0.1 of the host reach @bridge, for forwards, or no longer.  Returns 0 or -errno. */
int forwarding_local(const char *bridge, bool on, struct nsi_fail *f);

/* Writes @value to /proc/sys/@path.  Returns 0 or -errno. */
int forwarding_write(const char *path, const char *value, struct nsi_fail *f);

/* Reads /proc/sys/@path, without its line end, into @buf.  Returns 0 or -errno. */
int forwarding_read(const char *path, char *buf, size_t size);

#endif /* NSI_NET_FORWARDING_H */
