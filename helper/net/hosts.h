/* SPDX-License-Identifier: MIT */
/* The hosts files of the members of a bridge */
#ifndef NSI_NET_HOSTS_H
#define NSI_NET_HOSTS_H

struct nsi_fail;

/*
 * Writes the names and addresses of all sets on @bridge with hosts = "peers" behind
 * the host's lines in <rundir>/etc/<set>/hosts of each set.  The files are changed in
 * place: sessions have them mounted and see the change at once.
 * Returns 0 or -errno.
 */
int hosts_update(int net_fd, int etc_fd, const char *bridge, struct nsi_fail *f);

#endif /* NSI_NET_HOSTS_H */
