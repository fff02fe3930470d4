/* SPDX-License-Identifier: MIT */
/* The set's side of a network */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "net/host_side.h"
#include "net/link.h"
#include "net/net.h"

enum {
	FIREWALL_MAX = 1 << 20
};

static int inside_set_up(struct link_socket *l, const char *name, int *ret_index,
			 struct nsi_fail *f)
{
	struct link_info info;
	int r = link_find(l, name, &info);

	if (r < 0)
		return link_fail(l, r, f, "cannot find %s in the session", name);
	*ret_index = info.index;
	r = link_set_up(l, info.index);
	return r < 0 ? link_fail(l, r, f, "cannot bring up %s in the session", name) : 0;
}

/* An address of the record or of the policy, whichever has one. */
static int inside_add_addresses(struct link_socket *l, int index, const struct net_config *c,
				const struct net_record *rec, struct nsi_fail *f)
{
	for (int i = 0; i < NET_FAMILIES; i++) {
		struct inet_prefix address = c->address[i];
		int r;

		if (rec->address[i][0] && inet_read_interface(rec->address[i], &address) < 0)
			return fail_set(f, EBADMSG,
					"the record of the session's address is damaged");
		r = address.family ? link_add_address(l, index, &address) : 0;
		if (r < 0)
			return link_fail(l, r, f, "cannot give the session its address");
	}
	return 0;
}

static int inside_add_route(struct link_socket *l, int index, const struct inet_route *route,
			    struct nsi_fail *f)
{
	char to[INET_TEXT];
	int r = link_add_route(l, index, route);

	return r < 0 ? link_fail(l, r, f, "cannot make the session's route to %s",
				 inet_format(&route->dst, true, to))
		     : 0;
}

/* A route without a gateway goes by the bridge's; "default" of no family is one of each. */
static int inside_add_config_route(struct link_socket *l, int index, const struct inet_route *route,
				   const struct inet_prefix gateway[NET_FAMILIES],
				   struct nsi_fail *f)
{
	for (int i = 0; i < NET_FAMILIES; i++) {
		const uint8_t family = i == NET_V4 ? AF_INET : AF_INET6;
		struct inet_route one = *route;
		int r;

		if (one.dst.family && one.dst.family != family)
			continue;
		if (!one.via.family)
			one.via = gateway[i];
		if (!one.dst.family && !one.via.family)
			continue;
		one.dst.family = family;
		r = inside_add_route(l, index, &one, f);
		if (r < 0)
			return r;
	}
	return 0;
}

static int inside_add_routes(struct link_socket *l, int index, const struct net_config *c,
			     const struct net_record *rec, struct nsi_fail *f)
{
	const struct inet_route everything = {.dst = {.family = AF_UNSPEC}};
	struct inet_prefix gateway[NET_FAMILIES] = {{0}};
	int r = 0;

	for (int i = 0; i < NET_FAMILIES; i++)
		if (rec->gateway[i][0] && inet_read_address(rec->gateway[i], &gateway[i]) < 0)
			return fail_set(f, EBADMSG,
					"the record of the session's gateway is damaged");
	if (!c->has_routes)
		return inside_add_config_route(l, index, &everything, gateway, f);
	for (uint32_t i = 0; i < c->route_count && r == 0; i++)
		r = inside_add_config_route(l, index, &c->routes[i], gateway, f);
	return r;
}

static int inside_set_sysctl(const char *text, struct nsi_fail *f)
{
	const char *value = strchr(text, '=');
	char path[NET_SYSCTL];

	if (!value)
		return -EINVAL;
	memcpy(path, text, (size_t)(value - text));
	path[value - text] = '\0';
	for (char *at = path; *at; at++) /* as sysctl(8): "eth0/1" is an interface "eth0.1" */
		*at = *at == '.' ? '/' : *at;
	return forwarding_write(path, value + 1, f);
}

static int inside_load_firewall(const struct net_config *c, struct nsi_fail *f)
{
	const char *path = c->firewall;
	NSI_AUTO_FREE char *text = malloc(FIREWALL_MAX);
	NSI_AUTO_FD int fd = -EBADF;
	char what[160];
	ssize_t n;

	if (!path[0])
		return 0;
	fd = path_open_trusted(path, O_RDONLY, PATH_ROOT_OWNED, f);
	if (fd < 0)
		return fd;
	n = text ? fd_read_all(fd, text, FIREWALL_MAX) : -ENOMEM;
	if (n < 0 || n == FIREWALL_MAX) /* no room for the end of the text */
		return fail_errno(f, n < 0 ? (int)n : -EFBIG, "cannot read the firewall %s", path);
	text_fmt(what, sizeof(what), "cannot load the firewall %.120s", path);
	text[n] = '\0';
	return nft_load(text, what, f);
}

/* The interface that leads to the host. */
static int inside_furnish(struct link_socket *l, const struct net_config *c,
			  const struct net_record *rec, struct nsi_fail *f)
{
	int index, r = inside_set_up(l, NET_INSIDE, &index, f);

	if (r < 0)
		return r;
	r = inside_add_addresses(l, index, c, rec, f);
	return r < 0 ? r : inside_add_routes(l, index, c, rec, f);
}

static int inside_setup_links(struct link_socket *l, const struct net_config *c,
			      const struct net_record *rec, struct nsi_fail *f)
{
	int index, r = inside_set_up(l, "lo", &index, f);

	if (r < 0)
		return r;
	if (c->mode == NET_BRIDGE || c->mode == NET_MACVLAN || c->mode == NET_USER)
		r = inside_furnish(l, c, rec, f);
	for (uint32_t i = 0; i < c->interface_count && r == 0; i++)
		r = inside_set_up(l, c->interfaces[i], &index, f);
	return r;
}

int inside_setup(const struct net_config *c, const struct net_record *rec, struct nsi_fail *f)
{
	NSI_CLEANUP(link_done) struct link_socket l = {0};
	int r;

	if (c->mode == NET_HOST)
		return 0;
	if (c->mode == NET_NETNS && !rec->create[0]) /* an administrator's is as he wants it */
		return inside_load_firewall(c, f);
	r = link_open(&l, f);
	if (r < 0)
		return r;
	r = inside_setup_links(&l, c, rec, f);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < c->sysctl_count; i++) {
		r = inside_set_sysctl(c->sysctls[i], f);
		if (r < 0)
			return r;
	}
	return inside_load_firewall(c, f);
}
