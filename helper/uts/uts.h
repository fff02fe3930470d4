/* SPDX-License-Identifier: MIT */
/* The hostname inside a set */
#ifndef NSI_UTS_H
#define NSI_UTS_H

struct nsi_fail;

/* Sets host and NIS domain name of this UTS namespace; "" keeps the old one.  Returns 0 or -errno. */
int uts_set(const char *hostname, const char *domainname, struct nsi_fail *f);

/*
 * Writes files "hostname" and "hosts" below @dirfd that agree with @hostname: hosts
 * is the host's with a line for the new name in front, with the host's domain, so that
 * "hostname -f" and sudo(8) resolve it.  To be called in the host's UTS namespace or one
 * that still has its name.  Every set has a copy, on a file system that all depend on: a host's
 * file of more than 1 MiB, and one that would leave less than a quarter of it free, is
 * not copied.  The umask must be 0.
 * Returns 0, UTS_WITHOUT_HOSTS with the reason in @f, or -errno.
 */
enum {
	UTS_WITHOUT_HOSTS = 1
};
int uts_write_files(int dirfd, const char *hostname, struct nsi_fail *f);

/* Writes the file "hosts" alone, in place of the one that is there.  Returns as uts_write_files(). */
int uts_write_hosts(int dirfd, const char *hostname, struct nsi_fail *f);

#endif /* NSI_UTS_H */
