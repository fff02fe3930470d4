/* SPDX-License-Identifier: MIT */
/* The record of a set's network, <rundir>/net/<set> */
#ifndef NSI_STATE_NETWORK_H
#define NSI_STATE_NETWORK_H

#include <linux/if.h>
#include <stddef.h>

#include "base/inet.h"
#include "base/netmode.h"

enum {
	NET_NAME = INET_NETNS,
	NET_HOSTNAME = 128,
};

/*
 * <rundir>/net/<set> has one line "KEY=VALUE" for each of these that is not "".  It is
 * written before anything is made, and read by the helper that undoes it.  All of it is
 * text, so that an administrator can read it too.
 */
struct net_record {
	char mode[16];   /* as in a policy */
	char owner[32];  /* whose the address is: "u1000", "g<number>", "s<set>" */
	char index[16];  /* of the address in its pool */
	char bridge[16]; /* and whether it is ours: */
	char create[4];  /* "yes" or "" here and below */
	char veth[16];   /* the end that stays on the host */
	char pool[NET_FAMILIES][INET_TEXT];
	char address[NET_FAMILIES][INET_TEXT]; /* with the length of the network */
	char gateway[NET_FAMILIES][INET_TEXT];
	char mtu[16];
	char nat[4];
	char isolate_peers[4];
	char peers[4];
	char hostname[NET_HOSTNAME];
	char netns[NET_NAME];   /* the namespace that was joined */
	char publish[NET_NAME]; /* the name that this one has below /run/netns */
	char ns[24];            /* the inode of this one; "": of an earlier version's record */
	char parent[16];
	char interfaces[NET_INTERFACES * IFNAMSIZ + 1];          /* words */
	char forwards[NET_FORWARDS * sizeof("65535:65535/udp")]; /* words */
	char rules[4];    /* rules of nftables may be in force */
	char process[48]; /* pasta's: "PID START" */
};

enum {
	NET_RECORD_TEXT = sizeof(struct net_record) + 1024 /* bytes that a record has at most */
};

/* Writes @rec as lines into @buf, where all of it fits.  Returns its length. */
size_t net_record_format(const struct net_record *rec, char buf[NET_RECORD_TEXT]);

/*
 * Reads what net_record_format() has written; @text is changed.  Lines with other keys, and
 * values that do not fit, come from another version and are left out.
 */
void net_record_parse(char *text, struct net_record *ret);

#endif /* NSI_STATE_NETWORK_H */
