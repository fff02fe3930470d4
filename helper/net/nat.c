/* SPDX-License-Identifier: MIT */
#include "net/host_side.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/state.h"

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
