/* SPDX-License-Identifier: MIT */
/* Messages to the kernel and to nft(8), and records */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "base/fail.h"
#include "net/host_side.h"
#include "net/link.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/state.h"
#include "tests/unit/test.h"

static char dir[] = "/tmp/nsi-net-XXXXXX";

static const struct nlattr *find(const struct nlattr *nest, uint16_t type, size_t skip)
{
	const struct nlattr *attr = (const void *)((const char *)mnl_attr_get_payload(nest) + skip);
	int left = mnl_attr_get_payload_len(nest) - (int)skip;

	for (; mnl_attr_ok(attr, left);
	     left -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

TEST(test_the_peer_of_a_veth_is_born_in_the_session)
{
	struct link_pair pair = {.name = "nsi7", .peer = "eth0", .peer_ns = 11, .group = 5};
	char buf[LINK_MESSAGE] = {0};
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	const struct nlattr *info = NULL, *peer;
	struct nlattr *attr; /* libmnl's macro casts a constant one to char * */
	unsigned outside = 0;

	link_build_veth(h, &pair);
	mnl_attr_for_each(attr, h, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			info = attr;
		outside += mnl_attr_get_type(attr) == IFLA_NET_NS_FD;
	}
	assert_int_equal(outside, 0);
	assert_non_null(info);
	assert_string_equal(mnl_attr_get_str(find(info, IFLA_INFO_KIND, 0)), "veth");
	peer = find(find(info, IFLA_INFO_DATA, 0), VETH_INFO_PEER, 0);
	assert_non_null(peer);
	assert_int_equal(mnl_attr_get_u32(find(peer, IFLA_NET_NS_FD, sizeof(struct ifinfomsg))),
			 11);
	peer = find(peer, IFLA_IFNAME, sizeof(struct ifinfomsg));
	assert_string_equal(mnl_attr_get_str(peer), "eth0");
}

static int open_dir(void)
{
	memcpy(dir, "/tmp/nsi-net-XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	return open(dir, O_RDONLY | O_DIRECTORY);
}

TEST(test_a_record_says_what_was_written_and_is_put_aside)
{
	struct net_record rec = {.mode = "bridge", .veth = "nsi7", .forwards = "80:80/tcp"}, got;
	struct nsi_fail f = {""};
	int fd = open_dir();
	uint64_t next;

	assert_int_equal(state_write(fd, 7, &rec, &f), 0);
	assert_int_equal(state_read(fd, 7, &got), 0);
	assert_memory_equal(&rec, &got, sizeof(rec));
	assert_int_equal(state_retire(fd, 7), 0);
	assert_int_equal(state_retire(fd, 7), 0);
	assert_true(state_read(fd, 7, &got) < 0);
	assert_int_equal(state_next(fd, 0, &next), 0);
	assert_int_equal(next, 7);
	assert_int_equal(state_read_retired(fd, 7, &got), 0);
	assert_string_equal(got.veth, "nsi7");
	assert_int_equal(state_remove(fd, 7), 0);
	assert_int_equal(state_next(fd, 0, &next), 0);
	assert_int_equal(next, 0);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
}

TEST(test_rules_are_of_the_sets_on_the_bridge_alone)
{
	struct net_record a = {.bridge = "br0",
			       .nat = "yes",
			       .pool = {"10.77.0.0/16", ""},
			       .address = {"10.77.0.9/16", ""},
			       .forwards = "8080:80/tcp"};
	struct net_record b = {.bridge = "br1", .nat = "yes", .pool = {"10.99.0.0/16", ""}};
	struct nsi_fail f = {""};
	int fd = open_dir();
	size_t size;
	char *text;

	assert_int_equal(state_write(fd, 1, &a, &f), 0);
	assert_int_equal(state_write(fd, 2, &b, &f), 0);
	assert_int_equal(nat_text(fd, NSI_RUNDIR, "br0", &text, &size), 0);
	assert_non_null(strstr(text, "table inet nsi_br0 {"));
	assert_non_null(strstr(text, "ip saddr 10.77.0.0/16 oifname != \"br0\" masquerade"));
	assert_non_null(strstr(text, "tcp dport 8080 dnat ip to 10.77.0.9:80"));
	assert_null(strstr(text, "10.99"));
	free(text);
	assert_int_equal(nat_text(fd, NSI_RUNDIR, "br9", &text, &size), 0);
	assert_string_equal(text, "add table inet nsi_br9\ndelete table inet nsi_br9\n");
	free(text);
	assert_int_equal(unlinkat(fd, "1", 0) | unlinkat(fd, "2", 0), 0);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_peer_of_a_veth_is_born_in_the_session),
		cmocka_unit_test(test_a_record_says_what_was_written_and_is_put_aside),
		cmocka_unit_test(test_rules_are_of_the_sets_on_the_bridge_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
