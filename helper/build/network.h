/* SPDX-License-Identifier: MIT */
/* The network of a set, seen from inside */
#ifndef NSI_BUILD_NETWORK_H
#define NSI_BUILD_NETWORK_H

#include <stdint.h>

struct build_plan;
struct build_report;
struct net_config;
struct nsi_fail;
struct pol_image;
struct pol_policy;
struct template_values;

/* Positive "error" of a report: the anchor waits for its network, see build_network(). */
enum {
	BUILD_ASKS = 1,
};

/*
 * Converts the policy's network into a struct net_config; mode "none" for a policy that
 * has the namespace and no network.  Returns 0 or -EINVAL.
 */
int build_net_config(const struct pol_image *image, const struct pol_policy *policy,
		     struct net_config *ret, struct nsi_fail *f);

/*
 * Runs in the anchor, behind the mounts and the hostname.  Has the helper make what
 * lies on the host, if anything does: sends @report with err = BUILD_ASKS, the
 * hostname and the name of the namespace by plan->ask, and waits for a struct
 * net_record and, for mode "netns", the namespace.  Then sets up its own side, a
 * /sys that shows it, and the files of /etc that fit.
 */
int build_network(const struct build_plan *plan, const struct template_values *words,
		  struct build_report *report);

/* Loads the firewall.  nft(8) reads /proc/self, so this must follow build_proc(). */
int build_firewall(const struct build_plan *plan, struct nsi_fail *f);

#endif /* NSI_BUILD_NETWORK_H */
