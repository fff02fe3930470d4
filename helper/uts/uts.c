/* SPDX-License-Identifier: MIT */
#include "uts/uts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"

enum {
	HOSTS_MAX = 1 << 20,
	HOSTS_SMALL = 16 << 10, /* no copies of it will fill anything */
	LINE_MAX_SIZE = 512
};

int uts_set(const char *hostname, const char *domainname, struct nsi_fail *f)
{
	if (hostname[0] && sethostname(hostname, strlen(hostname)) < 0)
		return fail_errno(f, errno, "cannot set the hostname to %s", hostname);
	if (domainname[0] && setdomainname(domainname, strlen(domainname)) < 0)
		return fail_errno(f, errno, "cannot set the domainname to %s", domainname);
	return 0;
}

/* Debian's address for a host's own name that no interface has. */
static int own_line(char *buf, size_t size, const char *hostname)
{
	int len = (int)strcspn(hostname, ".");

	if (hostname[len])
		return snprintf(buf, size, "127.0.1.1\t%s %.*s\n", hostname, len, hostname);
	return snprintf(buf, size, "127.0.1.1\t%s\n", hostname);
}

/* Whether @size more bytes leave a quarter of the file system of @dirfd free. */
static bool has_room(int dirfd, off_t size)
{
	struct statvfs fs;

	if (fstatvfs(dirfd, &fs) < 0 || fs.f_blocks == 0) /* a tmpfs without a limit has 0 */
		return true;
	return fs.f_bavail >= fs.f_blocks / 4 + (fsblkcnt_t)size / fs.f_frsize + 1;
}

/* Why the host's file is not copied, or NULL. */
static const char *why_not(int dirfd)
{
	struct stat st;

	if (stat("/etc/hosts", &st) < 0)
		return NULL; /* reading it says what is wrong */
	if (st.st_size > HOSTS_MAX - LINE_MAX_SIZE)
		return "it is larger than 1 MiB";
	return st.st_size < HOSTS_SMALL || has_room(dirfd, st.st_size)
		       ? NULL
		       : "less than a quarter of the run directory would be free";
}

static int write_hosts(int dirfd, const char *hostname, struct nsi_fail *f)
{
	static char hosts[HOSTS_MAX + 1]; /* off the heap: what is not used of it costs nothing */
	ssize_t used;
	int n, r;

	n = own_line(hosts, LINE_MAX_SIZE, hostname);
	if (n < 0 || n >= LINE_MAX_SIZE)
		return fail_set(f, ENAMETOOLONG, "the hostname is too long");
	used = fd_read_file(AT_FDCWD, "/etc/hosts", hosts + n, (size_t)(HOSTS_MAX - n));
	if (used < 0 && used != -ENOENT)
		return fail_errno(f, (int)used, "cannot read /etc/hosts");
	r = path_create_file(dirfd, "hosts", 0644, hosts, (size_t)(n + (used > 0 ? used : 0)));
	return r < 0 ? fail_errno(f, r, "cannot write the session's hosts file") : 0;
}

int uts_write_files(int dirfd, const char *hostname, struct nsi_fail *f)
{
	const char *why = why_not(dirfd);
	char line[LINE_MAX_SIZE];
	int n = snprintf(line, sizeof(line), "%s\n", hostname);
	int r = path_create_file(dirfd, "hostname", 0644, line, (size_t)n);

	if (r < 0)
		return fail_errno(f, r, "cannot write the session's hostname file");
	if (!why)
		return write_hosts(dirfd, hostname, f);
	(void)fail_set(f, EFBIG, "/etc/hosts is the host's own, without a line for the name %s: %s",
		       hostname, why);
	return UTS_WITHOUT_HOSTS;
}
