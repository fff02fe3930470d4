/* SPDX-License-Identifier: MIT */
/* The directories for sockets of X and ICE in a private /tmp */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "setup/parts.h"

/* Directories that tmpfiles.d/x11.conf and x11-common make in the host's /tmp at boot. */
static const char *const socket_dirs[] = {".X11-unix", ".ICE-unix"};

enum {
	SOCKET_DIR_MODE = 01777
};

static bool sockets_has_dir(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == 0 && (st.st_mode & 07777) == SOCKET_DIR_MODE;
}

void setup_socket_dirs(int host_tmp, int mount, struct setup_report *report)
{
	for (size_t i = 0; i < sizeof(socket_dirs) / sizeof(socket_dirs[0]); i++) {
		NSI_AUTO_FD int fd = -EBADF;
		struct nsi_fail f = {""};

		if (!sockets_has_dir(host_tmp, socket_dirs[i]))
			continue;
		fd = path_make_dir(mount, socket_dirs[i], SOCKET_DIR_MODE, &f);
		/* It is kept (a mount, EXDEV), or the user has something else of that name there. */
		if (fd < 0 && fd != -EXDEV && fd != -EPERM && fd != -ENOTDIR && fd != -ELOOP)
			setup_warn(report, "the private /tmp has no %s: %s", socket_dirs[i],
				   f.what);
	}
}
