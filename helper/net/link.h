/* SPDX-License-Identifier: MIT */
/* Interfaces, addresses and routes, over rtnetlink(7) */
#ifndef NSI_NET_LINK_H
#define NSI_NET_LINK_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/inet.h"

struct mnl_socket;
struct nlmsghdr;
struct nsi_fail;

enum {
	LINK_MESSAGE = 4096, /* more than any request of ours takes */
};

/* A socket of rtnetlink(7); it acts on the namespace in which it was opened. */
struct link_socket {
	struct mnl_socket *nl;
	uint32_t seq;
	char said[128]; /* the kernel's message about the last refusal */
};

struct link_info {
	int index;
	unsigned flags; /* IFF_* */
	uint32_t mtu;
	int master;
	int link,
		link_ns; /* its lower interface or its peer, and the number of that one's namespace */
	char kind[16];   /* "bridge", "veth"; "" for a device of hardware */
	uint32_t group; /* who has made it, for those of ours: names_group() */
};

int link_open(struct link_socket *l, struct nsi_fail *f);
void link_done(struct link_socket *l);

/*
 * The functions below return 0 or -errno without a sentence: the caller knows the
 * context, and link_fail() adds the kernel's message.
 */
int link_find(struct link_socket *l, const char *name, struct link_info *ret);
int link_find_index(struct link_socket *l, int index, struct link_info *ret);
int link_add_bridge(struct link_socket *l, const char *name, uint32_t group, uint32_t mtu);

/* A veth pair: @name in this namespace, @peer made in @peer_ns at once. */
struct link_pair {
	const char *name, *peer;
	uint32_t group;
	int peer_ns;
	uint32_t mtu;
};
int link_add_veth(struct link_socket *l, const struct link_pair *pair);

/* Makes a macvlan of interface @parent in the namespace @ns. */
int link_add_macvlan(struct link_socket *l, int parent, const char *name, int ns, uint32_t mtu);

/* Makes @index a port of @bridge; isolated ones do not reach each other. */
int link_set_port(struct link_socket *l, int index, int bridge, bool isolated);
int link_set_up(struct link_socket *l, int index);
int link_set_mtu(struct link_socket *l, int index, uint32_t mtu);

/* Sets the text that ip(8) shows for an interface. */
int link_set_alias(struct link_socket *l, int index, const char *alias);

/* Moves an interface into @ns under @name, down. */
int link_move(struct link_socket *l, int index, int ns, const char *name);
int link_delete(struct link_socket *l, int index);
int link_add_address(struct link_socket *l, int index, const struct inet_prefix *address);
int link_add_route(struct link_socket *l, int index, const struct inet_route *route);

/* Calls @each for every address, or every route of the main table, until it answers non-zero. */
struct link_entry {
	int index;
	struct inet_prefix prefix; /* an address with its network's length, or a destination */
	bool is_learned;           /* a route from a router's advertisement */
};
typedef int link_each_fn(void *arg, const struct link_entry *entry);
int link_each_address(struct link_socket *l, link_each_fn *each, void *arg);
int link_each_route(struct link_socket *l, link_each_fn *each, void *arg);

/*
 * Sends a request and reads until its acknowledgement or the end of its list; calls
 * @each, if it is not NULL, for every message of the answer.
 */
typedef int link_answer_fn(const struct nlmsghdr *h, void *arg);
int link_talk(struct link_socket *l, struct nlmsghdr *h, link_answer_fn *each, void *arg);

/* As link_talk(), with a request for all addresses (@type RTM_GETADDR) or routes (RTM_GETROUTE). */
int link_list(struct link_socket *l, uint16_t type, link_answer_fn *each, void *arg);

/* The message, apart from sending it: for tests. */
void link_build_veth(struct nlmsghdr *h, const struct link_pair *pair);

/* As fail_errno(), with the kernel's message if there is one. */
int link_fail(const struct link_socket *l, int err, struct nsi_fail *f, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif /* NSI_NET_LINK_H */
