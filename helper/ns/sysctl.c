/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "ns/ns.h"

int ns_set_sysctl(const char *text, struct nsi_fail *f)
{
	const size_t len = strcspn(text, "=");
	NSI_AUTO_FD int fd = -EBADF;
	char path[96];
	ssize_t size;

	text_fmt(path, sizeof(path), "/proc/sys/%.*s", (int)len, text);
	for (char *p = path; *p; p++)
		*p = *p == '.' ? '/' : *p;
	fd = path_open(AT_FDCWD, path, O_WRONLY, PATH_ANY);
	if (fd < 0)
		return fail_errno(f, fd, "cannot open %s", path);
	size = (ssize_t)strlen(text + len + 1);
	if (write(fd, text + len + 1, (size_t)size) != size)
		return fail_errno(f, errno, "cannot set %s", text);
	return 0;
}
