/* SPDX-License-Identifier: MIT */
#include "net/host_side.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "net/link.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/pool.h"

static bool bridge_is_ours(const struct link_info *info, const char *rundir)
{
	return strcmp(info->kind, "bridge") == 0 && info->group == names_group(rundir);
}

/* The routes of the host that overlap a pool, and the addresses that the bridge has. */
struct survey {
	const struct inet_prefix *pool;
	int bridge;
	int rival;                 /* interface with an address or route of the pool */
	struct inet_prefix theirs; /* that address or destination */
	struct inet_prefix own;    /* the bridge's, in the pool */
};

static int bridge_look(void *arg, const struct link_entry *e)
{
	struct survey *s = arg;

	if (e->prefix.bits == 0 || !inet_overlaps(&e->prefix, s->pool))
		return 0;
	if (e->index != s->bridge) {
		s->rival = e->index;
		s->theirs = e->prefix;
	}
	return 0;
}

static int bridge_look_address(void *arg, const struct link_entry *e)
{
	struct survey *s = arg;

	if (e->index == s->bridge && inet_overlaps(&e->prefix, s->pool) && !s->own.family)
		s->own = e->prefix;
	return bridge_look(arg, e);
}

static int bridge_survey(struct link_socket *l, struct survey *s, struct nsi_fail *f)
{
	char pool[INET_TEXT], theirs[INET_TEXT];
	int r = link_each_address(l, bridge_look_address, s);

	if (r < 0)
		return link_fail(l, r, f, "cannot list the host's addresses");
	r = link_each_route(l, bridge_look, s);
	if (r < 0)
		return link_fail(l, r, f, "cannot list the host's routes");
	if (s->rival == 0)
		return 0;
	return fail_set(f, EADDRINUSE,
			"the pool %s is occupied: the host has %s on another interface",
			inet_format(s->pool, true, pool), inet_format(&s->theirs, true, theirs));
}

static int bridge_give_address(struct link_socket *l, int bridge, const struct inet_prefix *pool,
			       struct survey *s, struct nsi_fail *f)
{
	int r;

	s->own = pool_gateway(pool);
	r = link_add_address(l, bridge, &s->own);
	return r < 0 && r != -EEXIST ? link_fail(l, r, f, "cannot give the bridge its address") : 0;
}

/* One pool: nobody else's, and the bridge's address in it. */
static int bridge_settle_pool(struct link_socket *l, int bridge, bool ours,
			      const struct net_config *c, int family, struct net_record *rec,
			      struct nsi_fail *f)
{
	struct survey s = {.pool = &c->pool[family], .bridge = bridge};
	int r;

	if (!s.pool->family)
		return 0;
	r = bridge_survey(l, &s, f);
	if (r < 0)
		return r;
	r = ours && !s.own.family ? bridge_give_address(l, bridge, s.pool, &s, f) : 0;
	if (r < 0)
		return r;
	if (!s.own.family && (c->nat || c->forward_count > 0))
		return fail_set(f, EADDRNOTAVAIL,
				"the bridge %s has no address in the pool %s, so it cannot be the "
				"gateway for nat and forward",
				c->bridge, rec->pool[family]);
	(void)inet_format(&s.own, false, rec->gateway[family]);
	return 0;
}

static int bridge_make(struct link_socket *l, const char *rundir, const struct net_config *c,
		       struct link_info *ret, struct nsi_fail *f)
{
	char alias[256];
	int r;

	if (!c->create)
		return fail_set(f, ENODEV, "there is no bridge %s: make it, or say create = true",
				c->bridge);
	text_fmt(alias, sizeof(alias), "nsisolate %.200s", rundir);
	r = link_add_bridge(l, c->bridge, names_group(rundir), c->mtu);
	if (r < 0)
		return link_fail(l, r, f, "cannot make the bridge %s", c->bridge);
	r = link_find(l, c->bridge, ret);
	if (r < 0)
		return link_fail(l, r, f, "cannot find the new bridge");
	r = link_set_alias(l, ret->index, alias);
	return r < 0 ? link_fail(l, r, f, "cannot mark the new bridge as ours") : 0;
}

int bridge_ready(struct link_socket *l, const char *rundir, const struct net_config *c,
		 struct net_record *rec, struct nsi_fail *f)
{
	struct link_info info;
	int r = link_find(l, c->bridge, &info);
	bool ours;

	if (r == -ENODEV)
		r = bridge_make(l, rundir, c, &info, f);
	if (r < 0)
		return fail_errno(f, r, "cannot find the bridge %s", c->bridge);
	ours = bridge_is_ours(&info, rundir);
	if (strcmp(info.kind, "bridge") != 0)
		return fail_set(f, EEXIST, "the interface %s is there and is no bridge", c->bridge);
	if (c->create && !ours)
		return fail_set(f, EEXIST,
				"there is a bridge %s already, and it is not ours: leave out "
				"create = true to use it",
				c->bridge);
	for (int i = 0; i < NET_FAMILIES; i++) {
		r = bridge_settle_pool(l, info.index, ours, c, i, rec, f);
		if (r < 0)
			return r;
	}
	r = ours && !(info.flags & IFF_UP) ? link_set_up(l, info.index) : 0;
	return r < 0 ? link_fail(l, r, f, "cannot bring up the bridge") : info.index;
}

int bridge_remove(struct link_socket *l, const char *rundir, const char *name, struct nsi_fail *f)
{
	struct link_info info;
	int r = link_find(l, name, &info);

	if (r == -ENODEV)
		return 0;
	if (r < 0)
		return link_fail(l, r, f, "cannot find the bridge");
	if (!bridge_is_ours(&info, rundir))
		return 0;
	r = link_delete(l, info.index);
	return r < 0 ? link_fail(l, r, f, "cannot remove the bridge") : 0;
}
