/* SPDX-License-Identifier: MIT */
#include "uts/uts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"

enum {
	HOSTS_MAX = 1 << 20
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

int uts_write_files(int dirfd, const char *hostname, struct nsi_fail *f)
{
	static char hosts[HOSTS_MAX + 1]; /* off the heap: what is not used of it costs nothing */
	char line[512];
	ssize_t used = 0;
	int n, r;

	n = own_line(line, sizeof(line), hostname);
	if (n < 0 || (size_t)n >= sizeof(line))
		return fail_set(f, ENAMETOOLONG, "the hostname is too long");
	memcpy(hosts, line, (size_t)n);
	used = fd_read_file(AT_FDCWD, "/etc/hosts", hosts + n, (size_t)(HOSTS_MAX - n));
	if (used < 0 && used != -ENOENT)
		return fail_errno(f, (int)used, "cannot read /etc/hosts");
	r = path_create_file(dirfd, "hosts", 0644, hosts, (size_t)(n + (used > 0 ? used : 0)));
	if (r == 0) {
		n = snprintf(line, sizeof(line), "%s\n", hostname);
		r = path_create_file(dirfd, "hostname", 0644, line, (size_t)n);
	}
	return r < 0 ? fail_errno(f, r, "cannot write the session's hostname and hosts files") : 0;
}
