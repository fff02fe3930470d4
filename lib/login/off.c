/* SPDX-License-Identifier: MIT */
#include "login/off.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

enum {
	CMDLINE_SIZE = 8192 /* COMMAND_LINE_SIZE is 2048 on x86 and 4096 at most elsewhere */
};

/* Whether there is such a file in the directory @run_fd. */
static bool off_by_file(int run_fd)
{
	struct stat st;

	return fstatat(run_fd, OFF_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool off_by_kernel(void)
{
	char line[CMDLINE_SIZE], *save = NULL;

	if (fd_read_file(AT_FDCWD, "/proc/cmdline", line, sizeof(line)) < 0)
		return false;
	for (char *word = strtok_r(line, " \t\n", &save); word;
	     word = strtok_r(NULL, " \t\n", &save)) {
		if (strcmp(word, "--") == 0) /* the rest is for init */
			return false;
		if (strcmp(word, OFF_WORD) == 0)
			return true;
	}
	return false;
}

bool off_is_set_at(int run_fd, bool by_kernel, const char *rundir, char *why, size_t size)
{
	if (run_fd >= 0 && off_by_file(run_fd)) {
		text_fmt(why, size, "isolation is switched off by the file %s/%s", rundir,
			 OFF_FILE);
		return true;
	}
	if (by_kernel) {
		text_fmt(why, size,
			 "isolation is switched off by " OFF_WORD " on the kernel's command line");
		return true;
	}
	return false;
}

bool off_is_set(const char *rundir, char *why, size_t size)
{
	struct nsi_fail ignored = {""};
	NSI_AUTO_FD int run =
		path_open_trusted(rundir, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, &ignored);

	return off_is_set_at(run, off_by_kernel(), rundir, why, size);
}
