/* SPDX-License-Identifier: MIT */
/* Names of interfaces, tables and network namespaces */
#ifndef NSI_NET_NAMES_H
#define NSI_NET_NAMES_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;

/*
 * Writes the name of the host's end of a set's veth: "nsi7", or "n1f3a-7" for a helper with
 * another rundir than the built-in one, as several helpers may coexist.
 * Returns 0, or -ERANGE when it would be too long for a name.
 */
int names_veth(const char *rundir, uint64_t set, char ret[IFNAMSIZ]);

/*
 * Returns the group of links (ip-link(8)) that marks those of this helper.  Unlike an alias,
 * it is set when a link is made, so that no link is unmarked for a moment.
 */
uint32_t names_group(const char *rundir);

/* Writes the name of the nftables table for @bridge: "nsi_nsi0"; with another rundir as names_veth(). */
void names_table(const char *rundir, const char *bridge, char ret[64]);

/*
 * Opens /run/netns/@name, or makes a new namespace of that name if there is none
 * and @create, which then is in *@ret_made.  Returns a descriptor of it, or -errno.
 */
int names_open_netns(const char *name, bool create, bool *ret_made, struct nsi_fail *f);

/* Gives the namespace @ns_fd the name /run/netns/@name, which must be free.  Returns 0 or -errno. */
int names_publish(const char *name, int ns_fd, struct nsi_fail *f);

/*
 * Removes the name /run/netns/@name if it exists, and is not that of another namespace than the one with the
 * inode @ns (0: of any).  Returns 0 or -errno.
 */
int names_unpublish(const char *name, uint64_t ns);

#endif /* NSI_NET_NAMES_H */
