/* SPDX-License-Identifier: MIT */
/* The removal of a set's network by its record: its own parts go, those of other sets and of others stay */
#include "tests/unit/net/network.h"

#include "net/host_side.h"
#include "net/net.h"
#include "net/net_names.h"

#define BRIDGE  "nsit0"
#define VETH    "nsit7"
#define NETNS   "nsi-test-lab"
#define FORWARD "/proc/sys/net/ipv4/ip_forward"
#define HOSTS   "127.0.0.1 localhost\n"

static struct link_socket l;
static struct net_host host;

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	faults_check(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s: %s", path,
		     strerror(errno));
}

static void make_host(void)
{
	network_make(&l);
	faults_check(mkdir(NETWORK_RUNDIR "/etc", 0700) == 0, "no directory");
	host = (struct net_host){.rundir = NETWORK_RUNDIR, .ns_fd = -EBADF};
	host.etc_fd = open(NETWORK_RUNDIR "/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	host.net_fd = network_open_records();
}

static void put_record(uint64_t set, const struct net_record *rec)
{
	struct nsi_fail f = {""};

	faults_check(state_write(host.net_fd, set, rec, &f) == 0, "%s", f.what);
}

static void undo(uint64_t set)
{
	struct net_record rec;
	struct nsi_fail f = {""};

	host.set = set;
	faults_check(host_undo(&host, &f) == 0, "it cannot be undone: %s", f.what);
	faults_check(state_read(host.net_fd, set, &rec) == -ENOENT &&
			     state_read_retired(host.net_fd, set, &rec) == -ENOENT,
		     "its record is left");
}

static void undo_nothing(void *arg)
{
	const struct net_record rec = {.mode = "none"};

	(void)arg;
	make_host();
	undo(7);
	put_record(7, &rec);
	undo(7);
	put_record(7, &rec); /* put aside by a helper that was killed then */
	faults_check(state_retire(host.net_fd, 7) == 0, "not put aside");
	undo(7);
}

static void undo_unmade(void *arg)
{
	const struct net_record rec = {.mode = "bridge",
				       .bridge = BRIDGE,
				       .veth = VETH,
				       .peers = "yes",
				       .forwards = "8080:80/tcp",
				       .netns = NETNS,
				       .create = "yes",
				       .publish = NETNS};

	(void)arg;
	make_host();
	put_record(7, &rec);
	undo(7);
}

static void undo_veth(void *arg)
{
	const struct net_record rec = {.mode = "bridge", .bridge = BRIDGE, .veth = VETH};

	(void)arg;
	make_host();
	faults_check(link_add_bridge(&l, BRIDGE, names_group(NETWORK_RUNDIR), 0) == 0, "%s",
		     l.said);
	(void)network_add_veth(&l, VETH, names_group(NETWORK_RUNDIR));
	put_record(7, &rec);
	undo(7);
	faults_check(if_nametoindex(VETH) == 0, "the veth is left");
	faults_check(if_nametoindex(BRIDGE) == 0, "the bridge is left");
}

static void meet_others(void *arg)
{
	const struct net_record rec = {.mode = "bridge", .bridge = BRIDGE, .veth = VETH};

	(void)arg;
	make_host();
	faults_check(link_add_bridge(&l, BRIDGE, 0, 0) == 0, "%s", l.said);
	(void)network_add_veth(&l, VETH, names_group("/run/another"));
	put_record(7, &rec);
	undo(7);
	faults_check(if_nametoindex(VETH) > 0, "another helper's veth is gone");
	faults_check(if_nametoindex(BRIDGE) > 0, "an administrator's bridge is gone");
}

static struct net_record member(const char *name, const char *address)
{
	struct net_record rec = {.mode = "bridge", .bridge = BRIDGE, .nat = "yes", .peers = "yes"};

	(void)snprintf(rec.hostname, sizeof(rec.hostname), "%s", name);
	(void)snprintf(rec.address[NET_V4], INET_TEXT, "%s/16", address);
	return rec;
}

/* Set 8 is on the bridge, too: it goes on until its own end. */
static void undo_one_of_two(void *arg)
{
	const struct net_record alice = member("alice", "10.77.0.9");
	const struct net_record bob = member("bob", "10.77.0.10");
	const struct net_config c = {.mode = NET_BRIDGE,
				     .pool = {{.family = AF_INET, .bits = 16, .addr = {10, 77}}}};
	struct nsi_fail f = {""};
	char text[512] = "";
	FILE *file;

	(void)arg;
	make_host();
	write_text(FORWARD, "0");
	faults_check(link_add_bridge(&l, BRIDGE, names_group(NETWORK_RUNDIR), 0) == 0 &&
			     forwarding_on(host.net_fd, &l, &c, &f) == 0,
		     "%s%s", l.said, f.what);
	put_record(7, &alice);
	put_record(8, &bob);
	faults_check(mkdir(NETWORK_RUNDIR "/etc/8", 0700) == 0, "no directory");
	write_text(NETWORK_RUNDIR "/etc/8/hosts", HOSTS);
	faults_check(hosts_update(host.net_fd, host.etc_fd, BRIDGE, &f) == 0, "%s", f.what);
	undo(7);
	faults_check(if_nametoindex(BRIDGE) > 0, "the other's bridge is gone");
	faults_check(strcmp(network_read(FORWARD), "1") == 0, "the other's forwarding is off");
	file = fopen(NETWORK_RUNDIR "/etc/8/hosts", "re");
	faults_check(file && fread(text, 1, sizeof(text) - 1, file) > 0 && fclose(file) == 0 &&
			     strncmp(text, HOSTS, sizeof(HOSTS) - 1) == 0 && !strstr(text, "alice"),
		     "the other's hosts: %s", text);
	undo(8);
	faults_check(if_nametoindex(BRIDGE) == 0, "the bridge is left");
	faults_check(strcmp(network_read(FORWARD), "0") == 0, "forwarding is left on");
}

static bool is_named(void)
{
	return access("/run/netns/" NETNS, F_OK) == 0;
}

static void undo_netns(void *arg)
{
	const struct net_record first = {.mode = "netns", .netns = NETNS, .create = "yes"};
	const struct net_record second = {.mode = "netns", .netns = NETNS};
	struct net_record heir;
	struct nsi_fail f = {""};
	bool made = false;
	int fd;

	(void)arg;
	make_host();
	fd = names_open_netns(NETNS, true, &made, &f);
	faults_check(fd >= 0 && made, "%s", f.what);
	(void)close(fd);
	put_record(7, &first);
	put_record(8, &second);
	undo(7);
	faults_check(is_named(), "the other's namespace has lost its name");
	faults_check(state_read(host.net_fd, 8, &heir) == 0 && strcmp(heir.create, "yes") == 0,
		     "nobody will remove the name");
	undo(8);
	faults_check(!is_named(), "the name is left");
}

static void keep_netns(void *arg)
{
	const struct net_record rec = {.mode = "netns", .netns = NETNS};
	struct nsi_fail f = {""};
	bool made = false;
	int fd;

	(void)arg;
	make_host();
	fd = names_open_netns(NETNS, true, &made, &f);
	faults_check(fd >= 0, "%s", f.what);
	(void)close(fd);
	put_record(7, &rec);
	undo(7);
	faults_check(is_named(), "an administrator's namespace has lost its name");
}

/* The rest is removed, and the record stays for another try. */
static void meet_damage(void *arg)
{
	const struct net_record damaged = {.bridge = BRIDGE, .veth = VETH, .process = "x"};
	const struct net_record mended = {.bridge = BRIDGE, .veth = VETH};
	struct net_record rec;
	struct nsi_fail f = {""};

	(void)arg;
	make_host();
	(void)network_add_veth(&l, VETH, names_group(NETWORK_RUNDIR));
	put_record(7, &damaged);
	host.set = 7;
	for (unsigned i = 0; i < 2; i++) {
		f.what[0] = '\0';
		faults_check(host_undo(&host, &f) < 0 && strstr(f.what, "is damaged"), "\"%s\"",
			     f.what);
		faults_check(state_read_retired(host.net_fd, 7, &rec) == 0, "no record is left");
	}
	faults_check(if_nametoindex(VETH) == 0, "the veth is left");
	faults_check(state_remove(host.net_fd, 7) == 0, "the record stays for ever");
	put_record(7, &mended);
	undo(7);
}

TEST(test_a_set_without_a_network_leaves_nothing)
{
	network_test(undo_nothing);
}

TEST(test_a_record_of_what_was_not_made_is_removed)
{
	network_test(undo_unmade);
}

TEST(test_the_veth_goes_and_the_bridge_with_the_last_set)
{
	network_test(undo_veth);
}

TEST(test_interfaces_of_others_stay)
{
	network_test(meet_others);
}

TEST(test_another_set_on_the_bridge_keeps_it_and_forgets_the_name)
{
	network_test(undo_one_of_two);
}

TEST(test_the_last_set_in_a_namespace_removes_its_name)
{
	network_test(undo_netns);
}

TEST(test_an_administrators_namespace_keeps_its_name)
{
	network_test(keep_netns);
}

TEST(test_a_damaged_record_is_kept_and_the_rest_undone)
{
	network_test(meet_damage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_without_a_network_leaves_nothing),
		cmocka_unit_test(test_a_record_of_what_was_not_made_is_removed),
		cmocka_unit_test(test_the_veth_goes_and_the_bridge_with_the_last_set),
		cmocka_unit_test(test_interfaces_of_others_stay),
		cmocka_unit_test(test_another_set_on_the_bridge_keeps_it_and_forgets_the_name),
		cmocka_unit_test(test_the_last_set_in_a_namespace_removes_its_name),
		cmocka_unit_test(test_an_administrators_namespace_keeps_its_name),
		cmocka_unit_test(test_a_damaged_record_is_kept_and_the_rest_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
