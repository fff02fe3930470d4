/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

/* More than a pipe holds: the writer must go on where it was stopped. */
TEST(test_all_of_it_goes_through_a_pipe)
{
	static char sent[300000], got[300001];
	int fds[2], status;
	pid_t pid;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 7);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		_exit(fd_write_all(fds[1], sent, sizeof(sent)) == 0 ? 0 : 1);
	}
	close(fds[1]);
	assert_int_equal(fd_read_all(fds[0], got, sizeof(got)), sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(test_read_stops_at_the_room_there_is)
{
	char buf[4];
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fd_write_all(fds[1], "abcdef", 6), 0);
	assert_int_equal(fd_read_all(fds[0], buf, 4), 4);
	assert_memory_equal(buf, "abcd", 4);
	close(fds[1]);
	assert_int_equal(fd_read_all(fds[0], buf, 4), 2);
	assert_int_equal(fd_read_all(fds[0], buf, 4), 0);
	close(fds[0]);
	assert_int_equal(fd_read_all(fds[0], buf, 4), -EBADF);
	assert_int_equal(fd_write_all(fds[1], "x", 1), -EBADF);
}

TEST(test_a_file_is_read_whole_or_not_at_all)
{
	struct scratch s;
	char buf[8];

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "seven", "1234567"), 0);
	assert_int_equal(scratch_write(&s, "eight", "12345678"), 0);
	assert_int_equal(scratch_write(&s, "empty", ""), 0);
	assert_int_equal(symlink("seven", scratch_path(&s, 0, "link")), 0);
	assert_int_equal(mkfifo(scratch_path(&s, 0, "fifo"), 0600), 0);
	assert_int_equal(fd_read_file(AT_FDCWD, scratch_path(&s, 0, "seven"), buf, 8), 7);
	assert_string_equal(buf, "1234567");
	assert_int_equal(fd_read_file(AT_FDCWD, scratch_path(&s, 0, "eight"), buf, 8), -E2BIG);
	assert_int_equal(fd_read_file(AT_FDCWD, scratch_path(&s, 0, "empty"), buf, 8), 0);
	assert_string_equal(buf, "");
	assert_int_equal(fd_read_file(AT_FDCWD, scratch_path(&s, 0, "link"), buf, 8), -ELOOP);
	assert_int_equal(fd_read_file(AT_FDCWD, scratch_path(&s, 0, "none"), buf, 8), -ENOENT);
	assert_int_equal(fd_read_file(AT_FDCWD, s.top, buf, 8), -EISDIR);
	/* A FIFO without a writer is at its end: nothing to wait for. */
	assert_int_equal(fd_read_file(AT_FDCWD, scratch_path(&s, 0, "fifo"), buf, 8), 0);
	scratch_done(&s);
}

/* In a child, whose stdio a host has closed: what is opened next would be 0. */
static int open_without_stdio(void)
{
	int fd, moved;

	close(0);
	fd = open("/dev/null", O_RDONLY);
	moved = fd_above_stdio(fd);
	if (fd != 0 || moved <= STDERR_FILENO || !(fcntl(moved, F_GETFD) & FD_CLOEXEC))
		return 1;
	return fcntl(0, F_GETFD) < 0 && errno == EBADF ? 0 : 2;
}

TEST(test_descriptors_stay_out_of_the_way_of_stdio)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(open_without_stdio());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fd_above_stdio(700), 700);
	assert_int_equal(fd_above_stdio(-EMFILE), -EMFILE);
}

TEST(test_closing_twice_is_harmless_and_keeps_errno)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), copy = fd;

	errno = ENOTTY;
	nsi_closep(&fd);
	assert_int_equal(fd, -EBADF);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	nsi_closep(&fd);
	fd = 5;
	assert_int_equal(nsi_take_fd(&fd), 5);
	assert_int_equal(fd, -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it_goes_through_a_pipe),
		cmocka_unit_test(test_read_stops_at_the_room_there_is),
		cmocka_unit_test(test_a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(test_descriptors_stay_out_of_the_way_of_stdio),
		cmocka_unit_test(test_closing_twice_is_harmless_and_keeps_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
