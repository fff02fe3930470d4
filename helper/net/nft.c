/* SPDX-License-Identifier: MIT */
#include "net/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/programs.h"

/* Memory that reads like a file: unlike a pipe, it cannot fill up while nobody reads. */
static int nft_make_file(const char *text, size_t size)
{
	NSI_AUTO_FD int fd = memfd_create("nsisolate", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write_all(fd, text, size);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : nsi_take_fd(&fd);
}

static void nft_run_in_child(const char *const argv[], int in, int err)
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};

	if (dup2(in, 0) < 0 || dup2(err, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	if (syscall(SYS_close_range, 3u, ~0u, 0) < 0)
		_exit(126);
	(void)signal(SIGPIPE, SIG_DFL); /* as programs expect it; fails for a bad number alone */
	/* execve(2) takes pointers to what it does not change. */
	(void)execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	_exit(127);
}

/* The complaint, on one line: nft says where, then what, then shows the rule. */
static int nft_run_complain(const char *program, int status, int err, const char *what,
			    struct nsi_fail *f)
{
	char text[160] = "";

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return fail_set(f, ENOENT, "%.100s: %s cannot be run; is its package installed?",
				what, program);
	if (lseek(err, 0, SEEK_SET) == 0 && fd_read_all(err, text, sizeof(text) - 1) > 0)
		text[strcspn(text, "\n")] = '\0';
	return fail_set(f, EINVAL, "%.100s: %s: %.100s", what, program,
			text[0] ? text : "failed without a message");
}

int run_program(const char *const argv[], const char *text, size_t size, const char *what,
		struct nsi_fail *f)
{
	NSI_AUTO_FD int in = nft_make_file(text, size);
	NSI_AUTO_FD int err = nft_make_file("", 0);
	int status;
	pid_t pid;

	if (in < 0 || err < 0)
		return fail_errno(f, in < 0 ? in : err, "no memory for the input of %s", argv[0]);
	pid = fork();
	if (pid == 0)
		nft_run_in_child(argv, in, err);
	if (pid < 0)
		return fail_errno(f, errno, "cannot run %s", argv[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail_errno(f, errno, "cannot wait for %s", argv[0]);
	}
	return status == 0 ? 0 : nft_run_complain(argv[0], status, err, what, f);
}

int run_nft(const char *text, size_t size, const char *what, struct nsi_fail *f)
{
	static const char *const argv[] = {PROGRAM_NFT, "-f", "-", NULL};

	return run_program(argv, text, size, what, f);
}
