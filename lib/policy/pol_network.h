/* SPDX-License-Identifier: MIT */
/* The network of a policy, as a row of an image */
#ifndef NSI_POLICY_NETWORK_H
#define NSI_POLICY_NETWORK_H

#include <stdint.h>

#include "base/netmode.h"
#include "policy/rows.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* The network of a set.  Texts are of the forms that base/inet.h reads. */
struct pol_network {
	uint8_t mode; /* enum net_mode */
	uint8_t create;
	uint8_t nat;
	uint8_t isolate_peers;
	uint8_t publish;
	uint8_t peers;      /* hosts = "peers" */
	uint8_t has_routes; /* an empty list says more than no list */
	uint8_t has_dns;
	uint32_t mtu; /* 0: not given */
	pol_str name; /* template */
	pol_str bridge;
	pol_str parent;
	pol_str firewall;      /* path */
	struct pol_list pools; /* strings, here and below; of each family one at most */
	struct pol_list addresses;
	struct pol_list routes;
	struct pol_list dns;
	struct pol_list interfaces;
	struct pol_list forwards;
	struct pol_list sysctls; /* deprecated: struct pol_view has those of the policy */
	struct pol_where where;
};

#pragma GCC diagnostic pop

#endif /* NSI_POLICY_NETWORK_H */
