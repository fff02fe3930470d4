/* SPDX-License-Identifier: MIT */
/* Which programs of other packages are run, if a policy wants what they do? */
#ifndef NSI_PROGRAMS_H
#define NSI_PROGRAMS_H

/* By absolute paths: nothing about a login says where root finds its programs. */
#define PROGRAM_NFT    "/usr/sbin/nft"   /* package nftables */
#define PROGRAM_PASTA  "/usr/bin/pasta"  /* package passt */
#define PROGRAM_BUSCTL "/usr/bin/busctl" /* package systemd */

#endif /* NSI_PROGRAMS_H */
