/* SPDX-License-Identifier: MIT */
/* Lists of the addresses and routes that exist, over rtnetlink(7) */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "net/link.h"

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

static void list_take_address(const struct nlattr *attr, struct inet_prefix *to)
{
	size_t size = mnl_attr_get_payload_len(attr);

	if (size <= sizeof(to->addr))
		memcpy(to->addr, mnl_attr_get_payload(attr), size);
}

static int list_on_attr(const struct nlattr *attr, void *arg)
{
	struct attrs *a = arg;
	uint16_t type = mnl_attr_get_type(attr);

	if (type == (a->is_route ? (uint16_t)RTA_DST : (uint16_t)IFA_ADDRESS) ||
	    (!a->is_route && type == IFA_LOCAL)) /* comes behind: the end that is ours */
		list_take_address(attr, &a->entry.prefix);
	else if (a->is_route && type == RTA_OIF)
		a->entry.index = (int)mnl_attr_get_u32(attr);
	else if (a->is_route && type == RTA_TABLE)
		a->table = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int list_on_address(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	const struct list_request *l = arg;
	struct attrs a = {
		.entry = {.index = (int)m->ifa_index,
			  .prefix = {.family = m->ifa_family, .bits = m->ifa_prefixlen}},
	};

	if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
		return 0;
	if (mnl_attr_parse(h, sizeof(*m), list_on_attr, &a) < 0)
		return -EBADMSG;
	return l->each(l->arg, &a.entry);
}

static int list_on_route(const struct nlmsghdr *h, void *arg)
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
	if (mnl_attr_parse(h, sizeof(*m), list_on_attr, &a) < 0)
		return -EBADMSG;
	return a.table == RT_TABLE_MAIN ? l->each(l->arg, &a.entry) : 0;
}

int link_each_address(struct link_socket *l, link_each_fn *each, void *arg)
{
	struct list_request listing = {each, arg};
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = RTM_GETADDR;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifaddrmsg));
	return link_talk(l, h, list_on_address, &listing);
}

int link_each_route(struct link_socket *l, link_each_fn *each, void *arg)
{
	struct list_request listing = {each, arg};
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct rtmsg));
	return link_talk(l, h, list_on_route, &listing);
}
