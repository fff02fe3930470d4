/* SPDX-License-Identifier: MIT */
/* The programs of other packages that the helper runs */
#ifndef NSI_PROGRAMS_H
#define NSI_PROGRAMS_H

/* By absolute paths: nothing about a login says where root finds its programs. */
#define PROGRAM_NFT   "/usr/sbin/nft"  /* package nftables */
#define PROGRAM_PASTA "/usr/bin/pasta" /* package passt */

#endif /* NSI_PROGRAMS_H */
