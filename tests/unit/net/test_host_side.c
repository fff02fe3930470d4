/* SPDX-License-Identifier: MIT */
/* A set's network when a system call fails: what was made of it is found by its record and removed */
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "net/host_side.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/state.h"
#include "state/net_record.h"
#include "tests/unit/faults.h"

enum {
	SET = 7
};

#ifdef SYS_alarm
#define ALARM_CALL SYS_alarm
#else
#define ALARM_CALL SYS_setitimer
#endif

static struct net_host host;
static int host_ns;
static const struct net_config config = {
	.mode = NET_BRIDGE,
	.create = true,
	.nat = true,
	.isolate_peers = true,
	.publish = true,
	.peers = true,
	.bridge = "nsi0",
	.pool = {{.family = AF_INET, .bits = 16, .addr = {10, 77}},
		 {.family = AF_INET6, .bits = 64, .addr = {0xfd, 0x77}}},
	.forward_count = 1,
	.forwards = {{.from = 8080, .to = 80, .proto = IPPROTO_TCP}},
};

#define NAME_OF_SET "/run/netns/nsi-test-alice"

static ino_t ns_of(int fd)
{
	struct stat st;

	faults_check(fstat(fd, &st) == 0, "no namespace");
	return st.st_ino;
}

static struct net_record record_of_set(void)
{
	struct net_record rec = {
		.mode = "bridge",
		.owner = "u1000",
		.index = "1",
		.bridge = "nsi0",
		.veth = "nsi7",
		.pool = {"10.77.0.0/16", "fd77::/64"},
		.address = {"10.77.0.2/16", "fd77::2/64"},
		.nat = "yes",
		.isolate_peers = "yes",
		.peers = "yes",
		.hostname = "alice",
		.publish = "nsi-test-alice",
		.forwards = "8080:80/tcp",
	};

	return rec;
}

/* A host whose network has nothing but a loopback, and a network namespace for the set. */
static void make_host(void)
{
	struct nsi_fail f = {""};
	int run;

	umask(0);
	faults_check(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir("/run/nsisolate", 0700) == 0 &&
			     mkdir("/run/nsisolate/etc", 0700) == 0 &&
			     mkdir("/run/nsisolate/etc/7", 0700) == 0,
		     "no host: %s", strerror(errno));
	host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	faults_check(unshare(CLONE_NEWNET) == 0, "no namespace");
	host = (struct net_host){.rundir = "/run/nsisolate", .set = SET};
	host.ns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	faults_check(setns(host_ns, CLONE_NEWNET) == 0, "no way back");
	host.etc_fd = open("/run/nsisolate/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run = open("/run/nsisolate", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	host.net_fd = state_open(run, &f);
	faults_check(host.net_fd >= 0, "%s", f.what);
	(void)close(run);
}

static void make_network(void)
{
	struct net_record rec = record_of_set();
	struct nsi_fail f = {""};
	int join = -EBADF;

	faults_check(state_write(host.net_fd, SET, &rec, &f) == 0 &&
			     host_setup(&host, &config, &rec, &join, &f) == 0,
		     "without a fault: %s", f.what);
	nsi_closep(&join);
}

/* All is gone by its record, whatever was made. */
static void check_gone(void)
{
	struct net_record rec;
	struct nsi_fail f = {""};

	faults_check(host_undo(&host, &f) == 0, "it cannot be removed: %s", f.what);
	faults_check(if_nametoindex("nsi0") == 0, "the bridge is left");
	faults_check(if_nametoindex("nsi7") == 0, "the veth is left");
	faults_check(access(NAME_OF_SET, F_OK) < 0, "the name is left");
	faults_check(state_read(host.net_fd, SET, &rec) == -ENOENT, "the record is left");
}

static void set_up(struct faults *f)
{
	struct net_record rec = record_of_set();
	struct nsi_fail fail = {""};
	int join = -EBADF, r;

	make_host();
	text_fmt(rec.ns, sizeof(rec.ns), "%" PRIu64, (uint64_t)ns_of(host.ns_fd));
	faults_check(state_write(host.net_fd, SET, &rec, &fail) == 0, "%s", fail.what);
	faults_begin(f);
	r = host_setup(&host, &config, &rec, &join, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(r == 0 || join < 0, "refused, and there is one to join");
	nsi_closep(&join);
	faults_check(r < 0 || f->shared->error == ENOENT ||
			     (if_nametoindex("nsi0") && if_nametoindex("nsi7")),
		     "it is not there, and nothing says so");
	check_gone();
}

/* A name below /run/netns that an administrator has given to another namespace: to the host's, here. */
static void meet_a_name(struct faults *f)
{
	struct net_record rec = record_of_set();
	struct nsi_fail fail = {""};
	struct stat before, after;
	int join = -EBADF, r;

	make_host();
	text_fmt(rec.ns, sizeof(rec.ns), "%" PRIu64, (uint64_t)ns_of(host.ns_fd));
	faults_check(state_write(host.net_fd, SET, &rec, &fail) == 0, "%s", fail.what);
	faults_check(names_publish(rec.publish, host_ns, &fail) == 0, "%s", fail.what);
	faults_check(stat(NAME_OF_SET, &before) == 0, "no name");
	faults_begin(f);
	r = host_setup(&host, &config, &rec, &join, &fail);
	faults_end(f);
	faults_check(r < 0 && fail.what[0], "%d, %s", r, fail.what);
	nsi_closep(&join);
	faults_check(host_undo(&host, &fail) == 0, "it cannot be removed: %s", fail.what);
	faults_check(stat(NAME_OF_SET, &after) == 0 && after.st_ino == before.st_ino,
		     "the other's name is gone");
}

static void undo(struct faults *f)
{
	struct nsi_fail fail = {""};
	uint64_t next = 0;
	int r;

	make_host();
	make_network();
	faults_begin(f);
	r = host_undo(&host, &fail);
	faults_end(f);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(alarm(0) == 0 || f->shared->failed == ALARM_CALL, "the alarm is still on");
	faults_check(r == 0 || f->shared->error == ENOENT ||
			     (state_next(host.net_fd, 0, &next) == 0 && next == SET),
		     "what is left is on no record");
	if (f->shared->error != ENOENT)
		check_gone();
}

/* In the set's namespace, by its anchor. */
static void set_up_inside(struct faults *f)
{
	struct net_record rec;
	struct nsi_fail fail = {""};
	int r;

	make_host();
	make_network();
	faults_check(state_read(host.net_fd, SET, &rec) == 0, "no record");
	faults_check(setns(host.ns_fd, CLONE_NEWNET) == 0, "not in the set");
	faults_begin(f);
	r = inside_setup(&config, &rec, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
}

static void sweep(void (*run)(struct faults *f), unsigned every)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, NULL, every);
}

TEST(test_a_network_that_was_half_made_is_removed)
{
	sweep(set_up, 131);
}

TEST(test_a_name_that_another_namespace_has_stays)
{
	sweep(meet_a_name, 131);
}

TEST(test_a_removal_that_failed_is_done_the_next_time)
{
	sweep(undo, 131);
}

TEST(test_the_sets_side_is_whole_or_refused_with_a_sentence)
{
	sweep(set_up_inside, 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_network_that_was_half_made_is_removed),
		cmocka_unit_test(test_a_name_that_another_namespace_has_stays),
		cmocka_unit_test(test_a_removal_that_failed_is_done_the_next_time),
		cmocka_unit_test(test_the_sets_side_is_whole_or_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
