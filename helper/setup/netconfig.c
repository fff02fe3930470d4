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
	for (uint32_t i = 0; i < list.count; i++) {
		struct inet_prefix p;
		int r = inet_read_interface(policy_list_str(image, list, i), &p);

		if (r < 0)
			return r;
		to[p.family == AF_INET6 ? NET_V6 : NET_V4] = p;
	}
	return 0;
}

/* The loader has checked each of them: what fails here is a fault of ours, so its key is enough of a message. */
static int netconfig_take_lists(const struct pol_image *image, const struct pol_network *n,
				struct net_config *c, struct nsi_fail *f)
{
	int r = netconfig_take_prefixes(image, n->pools, c->pool);

	if (r < 0)
		return fail_errno(f, r, "cannot read pool of the policy's network");
	r = netconfig_take_prefixes(image, n->addresses, c->address);
	if (r < 0)
		return fail_errno(f, r, "cannot read address of the policy's network");
	for (uint32_t i = 0; i < n->routes.count; i++) {
		r = inet_read_route(policy_list_str(image, n->routes, i), &c->routes[i]);
		if (r < 0)
			return fail_errno(f, r, "cannot read routes of the policy's network");
	}
	for (uint32_t i = 0; i < n->dns.count; i++) {
		r = inet_read_address(policy_list_str(image, n->dns, i), &c->dns[i]);
		if (r < 0)
			return fail_errno(f, r, "cannot read dns of the policy's network");
	}
	for (uint32_t i = 0; i < n->interfaces.count; i++) {
		r = text_copy(c->interfaces[i], sizeof(c->interfaces[i]),
			      policy_list_str(image, n->interfaces, i));
		if (r < 0)
			return fail_errno(f, r, "cannot read interfaces of the policy's network");
	}
	for (uint32_t i = 0; i < n->forwards.count; i++) {
		r = inet_read_forward(policy_list_str(image, n->forwards, i), &c->forwards[i]);
		if (r < 0)
			return fail_errno(f, r, "cannot read forward of the policy's network");
	}
	return 0;
}

/* Takes those elements of @list that a network namespace has. */
static int netconfig_take_sysctls(const struct pol_image *image, struct pol_list list,
				  struct net_config *c, struct nsi_fail *f)
{
	for (uint32_t i = 0; i < list.count; i++) {
		const char *text = policy_list_str(image, list, i);

		if (!value_sysctl_is_net(text))
			continue;
		if (c->sysctl_count == NET_SYSCTLS)
			return fail_set(f, E2BIG,
					"the policy has more than %d sysctls of the network",
					NET_SYSCTLS);
		if (text_copy(c->sysctls[c->sysctl_count], sizeof(c->sysctls[0]), text) < 0)
			return fail_set(f, ENAMETOOLONG,
					"%.100s of the policy's sysctl is too long", text);
		c->sysctl_count++;
	}
	return 0;
}

static int netconfig_take_network(const struct pol_image *image, const struct pol_network *n,
				  struct net_config *ret, struct nsi_fail *f)
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
	if (text_copy(ret->bridge, sizeof(ret->bridge), policy_str(image, n->bridge)) < 0 ||
	    text_copy(ret->parent, sizeof(ret->parent), policy_str(image, n->parent)) < 0 ||
	    text_copy(ret->firewall, sizeof(ret->firewall), policy_str(image, n->firewall)) < 0)
		return fail_set(f, ENAMETOOLONG, "a name in the policy's network is too long");
	r = netconfig_take_lists(image, n, ret, f);
	return r < 0 ? r : netconfig_take_sysctls(image, n->sysctls, ret, f);
}

int setup_net_config(const struct pol_image *image, const struct pol_policy *policy,
		     struct net_config *ret, struct nsi_fail *f)
{
	const struct pol_network *n = policy_network(image, policy);
	int r;

	*ret = (struct net_config){.mode = NET_HOST};
	if (!(policy->types & ns_bit(NS_NET))) /* or the kernel refuses it and it may be missing */
		return 0;
	ret->mode = NET_NONE;
	r = n ? netconfig_take_network(image, n, ret, f) : 0;
	return r < 0 ? r : netconfig_take_sysctls(image, policy->view.sysctls, ret, f);
}
