/* SPDX-License-Identifier: MIT */
/* Rules of nftables, loaded by libnftables */
#ifndef NSI_NET_NFT_H
#define NSI_NET_NFT_H

struct nsi_fail;

/*
 * DOC: the library, in a process of its own
 *
 * An executed nft(8) would need a capability that survives execve(2): with an empty bounding set
 * that is an inheritable one, in the helper, for as long as it runs.  The library needs none.  It
 * is opened by name and not linked, as it comes with four more that few machines need, and
 * neither a resident helper nor its anchors should carry them.
 *
 * It ends the process when memory or a netlink socket is short, and keeps what it has allocated.
 * So each ruleset is loaded by a child that has CAP_NET_ADMIN alone, and its end is the answer.
 */

/*
 * Opens the library, for a process that is about to leave the host's root directory and will call
 * nft_load(), which reports a failure here.
 */
void nft_prepare(void);

/*
 * Loads @text as a ruleset, as "nft -f" does, into the network namespace of the caller: all of it
 * or nothing.  Returns 0, or -errno with "@what: " and the library's complaint in @f.
 */
int nft_load(const char *text, const char *what, struct nsi_fail *f);

#endif /* NSI_NET_NFT_H */
