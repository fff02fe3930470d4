/* SPDX-License-Identifier: MIT */
/* A snapshot of an interface's addresses and routes, and its restoration */
#ifndef NSI_NET_SNAPSHOT_H
#define NSI_NET_SNAPSHOT_H

#include <stdint.h>

struct link_socket;

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

#endif /* NSI_NET_SNAPSHOT_H */
