/* SPDX-License-Identifier: MIT */
#include "net/device.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "net/link.h"

struct taking {
	struct snapshot *to;
	int index;
};

static int snapshot_keep(struct snapshot *s, const struct nlmsghdr *h)
{
	if (MNL_ALIGN(h->nlmsg_len) > SNAPSHOT_MAX - s->size)
		return -E2BIG;
	memcpy(s->messages + s->size, h, h->nlmsg_len);
	s->size += MNL_ALIGN(h->nlmsg_len);
	return 0;
}

static int snapshot_on_attr(const struct nlattr *attr, void *arg)
{
	const struct nlattr **found = arg;

	if (mnl_attr_get_type(attr) <= RTA_MAX)
		found[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* Privacy extensions make their addresses again. */
static int snapshot_on_address(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	const struct taking *t = arg;

	if ((int)m->ifa_index != t->index ||
	    (m->ifa_family == AF_INET6 && (m->ifa_flags & IFA_F_TEMPORARY)))
		return 0;
	return snapshot_keep(t->to, h);
}

/* Routes that come with an address, or from a router, come again. */
static int snapshot_on_route(const struct nlmsghdr *h, void *arg)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *found[RTA_MAX + 1] = {NULL};
	const struct taking *t = arg;

	if (m->rtm_type != RTN_UNICAST || m->rtm_protocol == RTPROT_KERNEL ||
	    m->rtm_protocol == RTPROT_RA || (m->rtm_flags & RTM_F_CLONED))
		return 0;
	if (mnl_attr_parse(h, sizeof(*m), snapshot_on_attr, found) < 0)
		return -EBADMSG;
	if (!found[RTA_OIF] || (int)mnl_attr_get_u32(found[RTA_OIF]) != t->index)
		return 0;
	return snapshot_keep(t->to, h);
}

int snapshot_take(struct link_socket *l, int index, struct snapshot *ret)
{
	struct taking t = {ret, index};
	int r;

	memset(ret, 0, sizeof(*ret));
	r = link_list(l, RTM_GETADDR, snapshot_on_address, &t);
	return r < 0 ? r : link_list(l, RTM_GETROUTE, snapshot_on_route, &t);
}

static uint32_t snapshot_rest(uint32_t lifetime, uint64_t seconds)
{
	if (lifetime == UINT32_MAX) /* for ever */
		return lifetime;
	return seconds < lifetime ? lifetime - (uint32_t)seconds : 0;
}

/* Returns whether any of its time is left. */
static bool snapshot_prepare_address(struct nlmsghdr *h, int index, uint64_t seconds)
{
	struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct nlattr *attr;

	m->ifa_index = (uint32_t)index;
	mnl_attr_for_each(attr, h, sizeof(*m))
	{
		struct ifa_cacheinfo *c = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) != IFA_CACHEINFO ||
		    mnl_attr_get_payload_len(attr) < sizeof(*c))
			continue;
		c->ifa_valid = snapshot_rest(c->ifa_valid, seconds);
		c->ifa_prefered = snapshot_rest(c->ifa_prefered, seconds);
		if (c->ifa_valid == 0)
			return false;
	}
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	return true;
}

/* Returns whether it is one that others lead by, or not. */
static bool snapshot_prepare_route(struct nlmsghdr *h, int index)
{
	struct rtmsg *m = mnl_nlmsg_get_payload(h);
	struct nlattr *attr;
	bool has_gateway = false;

	m->rtm_flags &= RTNH_F_ONLINK; /* the rest says how it was at that moment */
	mnl_attr_for_each(attr, h, sizeof(*m))
	{
		has_gateway |= mnl_attr_get_type(attr) == RTA_GATEWAY ||
			       mnl_attr_get_type(attr) == RTA_VIA;
		if (mnl_attr_get_type(attr) == RTA_OIF && mnl_attr_get_payload_len(attr) == 4)
			memcpy(mnl_attr_get_payload(attr), &index, 4);
	}
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	return !has_gateway;
}

/* Three times over the messages: the way to a gateway needs an address, others the gateway. */
enum pass {
	PASS_ADDRESSES,
	PASS_NEAR,
	PASS_FAR,
	PASS_MAX
};

static int snapshot_play_one(struct link_socket *l, struct nlmsghdr *h, int index, enum pass pass,
			     uint64_t seconds)
{
	bool is_address = h->nlmsg_type == RTM_NEWADDR;
	int r;

	if (is_address != (pass == PASS_ADDRESSES))
		return 0;
	if (is_address && !snapshot_prepare_address(h, index, seconds))
		return 0;
	if (!is_address && snapshot_prepare_route(h, index) != (pass == PASS_NEAR))
		return 0;
	h->nlmsg_pid = 0;
	r = link_talk(l, h, NULL, NULL);
	return r == -EEXIST ? 0 : r;
}

int snapshot_play(struct link_socket *l, int index, uint64_t seconds, struct snapshot *s)
{
	int result = 0;

	for (enum pass pass = 0; pass < PASS_MAX; pass++) {
		struct nlmsghdr *h = (void *)s->messages;
		int left = (int)s->size;

		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
			result = fail_first(result, snapshot_play_one(l, h, index, pass, seconds));
	}
	return result;
}
