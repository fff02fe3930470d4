/* SPDX-License-Identifier: MIT */
/* The files that a process may reach */
#include "confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"

/* The same numbers on all machines; not all of the supported systems have them. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

/*
 * Of linux/landlock.h, in which each version of the interface adds some: Debian 12 has those of the
 * third.
 */
enum {
	LANDLOCK_VERSION_OF = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
	LANDLOCK_PATH_RULE = 1,  /* LANDLOCK_RULE_PATH_BENEATH */
	LANDLOCK_EXECUTE = 1 << 0,
	LANDLOCK_WRITE_FILE = 1 << 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_FIRST = (1 << 13) - 1, /* all of version 1 */
	LANDLOCK_REFER = 1 << 13,       /* 2: Linux 5.19 */
	LANDLOCK_TRUNCATE = 1 << 14,    /* 3: Linux 6.2 */
	LANDLOCK_IOCTL_DEV = 1 << 15,   /* 5: Linux 6.10 */
	LANDLOCK_OF_FILES = LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE |
			    LANDLOCK_TRUNCATE | LANDLOCK_IOCTL_DEV,
	LANDLOCK_TCP = 1 << 0 | 1 << 1, /* 4: bind and connect, Linux 6.7 */
	LANDLOCK_SOCKETS = 1 << 0,      /* 6: abstract sockets, Linux 6.12 */
	LANDLOCK_SIGNALS = 1 << 1,      /* 6 */
};

/* struct landlock_ruleset_attr; a kernel takes a shorter one. */
struct landlock_ruleset {
	uint64_t files;
	uint64_t tcp;
	uint64_t scopes;
};

/* struct landlock_path_beneath_attr */
struct landlock_path {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

static struct landlock_ruleset landlock_all(int version, unsigned demands, size_t *ret_size)
{
	struct landlock_ruleset all = {.files = LANDLOCK_FIRST};

	*ret_size = version >= 6   ? sizeof(all)
		    : version >= 4 ? offsetof(struct landlock_ruleset, scopes)
				   : offsetof(struct landlock_ruleset, tcp);
	if (version >= 2)
		all.files |= LANDLOCK_REFER;
	if (version >= 3)
		all.files |= LANDLOCK_TRUNCATE;
	if (version >= 4 && !(demands & LANDLOCK_CONNECTS))
		all.tcp = LANDLOCK_TCP;
	if (version >= 5)
		all.files |= LANDLOCK_IOCTL_DEV;
	if (version >= 6)
		all.scopes =
			LANDLOCK_SIGNALS | (demands & LANDLOCK_CONNECTS ? 0 : LANDLOCK_SOCKETS);
	return all;
}

/* Returns 0 or -errno. */
static int landlock_allow(int ruleset, const struct landlock_place *place, uint64_t all)
{
	NSI_AUTO_FD int own = place->path ? open(place->path, O_PATH | O_CLOEXEC) : -EBADF;
	const int fd = place->path ? own : place->fd;
	const uint64_t read = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR;
	struct landlock_path rule = {.fd = fd};
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	rule.allowed = place->access == LANDLOCK_TO_READ ? read : all & ~(uint64_t)LANDLOCK_EXECUTE;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= LANDLOCK_OF_FILES;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_RULE, &rule, 0) < 0 ? -errno
											 : 0;
}

/* no_new_privs is the helper's, and its children's: a process that was started otherwise sets it here. */
static int landlock_enter(int ruleset)
{
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		return 0;
	if (errno != EPERM || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

int landlock_limit(const struct landlock_place *places, unsigned count, unsigned demands,
		   struct nsi_fail *f)
{
	const int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_OF);
	NSI_AUTO_FD int ruleset = -EBADF;
	struct landlock_ruleset all;
	size_t size;

#ifdef NSI_UNCONFINED
	return 0; /* a sanitizer writes reports and reads what it needs for them */
#endif
	if (version < (demands & LANDLOCK_MOVES ? 2 : 1))
		return 0;
	all = landlock_all(version, demands, &size);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (ruleset < 0)
		return fail_errno(f, errno, "cannot restrict the files of a process");
	for (unsigned i = 0; i < count; i++) {
		int r = landlock_allow(ruleset, &places[i], all.files);

		if (r < 0)
			return fail_errno(f, r, "cannot restrict the files of a process");
	}
	if (landlock_enter(ruleset) < 0)
		return fail_errno(f, errno, "cannot restrict the files of a process");
	return 0;
}

int landlock_limit_to_reading(unsigned demands, struct nsi_fail *f)
{
	const struct landlock_place all = {.path = "/", .access = LANDLOCK_TO_READ};

	return landlock_limit(&all, 1, demands, f);
}
