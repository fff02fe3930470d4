/* SPDX-License-Identifier: MIT */
/* The reserve, on a file system that is full: a login's directories and files come out of it */
#include "instance/reserve.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "tests/unit/faults.h"

#define STATE "/run/state"

/* A statedir with a full reserve, on a tmpfs that has no inode left. */
static int state_make(void)
{
	char path[64];
	int fd, state;

	umask(0);
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir(STATE, 0700) == 0 &&
			     mount("state", STATE, "tmpfs", 0, "mode=0700,nr_inodes=160") == 0,
		     "no file system: %s", strerror(errno));
	state = open(STATE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(state >= 0 && reserve_fill(state) == 0, "no reserve");
	for (unsigned i = 0;; i++) {
		(void)snprintf(path, sizeof(path), STATE "/hog-%u", i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			break;
		(void)close(fd);
	}
	faults_check(errno == ENOSPC, "it is not full");
	return state;
}

static unsigned count_reserve(const char *kind)
{
	unsigned count = 0;
	char path[64];

	for (unsigned i = 0; i < RESERVE_COUNT; i++) {
		(void)snprintf(path, sizeof(path), STATE "/reserve/%s-%u", kind, i);
		count += access(path, F_OK) == 0;
	}
	return count;
}

static void make_dir(struct faults *f)
{
	NSI_AUTO_FD int state = state_make();
	struct nsi_fail fail = {""};
	struct stat st;
	int fd;

	f->fds = faults_count_fds();
	faults_begin(f);
	fd = reserve_make_dir(state, state, "u1000", 01777, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || fd >= 0, "without a fault: %s", fail.what);
	faults_check(fd >= 0 || fail.what[0], "%d without a sentence", fd);
	faults_check(fd < 0 || (fstat(fd, &st) == 0 && (st.st_mode & 07777) == 01777 &&
				count_reserve("dir") == RESERVE_COUNT - 1),
		     "it is not as it must be");
	nsi_closep(&fd);
	faults_check_fds(f);
	/* Another one, whatever has become of that one. */
	fail = (struct nsi_fail){""};
	fd = reserve_make_dir(state, state, "u1001", 0700, &fail);
	faults_check(fd >= 0, "%s", fail.what);
	nsi_closep(&fd);
}

static void write_file(struct faults *f)
{
	static const char text[] = "alice\n";
	NSI_AUTO_FD int state = state_make();
	char is[RESERVE_FILE_SIZE + 1] = "";
	int r;

	f->fds = faults_count_fds();
	faults_begin(f);
	r = reserve_write_file(state, state, "owner", text, sizeof(text) - 1);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %d", r);
	faults_check(r < 0 || (fd_read_file(state, "owner", is, sizeof(is)) > 0 &&
			       strcmp(is, text) == 0),
		     "it has another text");
	faults_check(r == 0 || access(STATE "/owner", F_OK) < 0, "a part of it is there");
	faults_check_fds(f);
	faults_check(reserve_write_file(state, state, "other", text, sizeof(text) - 1) == 0,
		     "another cannot be written");
}

/* Every directory of it is taken, and then no other can be made. */
static void exhaust(void)
{
	NSI_AUTO_FD int state = state_make();
	char name[32];
	int fd;

	for (unsigned i = 0; i < RESERVE_COUNT; i++) {
		struct nsi_fail fail = {""};

		(void)snprintf(name, sizeof(name), "u%u", i);
		fd = reserve_make_dir(state, state, name, 0700, &fail);
		faults_check(fd >= 0, "%s", fail.what);
		nsi_closep(&fd);
	}
	fd = reserve_make_dir(state, state, "one-more", 0700, &(struct nsi_fail){""});
	faults_check(fd == -ENOSPC, "the answer is %d", fd);
	nsi_closep(&fd);
	faults_check(reserve_fill(state) == -ENOSPC, "it is full without room");
}

static void sweep(void (*run)(struct faults *f), unsigned every)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, NULL, every);
}

TEST(test_a_directory_comes_out_of_the_reserve)
{
	sweep(make_dir, 5);
}

TEST(test_a_file_comes_out_of_the_reserve_whole)
{
	sweep(write_file, 5);
}

TEST(test_a_reserve_that_is_used_up_says_so)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork(); /* it gets a mount namespace of its own */
	if (pid == 0) {
		exhaust();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_directory_comes_out_of_the_reserve),
		cmocka_unit_test(test_a_file_comes_out_of_the_reserve_whole),
		cmocka_unit_test(test_a_reserve_that_is_used_up_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
