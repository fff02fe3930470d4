/* SPDX-License-Identifier: MIT */
#include "net/net.h"

const char *const net_mode_words[NET_MODE_MAX] = {
	[NET_HOST] = "host",     [NET_NONE] = "none",       [NET_NETNS] = "netns",
	[NET_BRIDGE] = "bridge", [NET_MACVLAN] = "macvlan", [NET_USER] = "user",
};
