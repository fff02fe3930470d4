/* SPDX-License-Identifier: MIT */
/* A network of a test's own, and what an administrator sees there: by libc and the files of the kernel. */
#ifndef NSI_TEST_NETWORK_H
#define NSI_TEST_NETWORK_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/inet.h"
#include "net/link.h"
#include "net/state.h"
#include "tests/unit/faults.h"

#define NETWORK_RUNDIR "/run/nsisolate"

/* Calls @run in a child, whose network_make() changes nothing of this process.  It takes root. */
static inline void network_test(void (*run)(void *arg))
{
	if (geteuid() != 0)
		skip();
	faults_apart(run, NULL);
}

/* A network with nothing but a loopback that is down, mounts, an empty /run, and a /sys that shows that network. */
static inline void network_make(struct link_socket *l)
{
	struct nsi_fail f = {""};

	umask(0);
	faults_check(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mount("sys", "/sys", "sysfs", 0, NULL) == 0 &&
			     mkdir(NETWORK_RUNDIR, 0700) == 0,
		     "no network: %s", strerror(errno));
	faults_check(link_open(l, &f) == 0, "%s", f.what);
}

/* Opens the directory of records, which is empty. */
static inline int network_open_records(void)
{
	NSI_AUTO_FD int run = open(NETWORK_RUNDIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct nsi_fail f = {""};
	int fd = state_open(run, &f);

	faults_check(fd >= 0, "%s", f.what);
	return fd;
}

/* Makes a veth whose other end is "<name>-peer", both of them down.  Returns its index. */
static inline int network_add_veth(struct link_socket *l, const char *name, uint32_t group)
{
	NSI_AUTO_FD int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	char peer[IFNAMSIZ];
	struct link_pair pair = {.name = name, .peer = peer, .peer_ns = own, .group = group};

	(void)snprintf(peer, sizeof(peer), "%.8s-peer", name);
	faults_check(own >= 0 && link_add_veth(l, &pair) == 0, "no interface %s: %s", name,
		     l->said);
	return (int)if_nametoindex(name);
}

/* The same, with both ends up. */
static inline int network_add_line(struct link_socket *l, const char *name)
{
	const int index = network_add_veth(l, name, 0);
	struct link_info info;

	faults_check(link_set_up(l, index) == 0 && link_find_index(l, index, &info) == 0 &&
			     link_set_up(l, info.link) == 0,
		     "%s is not up: %s", name, l->said);
	return index;
}

/* The address in @text, with the length of its network. */
static inline struct inet_prefix network_prefix(const char *text)
{
	struct inet_prefix p = {0};

	faults_check(inet_read_interface(text, &p) == 0, "%s is no address", text);
	return p;
}

/* The words of a file of the kernel, "" if there is none, to be read until the next call. */
static inline const char *network_read(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		(void)fclose(file);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* A property of an interface in /sys. */
static inline const char *network_shown(const char *name, const char *what)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, what);
	return network_read(path);
}

static inline bool network_is_up(const char *name)
{
	return (strtoul(network_shown(name, "flags"), NULL, 16) & IFF_UP) != 0;
}

static inline unsigned network_mask_bits(const struct sockaddr *mask)
{
	const void *at = mask->sa_family == AF_INET
				 ? (const void *)&((const struct sockaddr_in *)mask)->sin_addr
				 : (const void *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
	const unsigned char *bytes = at;
	unsigned bits = 0;

	for (unsigned i = 0; i < (mask->sa_family == AF_INET ? 4 : 16); i++)
		bits += (unsigned)__builtin_popcount(bytes[i]);
	return bits;
}

static inline bool network_is_address(const struct ifaddrs *a, const char *text)
{
	char host[INET6_ADDRSTRLEN], whole[INET6_ADDRSTRLEN + 8];

	if (!a->ifa_addr || !a->ifa_netmask ||
	    (a->ifa_addr->sa_family != AF_INET && a->ifa_addr->sa_family != AF_INET6))
		return false;
	if (a->ifa_addr->sa_family == AF_INET)
		(void)inet_ntop(AF_INET,
				&((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr,
				host, sizeof(host));
	else
		(void)inet_ntop(
			AF_INET6,
			&((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr, host,
			sizeof(host));
	(void)snprintf(whole, sizeof(whole), "%s/%u", host, network_mask_bits(a->ifa_netmask));
	return strcmp(whole, text) == 0;
}

/* How often getifaddrs(3) lists the address @text, "10.77.0.1/16", of the interface. */
static inline unsigned network_count_addresses(const char *name, const char *text)
{
	struct ifaddrs *all = NULL;
	unsigned count = 0;

	faults_check(getifaddrs(&all) == 0, "no addresses: %s", strerror(errno));
	for (const struct ifaddrs *a = all; a; a = a->ifa_next)
		count += strcmp(a->ifa_name, name) == 0 && network_is_address(a, text);
	freeifaddrs(all);
	return count;
}

/* A line of /proc/net/route, whose numbers are in the order of the network. */
static inline bool network_is_route4(const char *line, const char *name,
				     const struct inet_prefix *to, const struct inet_prefix *via)
{
	unsigned dst, gateway, mask, wanted, wanted_gateway;
	char dev[32];

	memcpy(&wanted, to->addr, sizeof(wanted));
	memcpy(&wanted_gateway, via->addr, sizeof(wanted_gateway));
	return sscanf(line, "%31s %x %x %*s %*s %*s %*s %x", dev, &dst, &gateway, &mask) == 4 &&
	       strcmp(dev, name) == 0 && dst == wanted && gateway == wanted_gateway &&
	       (unsigned)__builtin_popcount(mask) == to->bits;
}

static inline void network_write_digits(const struct inet_prefix *p, char digits[33])
{
	for (unsigned i = 0; i < sizeof(p->addr); i++)
		(void)snprintf(digits + 2 * i, 3, "%02x", p->addr[i]);
}

/* A line of /proc/net/ipv6_route. */
static inline bool network_is_route6(const char *line, const char *name,
				     const struct inet_prefix *to, const struct inet_prefix *via)
{
	char dst[33], gateway[33], dev[32], wanted[33], wanted_gateway[33];
	unsigned bits;

	network_write_digits(to, wanted);
	network_write_digits(via, wanted_gateway);
	return sscanf(line, "%32s %x %*s %*s %32s %*s %*s %*s %*s %31s", dst, &bits, gateway,
		      dev) == 4 &&
	       strcmp(dev, name) == 0 && strcmp(dst, wanted) == 0 && bits == to->bits &&
	       strcmp(gateway, wanted_gateway) == 0;
}

/* Whether the kernel has a route to @to ("10.9.0.0/16", "::/0") by the interface, and by the address @via or none. */
static inline bool network_has_route(const char *name, const char *to, const char *via)
{
	const struct inet_prefix dst = network_prefix(to);
	const bool is_v6 = dst.family == AF_INET6;
	FILE *table = fopen(is_v6 ? "/proc/net/ipv6_route" : "/proc/net/route", "re");
	struct inet_prefix gateway = {0};
	bool found = false;
	char line[512];

	faults_check(table && (!via || inet_read_address(via, &gateway) == 0), "no routes");
	while (fgets(line, sizeof(line), table))
		found |= is_v6 ? network_is_route6(line, name, &dst, &gateway)
			       : network_is_route4(line, name, &dst, &gateway);
	(void)fclose(table);
	return found;
}

#endif /* NSI_TEST_NETWORK_H */
