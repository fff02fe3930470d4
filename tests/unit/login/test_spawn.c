/* SPDX-License-Identifier: MIT */
/* The start of a helper: which files may be one, and how it is started */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "login/args.h"
#include "login/client.h"
#include "tests/unit/test.h"

static char rundir[] = "/tmp/nsi-spawn.XXXXXX";
static struct nsi_fail f;

static int spawn_from(const char *path)
{
	const struct module_args args = {.config = "/none",
					 .rundir = rundir,
					 .statedir = "/none",
					 .helper = path,
					 .timeout = 1};

	f = (struct nsi_fail){""};
	return spawn_helper(&args, &f);
}

/* A copy of this test. */
static void write_program(const char *path, mode_t mode)
{
	char buf[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		assert_int_equal(write(fd, buf, (size_t)n), n);
	assert_int_equal(n, 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(from);
	close(fd);
}

/* The same test as the helper: says what it was given. */
static int be_helper(char **argv)
{
	char said[512], cwd[32] = "";
	int n = 0;

	while (argv[1])
		n += snprintf(said + n, sizeof(said) - (size_t)n, "%s ", *++argv ? *argv : "");
	for (char **e = environ; *e; e++)
		n += snprintf(said + n, sizeof(said) - (size_t)n, "%s ", *e);
	n += snprintf(said + n, sizeof(said) - (size_t)n, "%s session %d fds %d%d%d%d",
		      getcwd(cwd, sizeof(cwd)), getsid(0) == getpid(), isatty(0),
		      fcntl(2, F_GETFD) == 0, fcntl(3, F_GETFD) == 0, fcntl(4, F_GETFD) == 0);
	return send(3, said, (size_t)n, 0) == n ? 0 : 1;
}

/* The program must be a file of root's that nobody else may write; it says how it was started. */
TEST(test_who_may_be_started)
{
	char path[64], link[64], want[256], got[512] = "";
	int sock;

	(void)snprintf(path, sizeof(path), "%s/program", rundir);
	(void)snprintf(link, sizeof(link), "%s/link", rundir);
	assert_int_equal(spawn_from("/nowhere"), -ENOENT);
	assert_int_equal(spawn_from("/dev/null"), -EPERM);
	assert_non_null(strstr(f.what, "it must be a file of root"));
	write_program(path, 0722);
	assert_int_equal(spawn_from(path), -EPERM);
	assert_int_equal(symlink(path, link), 0);
	assert_true(spawn_from(link) < 0);
	if (getuid() != 0)
		skip();
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(spawn_from(path), -EACCES);
	assert_int_equal(chmod(path, 0700), 0);
	sock = spawn_from(path);
	assert_true(sock >= 0);
	assert_true(recv(sock, got, sizeof(got) - 1, 0) > 0);
	(void)snprintf(want, sizeof(want),
		       "--config /none --rundir %s --statedir /none --connection 3 "
		       "PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C / session 1 fds 0110",
		       rundir);
	assert_string_equal(got, want);
	close(sock);
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Neither the mask nor the handlers of the host are changed, and no child of it is left. */
TEST(test_the_host_is_as_it_was)
{
	struct sigaction sa = {.sa_handler = on_signal}, after;
	char path[64], got[512];
	sigset_t before, now;
	int sock;

	if (getuid() != 0)
		skip();
	(void)snprintf(path, sizeof(path), "%s/program", rundir);
	(void)unlink(path);
	write_program(path, 0700);
	assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);
	sigemptyset(&before);
	sigaddset(&before, SIGUSR2);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	sock = spawn_from(path);
	assert_true(sock >= 0);
	assert_int_equal(fcntl(sock, F_GETFD), FD_CLOEXEC);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	assert_true(sigismember(&now, SIGUSR2) && !sigismember(&now, SIGUSR1));
	assert_int_equal(sigaction(SIGUSR1, NULL, &after), 0);
	assert_ptr_equal(after.sa_handler, on_signal);
	assert_true(recv(sock, got, sizeof(got), 0) > 0); /* and it does run */
	close(sock);
}

static int begin_group(void **state)
{
	(void)state;
	return mkdtemp(rundir) ? 0 : -1;
}

static int end_group(void **state)
{
	static const char *const names[] = {"program", "link"};

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s/%s", rundir, names[i]);
		(void)unlink(path);
	}
	return rmdir(rundir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_be_started),
		cmocka_unit_test(test_the_host_is_as_it_was),
	};

	if (argc > 1)
		return be_helper(argv);
	return cmocka_run_group_tests(tests, begin_group, end_group);
}
