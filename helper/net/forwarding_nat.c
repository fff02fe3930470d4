/* SPDX-License-Identifier: MIT */
/* The passage of packets between a bridge and others: the switches of the host, and one table of rules */
#include "net/host_side.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "net/link.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/state.h"

static const struct {
	const char *path;   /* below /proc/sys */
	const char *marker; /* below <rundir>/net: we turned it on */
} switches[NET_FAMILIES] = {
	[NET_V4] = {"net/ipv4/ip_forward", "forwarding4"},
	[NET_V6] = {"net/ipv6/conf/all/forwarding", "forwarding6"},
};

static int forwarding_open_sysctl(const char *path, int flags)
{
	char full[256];
	int n = snprintf(full, sizeof(full), "/proc/sys/%s", path);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int forwarding_write(const char *path, const char *value, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = forwarding_open_sysctl(path, O_WRONLY);
	int r = fd < 0 ? fd : fd_write_all(fd, value, strlen(value));

	return r < 0 ? fail_errno(f, r, "cannot set /proc/sys/%.120s to %.60s", path, value) : 0;
}

int forwarding_read(const char *path, char *buf, size_t size)
{
	NSI_AUTO_FD int fd = forwarding_open_sysctl(path, O_RDONLY);
	ssize_t n = fd < 0 ? fd : read(fd, buf, size - 1);

	if (n < 0)
		return fd < 0 ? fd : -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static bool forwarding_is_on(int family)
{
	NSI_AUTO_FD int fd = forwarding_open_sysctl(switches[family].path, O_RDONLY);
	char digit = '0';

	return fd >= 0 && read(fd, &digit, 1) == 1 && digit != '0';
}

static int forwarding_look(void *arg, const struct link_entry *e)
{
	bool *learned = arg;

	*learned |= e->is_learned && e->prefix.family == AF_INET6;
	return 0;
}

static int forwarding_check_learned(struct link_socket *l, struct nsi_fail *f)
{
	bool learned = false;
	int r = link_each_route(l, forwarding_look, &learned);

	if (r < 0)
		return link_fail(l, r, f, "cannot list the host's routes");
	return learned ? fail_set(f, EPERM,
				  "net.ipv6.conf.all.forwarding is off, and turning it on would "
				  "cost "
				  "the host the routes that it has from routers: see accept_ra = 2")
		       : 0;
}

/* The marker goes first: what is turned on is then surely turned off again. */
static int forwarding_turn_on(int net_fd, int family, struct nsi_fail *f)
{
	NSI_AUTO_FD int marker = openat(net_fd, switches[family].marker,
					O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (marker < 0)
		return fail_errno(f, errno, "cannot record that forwarding was off");
	return forwarding_write(switches[family].path, "1", f);
}

int forwarding_on(int net_fd, struct link_socket *l, const struct net_config *c, struct nsi_fail *f)
{
	for (int i = 0; i < NET_FAMILIES; i++) {
		int r;

		if (!c->pool[i].family || forwarding_is_on(i))
			continue;
		r = i == NET_V6 ? forwarding_check_learned(l, f) : 0;
		if (r < 0)
			return r;
		r = forwarding_turn_on(net_fd, i, f);
		if (r < 0)
			return r;
	}
	return 0;
}

int forwarding_off(int net_fd, struct nsi_fail *f)
{
	for (int i = 0; i < NET_FAMILIES; i++) {
		int r;

		if (faccessat(net_fd, switches[i].marker, F_OK, 0) < 0)
			continue;
		r = forwarding_write(switches[i].path, "0", f);
		if (r < 0)
			return r;
		if (unlinkat(net_fd, switches[i].marker, 0) < 0)
			return fail_errno(f, errno,
					  "cannot remove the record that forwarding was off");
	}
	return 0;
}

int forwarding_local(const char *bridge, bool on, struct nsi_fail *f)
{
	char path[96];
	int r;

	text_fmt(path, sizeof(path), "net/ipv4/conf/%s/route_localnet", bridge);
	if (!on) { /* a bridge that is gone took it along */
		struct nsi_fail ignored = {""};

		r = forwarding_write(path, "0", &ignored);
		return r == -ENOENT ? 0 : r;
	}
	return forwarding_write(path, "1", f);
}

/* The ruleset being written; the lines of a chain come from all records of the bridge. */
struct nat_text {
	FILE *out;
	const char *bridge;
	unsigned count; /* sets that need rules */
	bool has_forwards, has_isolated, has_nat;
};

bool nat_is_needed(const struct net_record *rec)
{
	return rec->bridge[0] && (rec->nat[0] || rec->isolate_peers[0] || rec->forwards[0]);
}

static int nat_count_one(void *arg, uint64_t set, const struct net_record *rec)
{
	struct nat_text *t = arg;

	(void)set;
	if (strcmp(rec->bridge, t->bridge) != 0 || !nat_is_needed(rec))
		return 0;
	t->count++;
	t->has_forwards |= rec->forwards[0] != '\0';
	t->has_isolated |= rec->isolate_peers[0] != '\0';
	t->has_nat |= rec->nat[0] != '\0';
	return 0;
}

static void nat_write_target(const struct nat_text *t, const struct net_record *rec,
			     const struct inet_forward *fw, int family)
{
	const char *proto = fw->proto == IPPROTO_UDP ? "udp" : "tcp";
	struct inet_prefix address;
	char plain[INET_TEXT];

	if (inet_read_interface(rec->address[family], &address) < 0)
		return;
	(void)inet_format(&address, false, plain);
	if (family == NET_V4)
		fprintf(t->out, "\t\tmeta nfproto ipv4 %s dport %u dnat ip to %s:%u\n", proto,
			fw->from, plain, fw->to);
	else
		fprintf(t->out, "\t\tip6 daddr != ::1 %s dport %u dnat ip6 to [%s]:%u\n", proto,
			fw->from, plain, fw->to);
}

static int nat_write_forwards(void *arg, uint64_t set, const struct net_record *rec)
{
	const struct nat_text *t = arg;
	char words[sizeof(rec->forwards)], *at = words, *word;

	(void)set;
	if (strcmp(rec->bridge, t->bridge) != 0)
		return 0;
	memcpy(words, rec->forwards, sizeof(words));
	while ((word = strsep(&at, " ")) != NULL) {
		struct inet_forward fw;

		if (inet_read_forward(word, &fw) < 0)
			continue;
		nat_write_target(t, rec, &fw, NET_V4);
		nat_write_target(t, rec, &fw, NET_V6);
	}
	return 0;
}

/* The pools of sets with nat; the same line twice does no harm, but is left out where it is next. */
struct pools {
	const struct nat_text *t;
	void (*write)(const struct nat_text *t, const char *family, const char *pool);
	char last[NET_FAMILIES][INET_TEXT];
};

static int nat_write_pools(void *arg, uint64_t set, const struct net_record *rec)
{
	static const char *const words[NET_FAMILIES] = {"ip", "ip6"};
	struct pools *p = arg;

	(void)set;
	if (strcmp(rec->bridge, p->t->bridge) != 0 || !rec->nat[0])
		return 0;
	for (int i = 0; i < NET_FAMILIES; i++) {
		if (!rec->pool[i][0] || strcmp(rec->pool[i], p->last[i]) == 0)
			continue;
		p->write(p->t, words[i], rec->pool[i]);
		memcpy(p->last[i], rec->pool[i], INET_TEXT);
	}
	return 0;
}

static void nat_write_masquerade(const struct nat_text *t, const char *family, const char *pool)
{
	fprintf(t->out, "\t\t%s saddr %s oifname != \"%s\" masquerade\n", family, pool, t->bridge);
}

/* Who may come in behind nat: nobody but answers and what a forward leads there. */
static void nat_write_guard(const struct nat_text *t, const char *family, const char *pool)
{
	fprintf(t->out, "\t\tiifname != \"%s\" %s daddr %s ct state new ct status ! dnat drop\n",
		t->bridge, family, pool);
}

static int nat_write_chains(struct nat_text *t, int net_fd)
{
	struct pools nat = {.t = t, .write = nat_write_masquerade};
	struct pools guard = {.t = t, .write = nat_write_guard};
	int r = 0;

	if (t->has_forwards) {
		fprintf(t->out,
			"\tchain arriving {\n\t\ttype nat hook prerouting priority dstnat;\n"
			"\t\tfib daddr type != local return\n");
		r = state_each(net_fd, nat_write_forwards, t);
		fprintf(t->out, "\t}\n\tchain local {\n\t\ttype nat hook output priority -100;\n"
				"\t\tfib daddr type != local return\n");
		r = r < 0 ? r : state_each(net_fd, nat_write_forwards, t);
		/* 127.0.0.1 may lead to the bridge now; it must not lead back from there. */
		fprintf(t->out,
			"\t}\n\tchain martians {\n\t\ttype filter hook prerouting priority raw;\n"
			"\t\tiifname \"%s\" ip daddr 127.0.0.0/8 drop\n\t}\n",
			t->bridge);
	}
	fprintf(t->out, "\tchain leaving {\n\t\ttype nat hook postrouting priority srcnat;\n");
	r = r < 0 ? r : state_each(net_fd, nat_write_pools, &nat);
	if (t->has_forwards)
		fprintf(t->out,
			"\t\tip saddr 127.0.0.0/8 oifname \"%s\" masquerade\n"
			"\t\tiifname \"%s\" oifname \"%s\" ct status dnat masquerade\n",
			t->bridge, t->bridge, t->bridge);
	fprintf(t->out, "\t}\n\tchain passing {\n\t\ttype filter hook forward priority filter;\n");
	if (t->has_isolated)
		fprintf(t->out, "\t\tiifname \"%s\" oifname \"%s\" drop\n", t->bridge, t->bridge);
	r = r < 0 ? r : state_each(net_fd, nat_write_pools, &guard);
	fprintf(t->out, "\t}\n");
	return r;
}

int nat_text(int net_fd, const char *rundir, const char *bridge, char **ret, size_t *ret_size)
{
	struct nat_text t = {.bridge = bridge};
	NSI_AUTO_FREE char *buf = NULL;
	char table[NET_NAME];
	size_t size = 0;
	int r;

	t.out = open_memstream(&buf, &size);
	if (!t.out)
		return -ENOMEM;
	names_table(rundir, bridge, table);
	/* There or not: after these two it is not there. */
	fprintf(t.out, "add table inet %s\ndelete table inet %s\n", table, table);
	r = state_each(net_fd, nat_count_one, &t);
	if (r == 0 && t.count > 0) {
		fprintf(t.out, "table inet %s {\n", table);
		r = nat_write_chains(&t, net_fd);
		fprintf(t.out, "}\n");
	}
	if (fclose(t.out) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret = nsi_take_ptr(&buf);
	*ret_size = size;
	return 0;
}

int nat_apply(int net_fd, const char *rundir, const char *bridge, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *text = NULL;
	size_t size;
	int r = nat_text(net_fd, rundir, bridge, &text, &size);

	if (r < 0)
		return fail_errno(f, r, "cannot write the rules of the bridge %s", bridge);
	return nft_load(text, "cannot load the rules of the bridge", f);
}
