/* SPDX-License-Identifier: MIT */
/* The host's side of a set's network */
#ifndef NSI_NET_HOST_H
#define NSI_NET_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inet_forward;
struct link_socket;
struct net_config;
struct net_record;
struct nsi_fail;

/* The context of these functions; they run in a child that may wait, with CAP_NET_ADMIN effective. */
struct net_host {
	const char *rundir;
	int net_fd; /* <rundir>/net */
	int etc_fd; /* <rundir>/etc */
	int ns_fd;  /* the set's network namespace; -EBADF if it is gone */
	uint64_t set;
};

/*
 * Makes the network of @rec, which has been written, completes @rec (the gateway of an
 * existing bridge) and writes it again.  After a failure host_undo() removes the parts that
 * were made.  *@ret_join is a namespace that the anchor is to join, or -EBADF.
 * Returns 0 or -errno.
 */
int host_setup(const struct net_host *h, const struct net_config *c, struct net_record *rec,
	       int *ret_join, struct nsi_fail *f);

/*
 * Removes everything in the record of h->set, and then the record: the veth, rules,
 * names, the bridge with its last set; and gives interfaces back.  Continues after a
 * failure, and then returns -errno with the first failure in @f and keeps the record for
 * another try.  It may be called repeatedly.  Returns 0 or -errno.
 */
int host_undo(const struct net_host *h, struct nsi_fail *f);

/*
 * Writes the names and addresses of all sets on @bridge with hosts = "peers" behind
 * the host's lines in <rundir>/etc/<set>/hosts of each set.  The files are changed in
 * place: sessions have them mounted and see the change at once.
 * Returns 0 or -errno.
 */
int hosts_update(int net_fd, int etc_fd, const char *bridge, struct nsi_fail *f);

/*
 * Finds the bridge of @c, or makes it.  A bridge of ours has the link group of
 * names_group(), which also outlives the helper.  Sets the gateways of @rec: the first
 * address of each pool for a bridge of ours, the bridge's address in the pool for an
 * administrator's.  A bridge or pool that others use is refused.
 * Returns its index, or -errno.
 */
int bridge_ready(struct link_socket *l, const char *rundir, const struct net_config *c,
		 struct net_record *rec, struct nsi_fail *f);

/* Removes the bridge if it is ours.  Returns 0 or -errno. */
int bridge_remove(struct link_socket *l, const char *rundir, const char *name, struct nsi_fail *f);

/*
 * Turns on net.ipv4.ip_forward and net.ipv6.conf.all.forwarding, as the pools of @c
 * need, and records below @net_fd which were off before.  IPv6 forwarding is not turned
 * on where the host has routes from router advertisements: the kernel would ignore
 * these from then on.  Returns 0 or -errno.
 */
int forwarding_on(int net_fd, struct link_socket *l, const struct net_config *c,
		  struct nsi_fail *f);

/* Turns off the forwarding that forwarding_on() turned on.  Returns 0 or -errno. */
int forwarding_off(int net_fd, struct nsi_fail *f);

/* Lets 127.0.0.1 of the host reach @bridge, for forwards, or no longer.  Returns 0 or -errno. */
int forwarding_local(const char *bridge, bool on, struct nsi_fail *f);

/* Writes @value to /proc/sys/@path.  Returns 0 or -errno. */
int forwarding_write(const char *path, const char *value, struct nsi_fail *f);

/* Reads /proc/sys/@path, without its line end, into @buf.  Returns 0 or -errno. */
int forwarding_read(const char *path, char *buf, size_t size);

/*
 * DOC: one table for each bridge
 *
 * The table is written from the records of all sets on the bridge whenever a set starts
 * or ends, in one transaction, so that it is restored after a crash or an
 * administrator's "flush ruleset".  It has these parts:
 *
 *   nat            packets from the pool leave as the host's; nobody outside begins
 *                  a connection inwards
 *   isolate_peers  nothing goes from the bridge back into the bridge by way of the host
 *                  (ports of the bridge are isolated beside that)
 *   forwards       connections to a port of the host go to the session's, from the host
 *                  itself and by 127.0.0.1 too
 *
 * Rules of others are not changed.
 */

/* Makes the text for nft_load(); the caller frees *@ret.  Returns 0 or -ENOMEM. */
int nat_text(int net_fd, const char *rundir, const char *bridge, char **ret, size_t *ret_size);

/* Loads the table, or removes it when no set needs it.  Returns 0 or -errno. */
int nat_apply(int net_fd, const char *rundir, const char *bridge, struct nsi_fail *f);

/* Whether a set with this record needs rules. */
bool nat_is_needed(const struct net_record *rec);

#endif /* NSI_NET_HOST_H */
