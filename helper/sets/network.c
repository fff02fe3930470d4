/* SPDX-License-Identifier: MIT */
#include "sets/network.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "host/host.h"
#include "log/log.h"
#include "net/net_names.h"
#include "net/state.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/set.h"
#include "setup/setup.h"
#include "setup/setup_network.h"

int networks_init(struct networks *n, struct sets *sets, struct nsi_fail *f)
{
	int r;

	n->sets = sets;
	n->work = (struct work)WORK_NONE;
	n->dir_fd = state_open(sets->host.run_fd, f);
	if (n->dir_fd < 0)
		return n->dir_fd;
	path_tidy(n->dir_fd);
	r = pool_load(&n->leases, n->dir_fd);
	return r < 0 ? fail_errno(f, r, "cannot read %s/net/leases", sets->host.rundir) : 0;
}

void networks_collect(struct networks *n)
{
	uint64_t set = 0;

	/* Only if there is something: most helpers start with nothing to clear up. */
	do {
		if (state_next(n->dir_fd, set, &set) < 0)
			return;
	} while (set && set_by_id(n->sets, set));
	if (set == 0)
		return;
	if (network_child_collect(n) < 0)
		log_line(LOG_ERR, "cannot undo the networks that an earlier helper left");
}

/* Whose an address is: also a set's that is ending, until its veth is gone. */
static enum pool_use network_use(void *arg, const char *pools, uint32_t index)
{
	const struct set *s;
	const struct set *asking = arg;
	char digits[16];

	text_fmt(digits, sizeof(digits), "%" PRIu32, index);
	LIST_FOREACH (s, &asking->sets->all, link) {
		struct inet_prefix pool[NET_FAMILIES] = {{0}};
		char name[2 * INET_TEXT];

		if (s == asking || !s->net || strcmp(s->net->rec.index, digits) != 0)
			continue;
		for (int i = 0; i < NET_FAMILIES; i++)
			(void)inet_read_network(s->net->rec.pool[i], &pool[i]); /* "" is none */
		pool_name(pool, name);
		if (strcmp(name, pools) != 0)
			continue;
		if (strcmp(s->net->rec.owner, asking->net->rec.owner) != 0)
			return POOL_TAKEN;
		/* Of a set that is being killed, the owner's next one takes it over (host.c). */
		if (set_can_be_entered(s) || s->rec.scope == POL_SCOPE_SESSION)
			return POOL_OWN;
	}
	return POOL_FREE;
}

static int network_pick_address(struct set *set, struct nsi_fail *f)
{
	static const char kinds[POL_SCOPE_MAX] = {'u', 's', 'g', 'j'};
	struct networks *n = &set->sets->networks;
	const struct net_config *c = set->net->config;
	struct net_record *rec = &set->net->rec;
	struct pool_wish wish = {
		.pool = c->pool,
		.owner = rec->owner,
		.number = set->rec.scope == POL_SCOPE_GROUP ? set->rec.owner : set->rec.uid,
		.is_lasting =
			set->rec.scope != POL_SCOPE_SESSION && set->rec.scope != POL_SCOPE_JOB,
		.use = network_use,
		.arg = set,
	};
	uint32_t index;
	int r;

	text_fmt(rec->owner, sizeof(rec->owner), "%c%" PRIu64, kinds[set->rec.scope],
		 set->rec.owner);
	r = pool_pick(&n->leases, n->dir_fd, &wish, &index, f);
	if (r < 0)
		return r;
	text_fmt(rec->index, sizeof(rec->index), "%" PRIu32, index);
	for (int i = 0; i < NET_FAMILIES; i++) {
		struct inet_prefix address = pool_address(&c->pool[i], index);

		if (!c->pool[i].family)
			continue;
		(void)inet_format(&c->pool[i], true, rec->pool[i]);
		(void)inet_format(&address, true, rec->address[i]);
	}
	return 0;
}

/* Texts of lists, as words; there is room for the longest. */
static void network_put_lists(struct net_record *rec, const struct net_config *c)
{
	size_t used = 0;

	for (uint32_t i = 0; i < c->interface_count; i++)
		used += (size_t)snprintf(rec->interfaces + used, sizeof(rec->interfaces) - used,
					 "%s%s", i ? " " : "", c->interfaces[i]);
	used = 0;
	for (uint32_t i = 0; i < c->forward_count; i++)
		used += (size_t)snprintf(rec->forwards + used, sizeof(rec->forwards) - used,
					 "%s%u:%u/%s", i ? " " : "", c->forwards[i].from,
					 c->forwards[i].to,
					 c->forwards[i].proto == 17 ? "udp" : "tcp");
}

static int network_fill_record(struct set *set, const struct setup_report *ask, struct nsi_fail *f)
{
	const struct net_config *c = set->net->config;
	struct net_record *rec = &set->net->rec;
	struct stat st;
	int r = 0;

	if (fstat(set->net->ns_fd, &st) < 0)
		return fail_errno(f, errno, "cannot look at the set's network namespace");
	text_fmt(rec->ns, sizeof(rec->ns), "%" PRIu64, (uint64_t)st.st_ino);
	(void)text_copy(rec->mode, sizeof(rec->mode), net_mode_words[c->mode]);
	(void)text_copy(rec->bridge, sizeof(rec->bridge), c->bridge);
	(void)text_copy(rec->parent, sizeof(rec->parent), c->parent);
	(void)text_copy(rec->hostname, sizeof(rec->hostname), ask->hostname);
	(void)text_copy(rec->nat, sizeof(rec->nat), c->nat ? "yes" : "");
	(void)text_copy(rec->peers, sizeof(rec->peers), c->peers ? "yes" : "");
	(void)text_copy(rec->isolate_peers, sizeof(rec->isolate_peers),
			c->isolate_peers ? "yes" : "");
	network_put_lists(rec, c);
	set->rec.shares_net = c->mode == NET_NETNS;
	if (c->mode == NET_NETNS)
		r = text_copy(rec->netns, sizeof(rec->netns), ask->netns);
	else if (c->publish && ask->netns[0])
		r = text_copy(rec->publish, sizeof(rec->publish), ask->netns);
	else if (c->publish || c->interface_count > 0) /* see net/device.h */
		text_fmt(rec->publish, sizeof(rec->publish), "nsi%" PRIu64, set->rec.id);
	for (int i = 0; i < NET_FAMILIES && c->mode == NET_MACVLAN; i++)
		(void)inet_format(&c->address[i], true, rec->address[i]);
	if (r == 0 && c->mode == NET_BRIDGE)
		r = names_veth(set->sets->host.rundir, set->rec.id, rec->veth);
	if (r < 0)
		return fail_errno(f, r, "a name for the set's network is too long");
	return c->mode == NET_BRIDGE ? network_pick_address(set, f) : 0;
}

int network_prepare(struct set *set, const struct setup_plan *plan, struct nsi_fail *f)
{
	set->net = calloc(1, sizeof(*set->net));
	if (!set->net)
		return fail_set(f, ENOMEM, "no memory for the network of a set");
	set->net->set = set;
	set->net->ns_fd = -EBADF;
	set->net->work = (struct work)WORK_NONE;
	if (!plan)
		return 0;
	set->net->config = calloc(1, sizeof(*set->net->config));
	if (!set->net->config)
		return fail_set(f, ENOMEM, "no memory for the network of a set");
	return setup_net_config(plan->image, plan->policy, set->net->config, f);
}

void network_built(struct set *set)
{
	if (!network_is_there(set)) {
		network_free(set);
		return;
	}
	free(set->net->config); /* the child that still works with it has a copy */
	set->net->config = NULL;
}

/* Held before anything is moved into it: a device of the host must outlive the anchor. */
static int network_open_namespace(int pid)
{
	char path[48];
	int fd;

	text_fmt(path, sizeof(path), "/proc/%d/ns/net", pid);
	priv_raise();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	priv_lower();
	return fd < 0 ? -errno : fd;
}

static void network_on_done(struct work *w);

static int network_start_child(struct set *set, bool is_setup, struct nsi_fail *f)
{
	int r = network_child_start(set, is_setup, network_on_done);

	if (r < 0)
		return fail_errno(f, r, "cannot start a child for the set's network");
	set->net->phase = is_setup ? NETWORK_SETUP : NETWORK_UNDOING;
	return 0;
}

int network_begin(struct set *set, const struct setup_report *ask)
{
	struct nsi_fail *f = &set->failure;
	struct network *net = set->net;
	int r;

	if (net->phase != NETWORK_NONE)
		return fail_set(f, EPROTO, "the anchor has asked for its network twice");
	net->ns_fd = network_open_namespace(set->anchor.pid);
	if (net->ns_fd < 0)
		return fail_errno(f, net->ns_fd, "cannot open the set's network namespace");
	r = network_fill_record(set, ask, f);
	if (r < 0)
		return r;
	r = state_write(set->sets->networks.dir_fd, set->rec.id, &net->rec, f);
	if (r < 0)
		return r;
	net->phase = NETWORK_READY; /* from here on there is something to undo */
	return network_start_child(set, true, f);
}

/* Devices of the host are given back from the namespace; for all else it may end. */
static void network_settle_namespace(struct network *net)
{
	if (!net->rec.interfaces[0])
		nsi_closep(&net->ns_fd);
}

static void network_on_setup(struct set *set)
{
	set->net->phase = NETWORK_READY;
	if (set->state == SET_ENDING) { /* it was given up meanwhile */
		set_step(set, SET_NETWORK_GONE);
		return;
	}
	/* The child has answered the anchor, which may have reported before we look. */
	if (work_is_good(&set->net->work, &set->failure,
			 "making the set's network was interrupted")) {
		(void)state_read(set->sets->networks.dir_fd, set->rec.id, &set->net->rec);
		network_settle_namespace(set->net);
		return;
	}
	set_build_failed(set);
}

static void network_on_undone(struct set *set)
{
	struct nsi_fail f = {""};

	if (!work_is_good(&set->net->work, &f, "removing its network was interrupted"))
		log_line(LOG_ERR, "set %" PRIu64 ": %s", set->rec.id,
			 f.what); /* the record stays, and the next helper tries again */
	set->net->phase = NETWORK_NONE;
	nsi_closep(&set->net->ns_fd);
	set_step(set, SET_NETWORK_GONE);
}

static void network_on_done(struct work *w)
{
	struct network *net = loop_owner(w, struct network, work);

	if (net->phase == NETWORK_SETUP)
		network_on_setup(net->set);
	else
		network_on_undone(net->set);
}

bool network_end(struct set *set)
{
	struct nsi_fail f = {""};

	if (!set->net || set->net->phase == NETWORK_NONE)
		return false;
	/* The devices that the child has made so far are on record. */
	if (set->net->phase == NETWORK_SETUP)
		work_kill(&set->net->work);
	if (set->net->phase != NETWORK_READY)
		return true;
	if (network_start_child(set, false, &f) == 0)
		return true;
	log_line(LOG_ERR, "set %" PRIu64 ": %s", set->rec.id, f.what);
	set->net->phase = NETWORK_NONE;
	return false;
}

bool network_is_shared(const struct set *set)
{
	return set->rec.shares_net || network_is_there(set);
}

bool network_is_there(const struct set *set)
{
	return set->net && set->net->phase != NETWORK_NONE;
}

/* Returns 0 with the record in @ret, which may be one of a network that is being removed; 1 if there is none; or -errno. */
static int network_read_record(struct set *set, struct net_record *ret)
{
	const int dir_fd = set->sets->networks.dir_fd;
	int r = state_read(dir_fd, set->rec.id, ret);

	if (r != -ENOENT)
		return r == -E2BIG ? 1 : r; /* it is none of ours */
	r = state_read_retired(dir_fd, set->rec.id, ret);
	if (r == 0)
		set->rec.is_ending = true; /* half of it is gone */
	return r == -ENOENT || r == -E2BIG ? 1 : r;
}

int network_adopt(struct set *set, struct nsi_fail *f)
{
	struct net_record rec;
	int r = network_read_record(set, &rec);

	if (r > 0)
		return 0;
	if (r < 0)
		return fail_errno(f, r, "cannot read the record of its network");
	r = network_prepare(set, NULL, f);
	if (r < 0)
		return r;
	set->net->rec = rec;
	set->net->phase = NETWORK_READY;
	if (rec.interfaces[0] && set->anchor.pidfd >= 0)
		set->net->ns_fd = network_open_namespace(set->rec.anchor_pid);
	return 0;
}

void network_free(struct set *set)
{
	if (!set->net)
		return;
	work_cancel(&set->net->work);
	nsi_closep(&set->net->ns_fd);
	free(set->net->config);
	free(set->net);
	set->net = NULL;
}
