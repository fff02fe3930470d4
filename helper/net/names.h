/* SPDX-License-Identifier: MIT */
/* Names of interfaces, tables and network namespaces */
#ifndef NSI_NET_NAMES_H
#define NSI_NET_NAMES_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;

/*
 * The host's end of a set's veth: "nsi7", or "n1f3a-7" for a helper with another
 * rundir than the usual, as several may stand side by side.  Returns 0 or -ERANGE
 * when it would be longer than a name may be.
 */
int names_veth(const char *rundir, uint64_t set, char ret[IFNAMSIZ]);

/*
 * The group of links (ip-link(8)) that says that this helper has made them.  Unlike an
 * alias, a link is born with it: there is no moment at which it is nobody's.
 */
uint32_t names_group(const char *rundir);

/* The table of nftables that is for @bridge: "nsi_nsi0"; with another rundir as names_veth(). */
void names_table(const char *rundir, const char *bridge, char ret[64]);

/*
 * Opens /run/netns/@name, or makes a new namespace of that name if there is none
 * and @create, which then is in *@ret_made.  Returns a descriptor of it, or -errno.
 */
int names_open_netns(const char *name, bool create, bool *ret_made, struct nsi_fail *f);

/* Gives the namespace @ns_fd the name /run/netns/@name, which must be free.  Returns 0 or -errno. */
int names_publish(const char *name, int ns_fd, struct nsi_fail *f);

/* Removes the name /run/netns/@name if it exists.  Returns 0 or -errno. */
int names_unpublish(const char *name);

#endif /* NSI_NET_NAMES_H */
