/* SPDX-License-Identifier: MIT */
/* Messages to the kernel, and records */
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
#include "net/link.h"
#include "net/net.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_peer_of_a_veth_is_born_in_the_session),
		cmocka_unit_test(test_a_record_says_what_was_written_and_is_put_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
