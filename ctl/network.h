/* SPDX-License-Identifier: MIT */
/* Which network does a set have? */
#ifndef NSI_CTL_NETWORK_H
#define NSI_CTL_NETWORK_H

struct view;

enum {
	NETWORK_ADDRESSES = 2,
	NETWORK_TEXT = 64,
};

/* As a policy says it; "" for what there is not, or what is not known. */
struct set_network {
	char mode[NETWORK_TEXT];
	char address[NETWORK_ADDRESSES][NETWORK_TEXT]; /* of IPv4 and IPv6 */
	char bridge[NETWORK_TEXT], parent[NETWORK_TEXT];
	char name[NETWORK_TEXT]; /* below /run/netns */
};

/* From <rundir>/net, which is for root; an ordinary user knows nothing of it. */
void network_read(const char *rundir, const struct view *v, struct set_network *ret);

#endif /* NSI_CTL_NETWORK_H */
