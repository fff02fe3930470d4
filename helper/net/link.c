/* SPDX-License-Identifier: MIT */
#include "net/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"

/* The text that NETLINK_EXT_ACK adds to an error, behind the header of the request (netlink(7)). */
static int link_on_said(const struct nlattr *attr, void *arg)
{
	struct link_socket *l = arg;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		text_fmt(l->said, sizeof(l->said), "%.120s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int link_on_error(const struct nlmsghdr *h, void *arg)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	struct link_socket *l = arg;

	if (h->nlmsg_len < mnl_nlmsg_size(sizeof(*e)))
		return -EBADMSG;
	if (e->error && (h->nlmsg_flags & NLM_F_ACK_TLVS)) {
		size_t offset = sizeof(*e);

		if (!(h->nlmsg_flags & NLM_F_CAPPED))
			offset += mnl_nlmsg_get_payload_len(&e->msg);
		(void)mnl_attr_parse(h, (unsigned)offset, link_on_said, l); /* it is for show */
	}
	return e->error > 0 ? -e->error : e->error;
}

int link_open(struct link_socket *l, struct nsi_fail *f)
{
	int one = 1;

	*l = (struct link_socket){.nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC), .seq = 1};
	if (!l->nl || mnl_socket_bind(l->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = errno;

		link_done(l);
		return fail_errno(f, err, "cannot open a netlink socket");
	}
	(void)mnl_socket_setsockopt(l->nl, NETLINK_EXT_ACK, &one, sizeof(one)); /* it is for show */
	return 0;
}

void link_done(struct link_socket *l)
{
	if (l->nl)
		(void)mnl_socket_close(l->nl); /* nothing is buffered */
	l->nl = NULL;
}

int link_fail(const struct link_socket *l, int err, struct nsi_fail *f, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap); /* cut short is fine */
	va_end(ap);
	if (l->said[0])
		return fail_set(f, err, "%s: %.90s", what, l->said);
	return fail_errno(f, err, "%s", what);
}

/* One received packet: 1 to go on, 0 at the end, -errno, or what @each answered. */
static int link_digest(struct link_socket *l, const void *buf, ssize_t n, link_answer_fn *each,
		       void *arg)
{
	const struct nlmsghdr *h = buf;
	int left = (int)n;

	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		int r;

		if (h->nlmsg_seq != l->seq)
			continue;
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR)
			return link_on_error(h, l);
		r = each ? each(h, arg) : 0;
		if (r != 0)
			return r < 0 ? r : -EINTR;
	}
	return 1;
}

int link_talk(struct link_socket *l, struct nlmsghdr *h, link_answer_fn *each, void *arg)
{
	char buf[32768]; /* the largest message of the kernel */
	int r = 1;

	l->said[0] = '\0';
	h->nlmsg_seq = ++l->seq;
	if (mnl_socket_sendto(l->nl, h, h->nlmsg_len) < 0)
		return -errno;
	while (r == 1) {
		ssize_t n = mnl_socket_recvfrom(l->nl, buf, sizeof(buf));

		if (n < 0 && errno != EINTR)
			return -errno;
		r = n < 0 ? 1 : link_digest(l, buf, n, each, arg);
	}
	return r;
}

static struct nlmsghdr *link_new_request(void *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return h;
}

static struct ifinfomsg *link_request(struct nlmsghdr *h, int index)
{
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = index;
	return i;
}

static int link_on_info(const struct nlattr *attr, void *arg)
{
	struct link_info *info = arg;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		(void)text_copy(info->kind, sizeof(info->kind), mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int link_on_link_attr(const struct nlattr *attr, void *arg)
{
	struct link_info *info = arg;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_GROUP:
		info->group = mnl_attr_get_u32(attr);
		break;
	case IFLA_MTU:
		info->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		info->link = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		info->link_ns = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_MASTER:
		info->master = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINKINFO:
		return mnl_attr_parse_nested(attr, link_on_info, info);
	default:
		break;
	}
	return MNL_CB_OK;
}

static int link_on_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	struct link_info *info = arg;

	info->index = i->ifi_index;
	info->flags = i->ifi_flags;
	return mnl_attr_parse(h, sizeof(*i), link_on_link_attr, info) < 0 ? -EBADMSG : 0;
}

static int link_find_any(struct link_socket *l, int index, const char *name, struct link_info *ret)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_GETLINK, NLM_F_ACK);

	(void)link_request(h, index);
	if (name)
		mnl_attr_put_strz(h, IFLA_IFNAME, name);
	*ret = (struct link_info){.link_ns = -1};
	return link_talk(l, h, link_on_link, ret);
}

int link_find(struct link_socket *l, const char *name, struct link_info *ret)
{
	return link_find_any(l, 0, name, ret);
}

int link_find_index(struct link_socket *l, int index, struct link_info *ret)
{
	return link_find_any(l, index, NULL, ret);
}

static int link_change(struct link_socket *l, struct nlmsghdr *h)
{
	h->nlmsg_flags |= NLM_F_ACK;
	return link_talk(l, h, NULL, NULL);
}

static void link_put_common(struct nlmsghdr *h, const char *name, uint32_t group, uint32_t mtu)
{
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	if (group)
		mnl_attr_put_u32(h, IFLA_GROUP, group);
	if (mtu)
		mnl_attr_put_u32(h, IFLA_MTU, mtu);
}

static void link_build_bridge(struct nlmsghdr *h, const char *name, uint32_t group, uint32_t mtu)
{
	struct nlattr *info;

	(void)link_request(h, 0);
	link_put_common(h, name, group, mtu);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(h, info);
}

int link_add_bridge(struct link_socket *l, const char *name, uint32_t group, uint32_t mtu)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);

	link_build_bridge(h, name, group, mtu);
	return link_change(l, h);
}

void link_build_veth(struct nlmsghdr *h, const struct link_pair *pair)
{
	struct nlattr *info, *data, *peer;

	(void)link_request(h, 0);
	link_put_common(h, pair->name, pair->group, pair->mtu);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(h, VETH_INFO_PEER);
	(void)link_request(h, 0); /* lies inside the nest, in front of its attributes */
	link_put_common(h, pair->peer, 0, pair->mtu);
	mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)pair->peer_ns);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
}

int link_add_veth(struct link_socket *l, const struct link_pair *pair)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);

	link_build_veth(h, pair);
	return link_change(l, h);
}

int link_add_macvlan(struct link_socket *l, int parent, const char *name, int ns, uint32_t mtu)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;

	(void)link_request(h, 0);
	link_put_common(h, name, 0, mtu);
	mnl_attr_put_u32(h, IFLA_LINK, (uint32_t)parent);
	mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)ns);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "macvlan");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	mnl_attr_put_u32(h, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return link_change(l, h);
}

static void link_build_port(struct nlmsghdr *h, int index, int bridge, bool isolated)
{
	struct nlattr *info, *data;

	(void)link_request(h, index);
	mnl_attr_put_u32(h, IFLA_MASTER, (uint32_t)bridge);
	if (!isolated)
		return;
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(h, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(h, IFLA_BRPORT_ISOLATED, 1);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
}

int link_set_port(struct link_socket *l, int index, int bridge, bool isolated)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, 0);
	int r;

	/* Twice: an interface has the attributes of a port only once it is one. */
	link_build_port(h, index, bridge, false);
	r = link_change(l, h);
	if (r < 0 || !isolated)
		return r;
	h = link_new_request(buf, RTM_NEWLINK, 0);
	link_build_port(h, index, bridge, true);
	return link_change(l, h);
}

int link_set_up(struct link_socket *l, int index)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, 0);
	struct ifinfomsg *i = link_request(h, index);

	i->ifi_flags = i->ifi_change = IFF_UP;
	return link_change(l, h);
}

int link_set_mtu(struct link_socket *l, int index, uint32_t mtu)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, 0);

	(void)link_request(h, index);
	mnl_attr_put_u32(h, IFLA_MTU, mtu);
	return link_change(l, h);
}

int link_set_alias(struct link_socket *l, int index, const char *alias)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, 0);

	(void)link_request(h, index);
	mnl_attr_put_strz(h, IFLA_IFALIAS, alias);
	return link_change(l, h);
}

int link_move(struct link_socket *l, int index, int ns, const char *name)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_NEWLINK, 0);
	struct ifinfomsg *i = link_request(h, index);

	i->ifi_change =
		IFF_UP; /* down: its addresses would not go along, and its name can change */
	mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)ns);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return link_change(l, h);
}

int link_delete(struct link_socket *l, int index)
{
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = link_new_request(buf, RTM_DELLINK, 0);

	(void)link_request(h, index);
	return link_change(l, h);
}
