/* SPDX-License-Identifier: MIT */
/* The host's files and directories while a system call fails: the helper starts, or says why not, and the next one does */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "host/host.h"
#include "tests/unit/faults_system.h"

enum {
	IDS = 70 /* more than are given without writing a file */
};

static struct host host;

static void begin(void)
{
	host = (struct host){.rundir = "/run/nsi",
			     .statedir = "/run/state",
			     .run_fd = -EBADF,
			     .sets_fd = -EBADF,
			     .etc_fd = -EBADF,
			     .self_fd = -EBADF,
			     .lock_fd = -EBADF};
}

/* As the end of a helper's process. */
static void end(void)
{
	nsi_closep(&host.run_fd);
	nsi_closep(&host.sets_fd);
	nsi_closep(&host.etc_fd);
	nsi_closep(&host.self_fd);
	nsi_closep(&host.lock_fd);
}

static int start(struct nsi_fail *f)
{
	int r = host_init(&host, f);

	return r < 0 ? r : host_take(&host, f);
}

static void check_dir(const char *path)
{
	struct stat st;

	faults_check(lstat(path, &st) == 0 && S_ISDIR(st.st_mode), "%s is not there", path);
	faults_check((st.st_mode & 07777) == 0700 && st.st_uid == 0, "%s has mode %o", path,
		     st.st_mode);
}

static void check_started(void)
{
	check_dir("/run/nsi");
	check_dir("/run/nsi/sets");
	check_dir("/run/nsi/etc");
	check_dir("/run/state");
	faults_check(access("/run/nsi/host", F_OK) == 0, "modules do not know the host");
	faults_check(host.ns.ino[NS_MNT] != 0 && host.boot_id[0], "it does not know the host");
}

static void take(struct faults *f)
{
	struct nsi_fail fail = {""};
	int r;

	begin();
	faults_begin(f);
	r = start(&fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(r <= 0, "somebody else has the lock");
	if (r == 0 && f->shared->error != ENOENT)
		check_started();
	end();
	faults_check_fds(f);
	begin();
	fail = (struct nsi_fail){""};
	faults_check(start(&fail) == 0, "the next one does not start: %s", fail.what);
	check_started();
	end();
}

/* Whatever cannot be written, and with another helper in between, no id is given twice. */
static void give_ids(struct faults *f)
{
	struct nsi_fail fail = {""};
	uint64_t last = 0;

	begin();
	faults_check(start(&fail) == 0, "%s", fail.what);
	for (int i = 0; i < 2 * IDS; i++) {
		uint64_t id = 0;
		int r;

		if (i == IDS) {
			end();
			begin();
			faults_check(start(&fail) == 0, "%s", fail.what);
		}
		f->shared->is_on = 1;
		fail.what[0] = '\0';
		r = host_next_set(&host, &id, &fail);
		f->shared->is_on = 0;
		faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
		faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
		faults_check(r < 0 || id > last, "%u comes behind %u", (unsigned)id,
			     (unsigned)last);
		last = r < 0 ? last : id;
	}
	end();
}

static void run_take(struct faults *f)
{
	faults_in_system(f, take);
}

static void run_ids(struct faults *f)
{
	faults_in_system(f, give_ids);
}

static void sweep(void (*run)(struct faults *f), unsigned every)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, NULL, every);
}

TEST(test_a_helper_takes_its_place_or_says_why_not)
{
	sweep(run_take, 5);
}

TEST(test_no_id_is_given_twice)
{
	sweep(run_ids, 3);
}

/* Of a helper that systemd starts: the other one, which a login has started, is told to go. */
static void relieve(struct faults *f)
{
	struct nsi_fail fail = {""};
	int tube[2], r;
	char byte;
	pid_t other;

	faults_check(pipe(tube) == 0, "no pipe");
	begin();
	other = fork();
	if (other == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		faults_check(start(&fail) == 0 && write(tube[1], "", 1) == 1, "%s", fail.what);
		for (;;)
			(void)pause();
	}
	faults_check(read(tube[0], &byte, 1) == 1, "no other helper");
	(void)close(tube[0]);
	(void)close(tube[1]);
	faults_check(start(&fail) == HOST_TAKEN, "two helpers: %s", fail.what);
	end();
	begin();
	host.relieves = true;
	faults_begin(f);
	r = start(&fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r <= 0 && (r == 0 || fail.what[0]), "%d without a sentence", r);
	faults_check(r < 0 || waitpid(other, NULL, WNOHANG) != 0, "there are two helpers");
	end();
	(void)kill(other, SIGKILL);
	(void)waitpid(other, NULL, 0);
	f->fds = faults_count_fds();
}

static void run_relieve(struct faults *f)
{
	faults_with_init(f, relieve);
}

TEST(test_a_helper_of_systemd_replaces_another_or_says_why_not)
{
	sweep(run_relieve, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_helper_takes_its_place_or_says_why_not),
		cmocka_unit_test(test_no_id_is_given_twice),
		cmocka_unit_test(test_a_helper_of_systemd_replaces_another_or_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
