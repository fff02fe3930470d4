/* SPDX-License-Identifier: MIT */
/* The move of a host's interface into a set, and back */
#ifndef NSI_NET_DEVICE_H
#define NSI_NET_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct link_socket;
struct net_host;
struct net_record;
struct nsi_fail;

/*
 * DOC: records of moved interfaces
 *
 * <rundir>/net/<set>.device-<name> is written before an interface leaves the host:
 * whether it was up, its MTU, the bridge it was a port of, some of its sysctls, and its
 * addresses and routes.  It is removed when all of that is restored, also by a later helper.
 * While the interface is in the set, the set's namespace has a name below /run/netns, so that
 * it is found when helper, anchor and all sessions were killed; without a name the kernel
 * would delete a veth or a macvlan together with the namespace.
 */

/* Moves the interface @name of the host into the set's namespace.  Returns 0 or -errno. */
int device_take(const struct net_host *h, struct link_socket *l, const char *name,
		struct nsi_fail *f);

/*
 * Gives back all interfaces of @rec.  @l is the host's.  Returns 0 or -errno; @f and
 * *@ret_changed report an interface that is back with other settings.
 */
int device_give_all(const struct net_host *h, struct link_socket *l, const struct net_record *rec,
		    bool *ret_changed, struct nsi_fail *f);

enum {
	SNAPSHOT_MAX = 32768, /* some two hundred addresses and routes */
};

/* The kernel's own messages about them, as "ip addr save" and "ip route save" keep them. */
struct snapshot {
	uint32_t size;
	uint32_t pad;
	_Alignas(8) char messages[SNAPSHOT_MAX];
};

/* Records them.  Returns 0, -E2BIG if there are too many, or -errno. */
int snapshot_take(struct link_socket *l, int index, struct snapshot *ret);

/*
 * Gives them to interface @index, @seconds later; an address whose time has run out
 * since then is left out.  Goes on over what the kernel refuses, and then returns the
 * first -errno.  @s is used up.
 */
int snapshot_play(struct link_socket *l, int index, uint64_t seconds, struct snapshot *s);

#endif /* NSI_NET_DEVICE_H */
