/* SPDX-License-Identifier: MIT */
#include "ctl/delegated.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/say.h"

static bool delegated_is_own(const char *operand)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *set = getenv("NSISOLATE_SET");

	return (pw && strcmp(operand, pw->pw_name) == 0) || (set && strcmp(operand, set) == 0);
}

static bool delegated_is_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino;
}

/*
 * The user namespace that owns one of this session's namespaces, if it is the
 * caller's.  The kernel tells no more than that: NS_GET_USERNS (ioctl_ns(2)) leads to
 * nothing above the caller's own.
 */
static int delegated_find_owner(void)
{
	static const char *const kinds[] = {"/proc/self/ns/uts", "/proc/self/ns/ipc",
					    "/proc/self/ns/net"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		NSI_AUTO_FD int ns = open(kinds[i], O_RDONLY | O_CLOEXEC);
		NSI_AUTO_FD int owner = ns < 0 ? -1 : ioctl(ns, NS_GET_USERNS);
		uid_t uid = (uid_t)-1;

		if (owner < 0 || delegated_is_same(owner, "/proc/self/ns/user"))
			continue;
		if (ioctl(owner, NS_GET_OWNER_UID, &uid) == 0 && uid == geteuid())
			return nsi_take_fd(&owner);
	}
	return -ENOENT;
}

static int delegated_go_in(int owner, struct nsi_fail *f)
{
	if (setns(owner, CLONE_NEWUSER) < 0)
		return fail_errno(f, errno, "cannot enter the user namespace");
	/* The copy's mounts are locked together, as they come from more privileged hands. */
	if (unshare(CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot copy the mounts");
	return 0;
}

int delegated_enter(const char *operand, char **argv)
{
	NSI_AUTO_FD int owner = -EBADF;
	char shell[] = "/bin/sh", *shell_argv[] = {shell, NULL};
	struct nsi_fail f = {""};
	int r;

	if (!delegated_is_own(operand))
		return say_need_root("enter --root of another's set");
	owner = delegated_find_owner();
	if (owner < 0) {
		say_error("this session has no namespaces of yours: its policy must say "
			  "user = \"delegate\", and it must be called in the session");
		return CTL_NOT_FOUND;
	}
	r = delegated_go_in(owner, &f);
	if (r < 0)
		return say_fail(r, &f);
	if (argv[0] && strcmp(argv[0], "--") == 0)
		argv++;
	if (!argv[0])
		argv = shell_argv;
	(void)execvp(argv[0], argv);
	say_error("cannot run %s: %s", argv[0], strerror(errno));
	return errno == ENOENT ? CTL_NO_COMMAND : CTL_CANNOT_EXEC;
}
