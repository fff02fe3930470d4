/* SPDX-License-Identifier: MIT */
#include "net/host_side.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/inet.h"
#include "base/text.h"
#include "net/device.h"
#include "net/link.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/state.h"
#include "net/user.h"

/* The veth, with one end in the bridge and the other in the set's namespace. */
static int host_add_veth(const struct net_host *h, struct link_socket *l,
			 const struct net_config *c, const struct net_record *rec, int bridge,
			 struct nsi_fail *f)
{
	char alias[64];
	struct link_pair pair = {
		.name = rec->veth,
		.group = names_group(h->rundir),
		.peer = NET_INSIDE,
		.peer_ns = h->ns_fd,
		.mtu = c->mtu,
	};
	struct link_info info;
	int r;

	text_fmt(alias, sizeof(alias), "nsisolate set %llu", (unsigned long long)h->set);
	if (link_find(l, rec->veth, &info) == 0)
		return fail_set(f, EEXIST, "there is an interface %s already, and it is not ours",
				rec->veth);
	r = link_add_veth(l, &pair);
	if (r < 0)
		return link_fail(l, r, f, "cannot make the interface %s", rec->veth);
	r = link_find(l, rec->veth, &info);
	if (r < 0)
		return link_fail(l, r, f, "cannot find the new interface %s", rec->veth);
	r = link_set_alias(l, info.index, alias);
	if (r < 0)
		return link_fail(l, r, f, "cannot set the alias of the interface %s", rec->veth);
	r = link_set_port(l, info.index, bridge, c->isolate_peers);
	if (r < 0)
		return link_fail(l, r, f, "cannot put the interface %s into the bridge", rec->veth);
	r = link_set_up(l, info.index);
	return r < 0 ? link_fail(l, r, f, "cannot set up the interface %s", rec->veth) : 0;
}

/* The address of a set that is being killed has gone over to this one: its interface ends now. */
struct heir {
	const struct net_host *h;
	struct link_socket *l;
	const struct net_record *rec;
};

static bool host_is_predecessor(const struct net_record *rec, const struct net_record *old)
{
	return rec->index[0] && strcmp(old->index, rec->index) == 0 &&
	       strcmp(old->bridge, rec->bridge) == 0 && strcmp(old->owner, rec->owner) == 0 &&
	       strcmp(old->pool[NET_V4], rec->pool[NET_V4]) == 0 &&
	       strcmp(old->pool[NET_V6], rec->pool[NET_V6]) == 0;
}

static int host_take_over(void *arg, uint64_t set, const struct net_record *old)
{
	const struct heir *heir = arg;
	struct link_info info;
	int r;

	if (set == heir->h->set || !host_is_predecessor(heir->rec, old))
		return 0;
	r = link_find(heir->l, old->veth, &info);
	if (r < 0 || info.group != names_group(heir->h->rundir))
		return r == -ENODEV ? 0 : r;
	return link_delete(heir->l, info.index);
}

struct port_search {
	const struct net_record *rec;
	uint64_t except, found;
	const struct inet_forward *fw;
};

static int host_find_port(void *arg, uint64_t set, const struct net_record *rec)
{
	struct port_search *s = arg;
	char words[sizeof(rec->forwards)], *at = words, *word;

	memcpy(words, rec->forwards, sizeof(words));
	if (host_is_predecessor(s->rec, rec))
		return 0;
	while (set != s->except && (word = strsep(&at, " ")) != NULL) {
		struct inet_forward fw;

		if (inet_read_forward(word, &fw) == 0 && fw.from == s->fw->from &&
		    fw.proto == s->fw->proto)
			s->found = set;
	}
	return 0;
}

/*
 * One table of proc_pid_net(5): the local address ends in ":PORT", the state is the
 * fourth column.  Binding the port to try it would take CAP_NET_BIND_SERVICE.
 */
static int host_look(const char *path, unsigned port, unsigned state, bool *ret_taken)
{
	NSI_AUTO_FILE FILE *table = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	if (!table) /* a kernel without IPv6 has no tables of it */
		return errno == ENOENT ? 0 : -errno;
	while (getline(&line, &room, table) > 0) {
		unsigned local, is;

		if (sscanf(line, "%*s %*[0-9A-Fa-f]:%x %*s %x", &local, &is) == 2 &&
		    local == port && is == state)
			*ret_taken = true;
	}
	return 0;
}

/*
 * Refuses to forward a port that a server of the host has on any address: its clients
 * would come to the session instead.  Returns 0, -EADDRINUSE, or -errno.
 */
static int host_check_port(const struct inet_forward *fw, struct nsi_fail *f)
{
	static const char *const tcp[] = {"/proc/thread-self/net/tcp",
					  "/proc/thread-self/net/tcp6"};
	static const char *const udp[] = {"/proc/thread-self/net/udp",
					  "/proc/thread-self/net/udp6"};
	const bool is_udp = fw->proto == IPPROTO_UDP;
	/* TCP_LISTEN; a socket of UDP that is not connected is TCP_CLOSE. */
	const unsigned state = is_udp ? 0x07 : 0x0a;
	bool taken = false;

	for (int i = 0; i < 2; i++) {
		int r = host_look(is_udp ? udp[i] : tcp[i], fw->from, state, &taken);

		if (r < 0)
			return fail_errno(f, r, "cannot check whether port %u is free", fw->from);
	}
	return taken ? fail_set(f, EADDRINUSE,
				"port %u of the host is taken by a server; forward another one",
				fw->from)
		     : 0;
}

static int host_check_ports(const struct net_host *h, const struct net_config *c,
			    const struct net_record *rec, struct nsi_fail *f)
{
	for (uint32_t i = 0; i < c->forward_count; i++) {
		struct port_search s = {.rec = rec, .except = h->set, .fw = &c->forwards[i]};
		int r = state_each(h->net_fd, host_find_port, &s);

		if (r < 0)
			return fail_errno(f, r, "cannot check which ports are forwarded");
		if (s.found)
			return fail_set(f, EADDRINUSE,
					"port %u of the host is forwarded to set %llu already",
					c->forwards[i].from, (unsigned long long)s.found);
		r = host_check_port(&c->forwards[i], f);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The kernel loads a ruleset whole or not at all: after a refusal there is nothing to undo. */
static int host_load_rules(const struct net_host *h, struct net_record *rec, struct nsi_fail *f)
{
	int r;

	text_fmt(rec->rules, sizeof(rec->rules), "yes");
	r = state_write(h->net_fd, h->set, rec, f);
	if (r < 0)
		return r;
	r = nat_apply(h->net_fd, h->rundir, rec->bridge, f);
	if (r < 0) {
		rec->rules[0] = '\0';
		(void)state_write(h->net_fd, h->set, rec, f); /* else it is tried in vain */
	}
	return r;
}

static int host_setup_bridge(const struct net_host *h, struct link_socket *l,
			     const struct net_config *c, struct net_record *rec, struct nsi_fail *f)
{
	struct heir heir = {h, l, rec};
	int bridge, r = host_check_ports(h, c, rec, f);

	if (r < 0)
		return r;
	bridge = bridge_ready(l, h->rundir, c, rec, f);
	if (bridge < 0)
		return bridge;
	r = state_write(h->net_fd, h->set, rec, f);
	if (r < 0)
		return r;
	r = c->nat || c->forward_count > 0 ? forwarding_on(h->net_fd, l, c, f) : 0;
	if (r < 0)
		return r;
	r = state_each(h->net_fd, host_take_over, &heir);
	if (r < 0)
		return fail_errno(f, r,
				  "cannot remove the interface of the set that had the address");
	r = host_add_veth(h, l, c, rec, bridge, f);
	if (r < 0)
		return r;
	r = nat_is_needed(rec) ? host_load_rules(h, rec, f) : 0;
	if (r < 0)
		return r;
	r = c->forward_count > 0 ? forwarding_local(rec->bridge, true, f) : 0;
	if (r < 0)
		return r;
	return c->peers ? hosts_update(h->net_fd, h->etc_fd, rec->bridge, f) : 0;
}

static int host_setup_macvlan(const struct net_host *h, struct link_socket *l,
			      const struct net_config *c, struct nsi_fail *f)
{
	struct link_info parent;
	int r = link_find(l, c->parent, &parent);

	if (r < 0)
		return fail_set(f, ENODEV, "there is no interface %s to be the parent of a macvlan",
				c->parent);
	r = link_add_macvlan(l, parent.index, NET_INSIDE, h->ns_fd, c->mtu);
	return r < 0 ? link_fail(l, r, f, "cannot make a macvlan on %s", c->parent) : 0;
}

/* The namespace that the administrator, or an earlier set, has made; or a new one. */
static int host_setup_netns(const struct net_host *h, const struct net_config *c,
			    struct net_record *rec, int *ret_join, struct nsi_fail *f)
{
	bool made = false;
	int fd, r;

	if (!inet_is_netns(rec->netns))
		return fail_set(f, EINVAL, "\"%s\" cannot be the name of a network namespace",
				rec->netns);
	fd = names_open_netns(rec->netns, c->create, &made, f);
	if (fd < 0)
		return fd;
	text_fmt(rec->create, sizeof(rec->create), "%s", made ? "yes" : "");
	r = state_write(h->net_fd, h->set, rec, f);
	if (r < 0) {
		if (made)
			(void)names_unpublish(rec->netns, 0); /* the error at hand says more */
		close(fd);
		return r;
	}
	*ret_join = fd;
	return 0;
}

static int host_setup_mode(const struct net_host *h, struct link_socket *l,
			   const struct net_config *c, struct net_record *rec, int *ret_join,
			   struct nsi_fail *f)
{
	switch ((enum net_mode)c->mode) {
	case NET_BRIDGE:
		return host_setup_bridge(h, l, c, rec, f);
	case NET_MACVLAN:
		return host_setup_macvlan(h, l, c, f);
	case NET_NETNS:
		return host_setup_netns(h, c, rec, ret_join, f);
	case NET_USER:
		return user_start(h, l, rec, f);
	case NET_HOST:
	case NET_NONE:
	case NET_MODE_MAX:
		break;
	}
	return 0;
}

/* A name that somebody else has is not ours to take away; the record has the inode of ours in case it cannot say so. */
static int host_publish(const struct net_host *h, struct net_record *rec, struct nsi_fail *f)
{
	int r = rec->publish[0] ? names_publish(rec->publish, h->ns_fd, f) : 0;

	if (r == -EEXIST) {
		rec->publish[0] = '\0';
		(void)state_write(h->net_fd, h->set, rec, f); /* @f has the first reason */
	}
	return r;
}

int host_setup(const struct net_host *h, const struct net_config *c, struct net_record *rec,
	       int *ret_join, struct nsi_fail *f)
{
	NSI_AUTO_FD int lock = state_lock(h->net_fd, f);
	NSI_CLEANUP(link_done) struct link_socket l = {0};
	int r = lock < 0 ? lock : link_open(&l, f);

	*ret_join = -EBADF;
	if (r < 0)
		return r;
	r = host_setup_mode(h, &l, c, rec, ret_join, f);
	if (r < 0)
		return r;
	r = host_publish(h, rec, f); /* before there is something in it that must not be lost */
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < c->interface_count; i++) {
		r = device_take(h, &l, c->interfaces[i], f);
		if (r < 0)
			return r;
	}
	return 0;
}
