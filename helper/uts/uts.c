/* SPDX-License-Identifier: MIT */
#include "uts/uts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
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
	LINE_MAX_SIZE = 512,
	UTS_DOMAIN = 256, /* RFC 1035 has 255 at most */
};

int uts_set(const char *hostname, const char *domainname, struct nsi_fail *f)
{
	if (hostname[0] && sethostname(hostname, strlen(hostname)) < 0)
		return fail_errno(f, errno, "cannot set the hostname to %s", hostname);
	if (domainname[0] && setdomainname(domainname, strlen(domainname)) < 0)
		return fail_errno(f, errno, "cannot set the domainname to %s", domainname);
	return 0;
}

/* Copies a domain out of "HOST.DOMAIN"; "" if @name is not @host with one that can be. */
static void uts_copy_domain(const char *name, size_t name_len, const char *host,
			    char ret[UTS_DOMAIN])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t host_len = strcspn(host, ".");
	size_t len = name_len > host_len + 1 ? name_len - host_len - 1 : 0;

	ret[0] = '\0';
	if (len == 0 || len >= UTS_DOMAIN || name[host_len] != '.' ||
	    strncasecmp(name, host, host_len) != 0)
		return;
	memcpy(ret, name + host_len + 1, len);
	ret[len] = '\0';
	if (strspn(ret, letters) != len)
		ret[0] = '\0';
}

/*
 * The domain of this host, as "hostname -d" finds it without asking anybody on the network: the
 * host's name has it, or the name that hosts(5) gives it.  @hosts is the text of that file.
 */
static void uts_find_domain(const char *hosts, char ret[UTS_DOMAIN])
{
	char host[HOST_NAME_MAX + 1] = "";
	const char *at = hosts;

	(void)gethostname(host, sizeof(host) - 1); /* else it is "", which has no domain */
	uts_copy_domain(host, strlen(host), host, ret);
	while (host[0] && !ret[0] && *at) {
		size_t word = strcspn(at, " \t\n#");

		if (word == 0 && *at == '#')
			at += strcspn(at, "\n");
		else if (word == 0)
			at++;
		uts_copy_domain(at, word, host, ret);
		at += word;
	}
}

/* Debian's address for a host's own name that no interface has. */
static int uts_own_line(char *buf, size_t size, const char *hostname, const char *domain)
{
	int len = (int)strcspn(hostname, ".");

	if (hostname[len])
		return snprintf(buf, size, "127.0.1.1\t%s %.*s\n", hostname, len, hostname);
	if (domain[0])
		return snprintf(buf, size, "127.0.1.1\t%s.%s %s\n", hostname, domain, hostname);
	return snprintf(buf, size, "127.0.1.1\t%s\n", hostname);
}

/* Whether @size more bytes leave a quarter of the file system of @dirfd free. */
static bool uts_has_room(int dirfd, off_t size)
{
	struct statvfs fs;

	if (fstatvfs(dirfd, &fs) < 0 || fs.f_blocks == 0) /* a tmpfs without a limit has 0 */
		return true;
	return fs.f_bavail >= fs.f_blocks / 4 + (fsblkcnt_t)size / fs.f_frsize + 1;
}

/* Why the host's file is not copied, or NULL. */
static const char *uts_why_not(int dirfd)
{
	struct stat st;

	if (stat("/etc/hosts", &st) < 0)
		return NULL; /* reading it says what is wrong */
	if (st.st_size > HOSTS_MAX - LINE_MAX_SIZE)
		return "it is larger than 1 MiB";
	return st.st_size < HOSTS_SMALL || uts_has_room(dirfd, st.st_size)
		       ? NULL
		       : "less than a quarter of the run directory would be free";
}

int uts_write_hosts(int dirfd, const char *hostname, struct nsi_fail *f)
{
	/* Off the heap: what is not used of it costs nothing.  The line comes before the file. */
	static char room[LINE_MAX_SIZE + HOSTS_MAX + 1];
	char line[LINE_MAX_SIZE], domain[UTS_DOMAIN], *hosts = room + LINE_MAX_SIZE;
	const char *why = uts_why_not(dirfd);
	ssize_t used;
	int n, r;

	if (why) {
		(void)fail_set(f, EFBIG,
			       "/etc/hosts is the host's own, without a line for the name %s: %s",
			       hostname, why);
		return UTS_WITHOUT_HOSTS;
	}
	used = fd_read_file(AT_FDCWD, "/etc/hosts", hosts, HOSTS_MAX);
	if (used < 0 && used != -ENOENT)
		return fail_errno(f, (int)used, "cannot read /etc/hosts");
	hosts[used > 0 ? used : 0] = '\0';
	uts_find_domain(hosts, domain);
	n = uts_own_line(line, sizeof(line), hostname, domain);
	if (n < 0 || n >= LINE_MAX_SIZE)
		return fail_set(f, ENAMETOOLONG, "the hostname is too long");
	memcpy(hosts - n, line, (size_t)n);
	r = path_create_file(dirfd, "hosts", 0644, hosts - n, (size_t)(n + (used > 0 ? used : 0)));
	return r < 0 ? fail_errno(f, r, "cannot write the session's hosts file") : 0;
}

int uts_write_files(int dirfd, const char *hostname, struct nsi_fail *f)
{
	char line[LINE_MAX_SIZE];
	int n = snprintf(line, sizeof(line), "%s\n", hostname);
	int r = path_create_file(dirfd, "hostname", 0644, line, (size_t)n);

	if (r < 0)
		return fail_errno(f, r, "cannot write the session's hostname file");
	return uts_write_hosts(dirfd, hostname, f);
}
