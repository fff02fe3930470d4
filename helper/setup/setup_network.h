/* SPDX-License-Identifier: MIT */
/* The network of a set, seen from inside */
#ifndef NSI_SETUP_NETWORK_H
#define NSI_SETUP_NETWORK_H

struct setup_plan;
struct setup_report;
struct net_config;
struct nsi_fail;
struct pol_image;
struct pol_policy;
struct template_values;

/* Positive "error" of a report: the anchor waits for its network, see setup_network(). */
enum {
	SETUP_ASKS = 1,
};

/*
 * Converts the policy's network into a struct net_config; mode "none" for a policy that
 * has the namespace and no network.  Returns 0 or -EINVAL.
 */
int setup_net_config(const struct pol_image *image, const struct pol_policy *policy,
		     struct net_config *ret, struct nsi_fail *f);

/*
 * Runs in the anchor, behind the mounts and the hostname.  Has the helper make what
 * lies on the host, if anything does: sends @report with err = SETUP_ASKS, the
 * hostname and the name of the namespace by plan->ask, and waits for a struct
 * net_record and, for mode "netns", the namespace.  Then sets up its own side, a
 * /sys that shows it, and the files of /etc that fit.
 */
int setup_network(const struct setup_plan *plan, const struct template_values *words,
		  struct setup_report *report);

#endif /* NSI_SETUP_NETWORK_H */
