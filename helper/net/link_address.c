/* SPDX-License-Identifier: MIT */
/* Addresses and routes of interfaces, over rtnetlink(7) */
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "net/link.h"

static struct nlmsghdr *address_begin(void *buf, uint16_t type)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	return h;
}

static void link_put_address(struct nlmsghdr *h, uint16_t type, const struct inet_prefix *p)
{
	mnl_attr_put(h, type, inet_width(p->family) / 8, p->addr);
}

int link_add_address(struct link_socket *l, int index, const struct inet_prefix *address)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = address_begin(buf, RTM_NEWADDR);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));

	a->ifa_family = address->family;
	a->ifa_prefixlen = address->bits;
	a->ifa_index = (uint32_t)index;
	/* We know that it is ours; looking for others who have it would take a second. */
	a->ifa_flags = address->family == AF_INET6 ? IFA_F_NODAD : 0;
	link_put_address(h, IFA_LOCAL, address);
	link_put_address(h, IFA_ADDRESS, address);
	return link_talk(l, h, NULL, NULL);
}

int link_add_route(struct link_socket *l, int index, const struct inet_route *route)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = address_begin(buf, RTM_NEWROUTE);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->rtm_family = route->dst.family;
	r->rtm_dst_len = route->dst.bits;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_STATIC;
	r->rtm_scope = route->via.family || route->dst.family == AF_INET6 ? RT_SCOPE_UNIVERSE
									  : RT_SCOPE_LINK;
	r->rtm_type = RTN_UNICAST;
	if (route->dst.bits > 0)
		link_put_address(h, RTA_DST, &route->dst);
	if (route->via.family)
		link_put_address(h, RTA_GATEWAY, &route->via);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)index);
	return link_talk(l, h, NULL, NULL);
}
