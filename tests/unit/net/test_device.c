/* SPDX-License-Identifier: MIT */
/* An interface of the host's that a set has for a time, when a system call fails: it comes back as it was */
#include "net/device.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "net/host_side.h"
#include "net/link.h"
#include "net/net.h"
#include "net/state.h"
#include "state/net_record.h"
#include "tests/unit/faults.h"

#define DEVICE "nsit0"
#define NAME   "nsi-test-device"

enum {
	SET = 7,
	MTU = 1400,
};

static const struct inet_prefix address = {.family = AF_INET, .bits = 24, .addr = {192, 0, 2, 1}};
static const struct net_config config = {
	.mode = NET_NONE,
	.publish = true,
	.interface_count = 1,
	.interfaces = {DEVICE},
};
static const struct net_record record = {
	.mode = "none",
	.owner = "u1000",
	.publish = NAME,
	.interfaces = DEVICE,
};

static struct net_host host;

/* One end of a veth, up and with an address; a network namespace of a set; and a rundir. */
static void make_host(void)
{
	const struct link_pair pair = {
		.name = DEVICE, .peer = "nsit1", .peer_ns = -1, .mtu = MTU, .group = 0};
	struct link_pair own = pair;
	struct link_info info;
	struct link_socket l;
	struct nsi_fail f = {""};
	int host_ns, run;

	umask(0);
	faults_check(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir("/run/nsisolate", 0700) == 0,
		     "no host: %s", strerror(errno));
	host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	own.peer_ns = host_ns;
	faults_check(link_open(&l, &f) == 0 && link_add_veth(&l, &own) == 0 &&
			     link_find(&l, DEVICE, &info) == 0 &&
			     link_add_address(&l, info.index, &address) == 0 &&
			     link_set_mtu(&l, info.index, MTU) == 0 &&
			     link_set_up(&l, info.index) == 0,
		     "no interface: %s %s", f.what, l.said);
	link_done(&l);
	faults_check(unshare(CLONE_NEWNET) == 0, "no namespace");
	host = (struct net_host){.rundir = "/run/nsisolate", .set = SET, .etc_fd = -EBADF};
	host.ns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	faults_check(setns(host_ns, CLONE_NEWNET) == 0, "no way back");
	(void)close(host_ns);
	run = open("/run/nsisolate", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	host.net_fd = state_open(run, &f);
	faults_check(host.net_fd >= 0, "%s", f.what);
	(void)close(run);
}

static int take(struct nsi_fail *f)
{
	struct net_record rec = record;
	int join = -EBADF, r = state_write(host.net_fd, SET, &rec, f);

	return r < 0 ? r : host_setup(&host, &config, &rec, &join, f);
}

static int count_addresses(void *arg, const struct link_entry *e)
{
	if (e->prefix.family == AF_INET && memcmp(e->prefix.addr, address.addr, 4) == 0)
		++*(int *)arg;
	return 0;
}

static bool is_as_before(void)
{
	struct link_socket l;
	struct link_info info;
	struct nsi_fail f = {""};
	int found = 0;
	bool is;

	faults_check(link_open(&l, &f) == 0, "%s", f.what);
	is = link_find(&l, DEVICE, &info) == 0 && (info.flags & IFF_UP) && info.mtu == MTU &&
	     link_each_address(&l, count_addresses, &found) == 0 && found == 1;
	link_done(&l);
	return is;
}

/* As another helper does it, whose predecessor and all processes of the set were killed. */
static void leave_to_the_name(void)
{
	nsi_closep(&host.ns_fd);
}

/* The result of a child that does a piece of work, as the helper's does. */
struct result {
	int r; /* -ESRCH: it has ended before that, as it must where it cannot go back to the host's network */
	int fds;
	bool is_explained;
};

static int undo(struct nsi_fail *f)
{
	return host_undo(&host, f);
}

static int run_in_child(struct faults *f, int (*work)(struct nsi_fail *f))
{
	struct result *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	faults_check(result != MAP_FAILED, "no memory");
	*result = (struct result){.r = -ESRCH, .is_explained = true};
	pid = fork();
	if (pid == 0) {
		struct nsi_fail fail = {""};
		const int before = faults_count_fds();

		faults_begin(f);
		result->r = work(&fail);
		faults_end(f);
		result->is_explained = fail.what[0] != '\0';
		result->fds = faults_count_fds() - before;
		_exit(0);
	}
	faults_check(pid > 0 && waitpid(pid, NULL, 0) == pid, "no child");
	faults_end(f);
	faults_check(result->r == 0 || result->is_explained, "%d without a sentence", result->r);
	faults_check(result->fds == 0, "%d descriptors were left open", result->fds);
	return result->r;
}

static void undo_the_rest(void)
{
	struct nsi_fail fail = {""};
	struct net_record rec;

	leave_to_the_name();
	faults_check(host_undo(&host, &fail) == 0, "it cannot be undone: %s", fail.what);
	faults_check(state_read_retired(host.net_fd, SET, &rec) == -ENOENT, "a record is left");
}

static void check_back(void)
{
	faults_check(if_nametoindex(DEVICE) > 0, "the interface is lost");
	faults_check(is_as_before(), "it is back with other settings, and nothing says so");
	faults_check(faccessat(host.net_fd, "7.device-" DEVICE, F_OK, 0) < 0, "its record is left");
	faults_check(access("/run/netns/" NAME, F_OK) < 0, "the name is left");
}

static void take_it(struct faults *f)
{
	int r;

	make_host();
	f->fds = faults_count_fds();
	r = run_in_child(f, take);
	faults_check(r < 0 || if_nametoindex(DEVICE) == 0, "it has not left");
	undo_the_rest();
	check_back();
}

static void give_it(struct faults *f)
{
	struct nsi_fail fail = {""};
	int r;

	make_host();
	faults_check(take(&fail) == 0, "%s", fail.what);
	if (f->arg)
		leave_to_the_name();
	f->fds = faults_count_fds();
	r = run_in_child(f, undo);
	if (r == -EREMCHG)
		faults_check(if_nametoindex(DEVICE) > 0, "the interface is lost");
	if (r == -EREMCHG || f->shared->error == ENOENT) /* of a file: it is not there */
		return;
	if (r < 0)
		undo_the_rest();
	check_back();
}

/* Few rounds: each makes and ends two networks, for which the kernel lets all that change one wait. */
static void sweep(void (*run)(struct faults *f), void *arg, unsigned every)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, arg, every);
}

TEST(test_an_interface_that_could_not_be_taken_is_back)
{
	sweep(take_it, NULL, 61);
}

TEST(test_an_interface_is_given_back_or_that_is_left_to_the_next_time)
{
	sweep(give_it, NULL, 61);
}

TEST(test_an_interface_is_found_by_the_name_of_its_namespace)
{
	static int by_name = 1;

	sweep(give_it, &by_name, 61);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_interface_that_could_not_be_taken_is_back),
		cmocka_unit_test(test_an_interface_is_given_back_or_that_is_left_to_the_next_time),
		cmocka_unit_test(test_an_interface_is_found_by_the_name_of_its_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
