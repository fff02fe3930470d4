/* SPDX-License-Identifier: MIT */
/* resolv.conf and hosts of a session: servers that it can reach, and the names of the others on its network */
#include "tests/unit/net/network.h"

#include "net/host_side.h"
#include "net/net.h"
#include "tests/unit/scratch.h"

#define HEAD  "# For this session alone; see nsisolate.conf(5), NETWORK.\n"
#define MARK  "# the others on this network; kept by nsisolate, do not edit below\n"
#define HOSTS "127.0.0.1\tlocalhost\n"

static void expect_resolv(const struct net_config *c, const char *host, const char *text)
{
	char got[1024] = "";

	assert_int_equal(resolv_text(c, host, got, sizeof(got)), strlen(text));
	assert_string_equal(got, text);
}

TEST(test_a_session_asks_the_servers_of_its_policy_alone)
{
	struct net_config c = {.mode = NET_BRIDGE, .has_dns = true, .dns_count = 2};

	c.dns[0] = (struct inet_prefix){.family = AF_INET, .bits = 32, .addr = {192, 0, 2, 7}};
	c.dns[1] = (struct inet_prefix){
		.family = AF_INET6, .bits = 128, .addr = {0xfd, 0x77, [15] = 7}};
	expect_resolv(&c, "nameserver 192.0.2.1\nsearch example.org\n",
		      HEAD "nameserver 192.0.2.7\nnameserver fd77::7\nsearch example.org\n");
	c.mode = NET_NONE;
	expect_resolv(&c, "", HEAD "nameserver 192.0.2.7\nnameserver fd77::7\n");
	c.dns_count = 0;
	expect_resolv(&c, "nameserver 192.0.2.1\n", HEAD);
}

TEST(test_a_session_asks_those_of_the_host_that_it_can_reach)
{
	const struct net_config c = {.mode = NET_USER};

	expect_resolv(&c,
		      "# made by hand\n; too\n\nnameserver 127.0.0.53\nnameserver ::1\n"
		      "nameserver fe80::1%eth0\nnameserver  192.0.2.2\nnameserver\t192.0.2.1 # x\n"
		      "options edns0",
		      HEAD "nameserver  192.0.2.2\nnameserver\t192.0.2.1 # x\noptions edns0\n");
}

TEST(test_a_server_that_is_no_address_is_left_out)
{
	const struct net_config c = {.mode = NET_BRIDGE};

	expect_resolv(&c, "nameserver example.org\nnameserver 192.0.2.999\n", HEAD);
}

TEST(test_a_session_without_a_network_asks_nobody)
{
	const struct net_config c = {.mode = NET_NONE};

	expect_resolv(&c, "nameserver 192.0.2.1\nsearch example.org\n",
		      "# This session has no network, and so nobody to ask for names.\n");
}

TEST(test_the_hosts_file_is_as_good_as_any_where_its_network_is)
{
	struct net_config c = {.mode = NET_HOST};

	expect_resolv(&c, "nameserver 192.0.2.1\n", "");
	c.mode = NET_NETNS;
	expect_resolv(&c, "nameserver 192.0.2.1\n", "");
	c.has_dns = true;
	expect_resolv(&c, "nameserver 192.0.2.1\n", HEAD);
}

TEST(test_a_resolv_conf_is_whole_or_none)
{
	const struct net_config c = {.mode = NET_BRIDGE};
	const size_t size = sizeof(HEAD "options x\n");
	char text[128];

	assert_int_equal(resolv_text(&c, "options x\n", text, size), size - 1);
	assert_int_equal(resolv_text(&c, "options x\n", text, size - 1), -ENOSPC);
	assert_int_equal(resolv_text(&c, "options x\n", text, 1), -ENOSPC);
}

static struct scratch scratch;
static int net_dir = -EBADF, etc_dir = -EBADF;

static int begin(void **state)
{
	(void)state;
	if (scratch_make(&scratch) < 0 || scratch_write(&scratch, "net/leases", "") < 0 ||
	    scratch_write(&scratch, "etc/1/hosts", HOSTS) < 0 ||
	    scratch_write(&scratch, "etc/2/hosts", HOSTS) < 0)
		return -1;
	net_dir = open(scratch_path(&scratch, 0, "net"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	etc_dir = open(scratch_path(&scratch, 0, "etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return net_dir < 0 || etc_dir < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	nsi_closep(&net_dir);
	nsi_closep(&etc_dir);
	scratch_done(&scratch);
	return 0;
}

static void put_record(uint64_t set, const struct net_record *rec)
{
	struct nsi_fail f = {""};

	assert_int_equal(state_write(net_dir, set, rec, &f), 0);
}

static void put_members(void)
{
	const struct net_record alice = {.bridge = "br0",
					 .peers = "yes",
					 .hostname = "alice.lab.example.org",
					 .address = {"10.77.0.9/16", "fd77::9/64"}};
	const struct net_record bob = {.bridge = "br0",
				       .peers = "yes",
				       .hostname = "bob",
				       .address = {"10.77.0.10/16", ""}};

	put_record(1, &alice);
	put_record(2, &bob);
}

static void update(void)
{
	struct nsi_fail f = {""};

	assert_int_equal(hosts_update(net_dir, etc_dir, "br0", &f), 0);
}

static void expect_hosts(const char *name, const char *text)
{
	char got[4096] = "";
	FILE *file = fopen(scratch_path(&scratch, 0, name), "re");

	assert_non_null(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
	(void)fclose(file);
	assert_string_equal(got, text);
}

#define ALICE "10.77.0.9\talice.lab.example.org alice\nfd77::9\talice.lab.example.org alice\n"
#define BOB   "10.77.0.10\tbob\n"

TEST(test_each_member_knows_the_names_of_the_others)
{
	put_members();
	update();
	expect_hosts("etc/1/hosts", HOSTS MARK BOB);
	expect_hosts("etc/2/hosts", HOSTS MARK ALICE);
	update();
	expect_hosts("etc/1/hosts", HOSTS MARK BOB);
}

TEST(test_a_member_that_has_ended_is_no_longer_known)
{
	put_members();
	update();
	assert_int_equal(state_retire(net_dir, 1), 0);
	update();
	expect_hosts("etc/1/hosts", HOSTS MARK BOB);
	expect_hosts("etc/2/hosts", HOSTS MARK);
}

TEST(test_sets_of_other_bridges_and_without_peers_are_not_known)
{
	const struct net_record other = {
		.bridge = "br1", .peers = "yes", .hostname = "carol", .address = {"10.78.0.9/16"}};
	const struct net_record unnamed = {
		.bridge = "br0", .peers = "yes", .address = {"10.77.0.11/16"}};
	const struct net_record alone = {
		.bridge = "br0", .hostname = "dave", .address = {"10.77.0.12/16"}};

	put_members();
	put_record(3, &other);
	put_record(4, &unnamed);
	put_record(5, &alone);
	assert_int_equal(scratch_write(&scratch, "etc/3/hosts", HOSTS), 0);
	assert_int_equal(scratch_write(&scratch, "etc/5/hosts", HOSTS), 0);
	update();
	expect_hosts("etc/1/hosts", HOSTS MARK BOB);
	expect_hosts("etc/3/hosts", HOSTS);
	expect_hosts("etc/5/hosts", HOSTS);
}

TEST(test_a_member_without_a_hosts_file_does_not_stop_the_others)
{
	put_members();
	assert_int_equal(unlinkat(etc_dir, "1/hosts", 0), 0);
	update();
	expect_hosts("etc/2/hosts", HOSTS MARK ALICE);
}

TEST(test_a_member_whose_address_is_damaged_has_no_line)
{
	const struct net_record rec = {
		.bridge = "br0", .peers = "yes", .hostname = "eve", .address = {"10.77.0.9"}};

	put_members();
	put_record(3, &rec);
	update();
	expect_hosts("etc/1/hosts", HOSTS MARK BOB);
}

TEST(test_a_hosts_file_that_is_a_link_is_refused)
{
	struct nsi_fail f = {""};

	put_members();
	assert_int_equal(scratch_write(&scratch, "victim", HOSTS), 0);
	assert_int_equal(unlinkat(etc_dir, "1/hosts", 0), 0);
	assert_int_equal(symlinkat("../../victim", etc_dir, "1/hosts"), 0);
	assert_int_equal(hosts_update(net_dir, etc_dir, "br0", &f), -ELOOP);
	assert_non_null(strstr(f.what, "cannot write the hosts files of the members of br0"));
	expect_hosts("victim", HOSTS);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	faults_check(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s: %s", path,
		     strerror(errno));
}

static void check_written(const struct net_config *c, int dir, const char *line)
{
	static char text[4096];
	struct nsi_fail f = {""};
	FILE *file;

	faults_check(resolv_write(c, dir, &f) == 1, "not written: %s", f.what);
	file = fopen("/run/set/resolv.conf", "re");
	faults_check(file, "no file");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	faults_check(strncmp(text, HEAD, sizeof(HEAD) - 1) == 0 &&
			     strcmp(text + sizeof(HEAD) - 1, line) == 0,
		     "it is \"%s\"", text);
}

/* With an /etc of its own. */
static void write_resolv(void *arg)
{
	const struct net_config c = {.mode = NET_BRIDGE}, host = {.mode = NET_HOST};
	struct link_socket l;
	struct nsi_fail f = {""};
	int dir;

	(void)arg;
	network_make(&l);
	faults_check(mount("etc", "/etc", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir("/run/set", 0700) == 0 && mkdir("/run/systemd", 0755) == 0 &&
			     mkdir("/run/systemd/resolve", 0755) == 0,
		     "no /etc: %s", strerror(errno));
	dir = open("/run/set", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(resolv_write(&host, dir, &f) == 0 && access("/run/set/resolv.conf", F_OK) < 0,
		     "one for the host's network");
	check_written(&c, dir, "");
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
	check_written(&c, dir, "nameserver 192.0.2.1\n");
	write_file("/etc/resolv.conf", "nameserver 127.0.0.53\nsearch stub.example.org\n");
	check_written(&c, dir, "search stub.example.org\n");
	write_file("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.2\n");
	check_written(&c, dir, "nameserver 192.0.2.2\n");
}

TEST(test_the_hosts_servers_are_those_that_its_resolver_asks)
{
	network_test(write_resolv);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_session_asks_the_servers_of_its_policy_alone),
		cmocka_unit_test(test_a_session_asks_those_of_the_host_that_it_can_reach),
		cmocka_unit_test(test_a_server_that_is_no_address_is_left_out),
		cmocka_unit_test(test_a_session_without_a_network_asks_nobody),
		cmocka_unit_test(test_the_hosts_file_is_as_good_as_any_where_its_network_is),
		cmocka_unit_test(test_a_resolv_conf_is_whole_or_none),
		WITH_FILES(test_each_member_knows_the_names_of_the_others),
		WITH_FILES(test_a_member_that_has_ended_is_no_longer_known),
		WITH_FILES(test_sets_of_other_bridges_and_without_peers_are_not_known),
		WITH_FILES(test_a_member_without_a_hosts_file_does_not_stop_the_others),
		WITH_FILES(test_a_member_whose_address_is_damaged_has_no_line),
		WITH_FILES(test_a_hosts_file_that_is_a_link_is_refused),
		cmocka_unit_test(test_the_hosts_servers_are_those_that_its_resolver_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
