/* SPDX-License-Identifier: MIT */
/* What does a policy say of the network? */
#ifndef NSI_CTL_TRAITS_NET_H
#define NSI_CTL_TRAITS_NET_H

struct pol_image;
struct pol_network;
struct trait;

/* Fills in the trait "network" from @net; NULL for none. */
void trait_set_network(struct trait *t, const struct pol_image *image,
		       const struct pol_network *net);

#endif /* NSI_CTL_TRAITS_NET_H */
