/* SPDX-License-Identifier: MIT */
/* A session's own network by pasta(1): who is on record is ended and nobody else, and what lacks is a sentence */
#include "tests/unit/net/network.h"

#include <inttypes.h>

#include "base/proc.h"
#include "base/programs.h"
#include "net/host_side.h"
#include "net/user.h"
#include "state/net_record.h"
#include "tests/unit/process.h"

static struct net_record record_of(int pid, uint64_t start)
{
	struct net_record rec = {.mode = "user"};

	(void)snprintf(rec.process, sizeof(rec.process), "%d %" PRIu64, pid, start);
	return rec;
}

static uint64_t start_of(int pid)
{
	uint64_t start = 0;

	assert_int_equal(proc_start_time(pid, &start), 0);
	return start;
}

static int end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

TEST(test_the_process_on_record_is_ended)
{
	const pid_t pid = process_start();
	struct net_record rec;
	struct nsi_fail f = {""};

	assert_true(pid > 0);
	rec = record_of(pid, start_of(pid));
	assert_int_equal(user_stop(&rec, &f), 0);
	assert_int_equal(end_of(pid), SIGTERM);
	assert_int_equal(user_stop(&rec, &f), 0); /* nobody has the number now */
	assert_string_equal(f.what, "");
}

TEST(test_another_process_of_that_number_goes_on)
{
	const pid_t pid = process_start();
	struct net_record rec;
	struct nsi_fail f = {""};

	assert_true(pid > 0);
	rec = record_of(pid, start_of(pid) + 1);
	assert_int_equal(user_stop(&rec, &f), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(end_of(pid), SIGKILL);
}

TEST(test_a_damaged_record_ends_nobody)
{
	static const char *const damaged[] = {"", "x", "12", "12 x", "1 5", "0 5", "-1 5"};

	for (unsigned i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct net_record rec = {.mode = "user"};
		struct nsi_fail f = {""};

		(void)snprintf(rec.process, sizeof(rec.process), "%s", damaged[i]);
		assert_int_equal(user_stop(&rec, &f), -EINVAL);
		assert_string_equal(f.what, "the record of the set's " PROGRAM_PASTA " is damaged");
	}
}

static struct link_socket l;
static struct net_host host;

/* A host on which pasta cannot be run, and the namespace of a set. */
static void make_host(void)
{
	NSI_AUTO_FD int own = -EBADF;

	(void)signal(SIGPIPE, SIG_IGN); /* as children of the helper's have it */
	network_make(&l);
	faults_check(access(PROGRAM_PASTA, F_OK) < 0 ||
			     mount("/dev/null", PROGRAM_PASTA, NULL, MS_BIND, NULL) == 0,
		     PROGRAM_PASTA " is still there: %s", strerror(errno));
	own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	faults_check(own >= 0 && unshare(CLONE_NEWNET) == 0, "no namespace");
	host = (struct net_host){.rundir = NETWORK_RUNDIR, .set = 7, .etc_fd = -EBADF};
	host.ns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	faults_check(host.ns_fd >= 0 && setns(own, CLONE_NEWNET) == 0, "no way back");
	host.net_fd = network_open_records();
}

/* Starts one in vain, and looks at what is on record then. */
static void expect_families(const char *address4, const char *address6)
{
	struct net_record rec = {.mode = "user"}, found;
	struct nsi_fail f = {""};
	const int r = user_start(&host, &l, &rec, &f);

	faults_check(r == -ENOENT && strstr(f.what, PROGRAM_PASTA " cannot be run") &&
			     strstr(f.what, "install the package passt"),
		     "%d, \"%s\"", r, f.what);
	faults_check(state_read(host.net_fd, 7, &found) == 0 && found.process[0],
		     "no process is on record");
	faults_check(strcmp(found.address[NET_V4], address4) == 0 &&
			     strcmp(found.address[NET_V6], address6) == 0,
		     "addresses \"%s\" \"%s\"", found.address[NET_V4], found.address[NET_V6]);
	faults_check(!found.gateway[NET_V4][0] == !address4[0] &&
			     !found.gateway[NET_V6][0] == !address6[0],
		     "gateways \"%s\" \"%s\"", found.gateway[NET_V4], found.gateway[NET_V6]);
	f.what[0] = '\0';
	faults_check(user_stop(&found, &f) == 0, "%s", f.what);
	faults_check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a process is left");
}

static void give(int index, const char *address, const char *route)
{
	const struct inet_prefix prefix = network_prefix(address);
	struct inet_route way;

	faults_check(link_add_address(&l, index, &prefix) == 0 &&
			     inet_read_route(route, &way) == 0 &&
			     link_add_route(&l, index, &way) == 0,
		     "%s: %s", route, l.said);
}

static void lack_pasta(void *arg)
{
	int index;

	(void)arg;
	make_host();
	expect_families("", "");
	index = network_add_line(&l, "nsit0");
	give(index, "10.77.0.9/16", "10.9.0.0/16 via 10.77.0.1");
	expect_families("", "");
	give(index, "10.78.0.9/16", "default via 10.78.0.1");
	expect_families("10.0.2.15/24", "");
	give(index, "fd77::9/64", "default via fd77::1");
	expect_families("10.0.2.15/24", "fd00::15/64");
}

TEST(test_without_pasta_a_sentence_says_so_and_families_are_the_hosts)
{
	network_test(lack_pasta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_process_on_record_is_ended),
		cmocka_unit_test(test_another_process_of_that_number_goes_on),
		cmocka_unit_test(test_a_damaged_record_ends_nobody),
		cmocka_unit_test(test_without_pasta_a_sentence_says_so_and_families_are_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
