/* SPDX-License-Identifier: MIT */
/* The network of a policy, its texts read as numbers for the room of networks */
#include <errno.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "base/nstype.h"
#include "base/text.h"
#include "net/net.h"
#include "policy/image.h"
#include "policy/values.h"
#include "setup/setup_network.h"

/* Networks and addresses go where their family is. */
static int netconfig_take_prefixes(const struct pol_image *image, struct pol_list list,
				   struct inet_prefix to[NET_FAMILIES])
{
	int r = 0;

	for (uint32_t i = 0; i < list.count && r == 0; i++) {
		struct inet_prefix p;

		r = inet_read_interface(policy_list_str(image, list, i), &p);
		if (r == 0)
			to[p.family == AF_INET6 ? NET_V6 : NET_V4] = p;
	}
	return r;
}

static int netconfig_take_lists(const struct pol_image *image, const struct pol_network *n,
				struct net_config *c)
{
	int r = netconfig_take_prefixes(image, n->pools, c->pool);

	if (r == 0)
		r = netconfig_take_prefixes(image, n->addresses, c->address);
	for (uint32_t i = 0; i < n->routes.count && r == 0; i++)
		r = inet_read_route(policy_list_str(image, n->routes, i), &c->routes[i]);
	for (uint32_t i = 0; i < n->dns.count && r == 0; i++)
		r = inet_read_address(policy_list_str(image, n->dns, i), &c->dns[i]);
	for (uint32_t i = 0; i < n->interfaces.count && r == 0; i++)
		r = text_copy(c->interfaces[i], sizeof(c->interfaces[i]),
			      policy_list_str(image, n->interfaces, i));
	for (uint32_t i = 0; i < n->forwards.count && r == 0; i++)
		r = inet_read_forward(policy_list_str(image, n->forwards, i), &c->forwards[i]);
	return r;
}

/* Takes those elements of @list that a network namespace has. */
static int netconfig_take_sysctls(const struct pol_image *image, struct pol_list list,
				  struct net_config *c)
{
	int r = 0;

	for (uint32_t i = 0; i < list.count && r == 0; i++) {
		const char *text = policy_list_str(image, list, i);

		if (!value_sysctl_is_net(text))
			continue;
		if (c->sysctl_count == NET_SYSCTLS)
			return -E2BIG;
		r = text_copy(c->sysctls[c->sysctl_count], sizeof(c->sysctls[0]), text);
		c->sysctl_count++;
	}
	return r;
}

static int netconfig_take_network(const struct pol_image *image, const struct pol_network *n,
				  struct net_config *ret)
{
	int r;

	*ret = (struct net_config){
		.mode = n->mode,
		.create = n->create,
		.nat = n->nat,
		.isolate_peers = n->isolate_peers,
		.publish = n->publish,
		.peers = n->peers,
		.has_routes = n->has_routes,
		.has_dns = n->has_dns,
		.mtu = n->mtu,
		.route_count = n->routes.count,
		.dns_count = n->dns.count,
		.interface_count = n->interfaces.count,
		.forward_count = n->forwards.count,
	};
	r = text_copy(ret->bridge, sizeof(ret->bridge), policy_str(image, n->bridge));
	if (r == 0)
		r = text_copy(ret->parent, sizeof(ret->parent), policy_str(image, n->parent));
	if (r == 0)
		r = text_copy(ret->firewall, sizeof(ret->firewall), policy_str(image, n->firewall));
	if (r == 0)
		r = netconfig_take_lists(image, n, ret);
	return r < 0 ? r : netconfig_take_sysctls(image, n->sysctls, ret);
}

int setup_net_config(const struct pol_image *image, const struct pol_policy *policy,
		     struct net_config *ret, struct nsi_fail *f)
{
	const struct pol_network *n = policy_network(image, policy);
	int r = 0;

	*ret = (struct net_config){.mode = NET_HOST};
	if (!(policy->types & ns_bit(NS_NET))) /* or the kernel refuses it and it may be missing */
		return 0;
	ret->mode = NET_NONE;
	if (n)
		r = netconfig_take_network(image, n, ret);
	if (r == 0)
		r = netconfig_take_sysctls(image, policy->view.sysctls, ret);
	return r < 0 ? fail_errno(f, r, "cannot take in the policy's network") : 0;
}
