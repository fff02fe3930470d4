/* SPDX-License-Identifier: MIT */
/* The programs and the library of other packages that the helper uses at need */
#ifndef NSI_PROGRAMS_H
#define NSI_PROGRAMS_H

/* By absolute paths: nothing about a login says where root finds its programs. */
#define PROGRAM_PASTA "/usr/bin/pasta" /* package passt */

/* The library that it opens, for the rules of a network. */
#define LIBRARY_NFTABLES "libnftables.so.1" /* package libnftables1, or nftables */

#endif /* NSI_PROGRAMS_H */
