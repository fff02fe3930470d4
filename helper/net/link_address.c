/* SPDX-License-Identifier: MIT */
/* Addresses and routes of interfaces, over rtnetlink(7) */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
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

struct list_request {
	link_each_fn *each;
	void *arg;
};

/* The attributes of one message. */
struct attrs {
	bool is_route;
	uint32_t table;
	struct link_entry entry;
};

static void address_take(const struct nlattr *attr, struct inet_prefix *to)
{
	size_t size = mnl_attr_get_payload_len(attr);

	if (size <= sizeof(to->addr))
		memcpy(to->addr, mnl_attr_get_payload(attr), size);
}

static int address_on_attr(const struct nlattr *attr, void *arg)
{
	struct attrs *a = arg;
	uint16_t type = mnl_attr_get_type(attr);

	/* IFA_LOCAL follows IFA_ADDRESS: of a point-to-point link it is the end that is ours. */
	if (type == (a->is_route ? (uint16_t)RTA_DST : (uint16_t)IFA_ADDRESS) ||
	    (!a->is_route && type == IFA_LOCAL))
		address_take(attr, &a->entry.prefix);
	else if (a->is_route && type == RTA_OIF)
		a->entry.index = (int)mnl_attr_get_u32(attr);
	else if (a->is_route && type == RTA_TABLE)
		a->table = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int address_on_address(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	const struct list_request *l = arg;
	struct attrs a = {
		.entry = {.index = (int)m->ifa_index,
			  .prefix = {.family = m->ifa_family, .bits = m->ifa_prefixlen}},
	};

	if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
		return 0;
	if (mnl_attr_parse(h, sizeof(*m), address_on_attr, &a) < 0)
		return -EBADMSG;
	return l->each(l->arg, &a.entry);
}

static int address_on_route(const struct nlmsghdr *h, void *arg)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	const struct list_request *l = arg;
	struct attrs a = {
		.is_route = true,
		.table = m->rtm_table,
		.entry = {.prefix = {.family = m->rtm_family, .bits = m->rtm_dst_len},
			  .is_learned = m->rtm_protocol == RTPROT_RA},
	};

	if ((m->rtm_family != AF_INET && m->rtm_family != AF_INET6) || m->rtm_type != RTN_UNICAST)
		return 0;
	if (mnl_attr_parse(h, sizeof(*m), address_on_attr, &a) < 0)
		return -EBADMSG;
	return a.table == RT_TABLE_MAIN ? l->each(l->arg, &a.entry) : 0;
}

int link_list(struct link_socket *l, uint16_t type, link_answer_fn *each, void *arg)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	(void)mnl_nlmsg_put_extra_header(h, type == RTM_GETADDR ? sizeof(struct ifaddrmsg)
								: sizeof(struct rtmsg));
	return link_talk(l, h, each, arg);
}

int link_each_address(struct link_socket *l, link_each_fn *each, void *arg)
{
	return link_list(l, RTM_GETADDR, address_on_address, &(struct list_request){each, arg});
}

int link_each_route(struct link_socket *l, link_each_fn *each, void *arg)
{
	return link_list(l, RTM_GETROUTE, address_on_route, &(struct list_request){each, arg});
}
