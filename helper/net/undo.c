/* SPDX-License-Identifier: MIT */
/* The removal of a set's network from any state */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "net/device.h"
#include "net/host_side.h"
#include "net/link.h"
#include "net/net.h"
#include "net/net_names.h"
#include "net/state.h"
#include "net/user.h"

enum {
	UNDO_SECONDS = 20, /* for one set: logins wait for the lock meanwhile */
};

/* The parts of a set's network that other sets still use. */
struct others {
	uint64_t except;
	const struct net_record *rec;
	bool bridge, forwards, forwarding;
	uint64_t netns; /* a set that uses the same namespace */
	bool changed;   /* an interface was given back, but not as it was */
};

static int undo_look(void *arg, uint64_t set, const struct net_record *rec)
{
	struct others *o = arg;

	if (set == o->except)
		return 0;
	o->forwarding |= rec->nat[0] || rec->forwards[0];
	if (rec->bridge[0] && strcmp(rec->bridge, o->rec->bridge) == 0) {
		o->bridge = true;
		o->forwards |= rec->forwards[0] != '\0';
	}
	if (rec->netns[0] && strcmp(rec->netns, o->rec->netns) == 0)
		o->netns = set;
	return 0;
}

static int undo_remove_veth(struct link_socket *l, const struct net_host *h, const char *name,
			    struct nsi_fail *f)
{
	struct link_info info;
	int r = link_find(l, name, &info);

	if (r == -ENODEV)
		return 0;
	if (r < 0)
		return link_fail(l, r, f, "cannot find the set's interface");
	if (info.group != names_group(h->rundir)) /* another's, of the same name */
		return 0;
	r = link_delete(l, info.index);
	return r < 0 && r != -ENODEV ? link_fail(l, r, f, "cannot remove the set's interface") : 0;
}

static int undo_bridge(const struct net_host *h, struct link_socket *l,
		       const struct net_record *rec, const struct others *o, struct nsi_fail *f)
{
	int r = undo_remove_veth(l, h, rec->veth, f);

	if (rec->rules[0])
		r = fail_first(r, nat_apply(h->net_fd, h->rundir, rec->bridge, f));
	if (rec->peers[0])
		r = fail_first(r, hosts_update(h->net_fd, h->etc_fd, rec->bridge, f));
	if (rec->forwards[0] && !o->forwards)
		r = fail_first(r, forwarding_local(rec->bridge, false, f));
	return o->bridge ? r : fail_first(r, bridge_remove(l, h->rundir, rec->bridge, f));
}

/* The last set in a namespace that we have made removes its name. */
static int undo_netns(const struct net_host *h, const struct net_record *rec,
		      const struct others *o, struct nsi_fail *f)
{
	struct net_record heir;
	int r;

	if (!rec->create[0])
		return 0;
	if (o->netns) {
		r = state_read(h->net_fd, o->netns, &heir);
		text_fmt(heir.create, sizeof(heir.create), "yes");
		return r < 0 ? r : state_write(h->net_fd, o->netns, &heir, f);
	}
	r = names_unpublish(rec->netns, 0);
	return r < 0 ? fail_errno(f, r, "cannot remove the network namespace %s", rec->netns) : 0;
}

static int undo_everything(const struct net_host *h, struct link_socket *l,
			   const struct net_record *rec, struct others *o, struct nsi_fail *f)
{
	int r = device_give_all(h, l, rec, &o->changed, f);

	/* With its name, the kernel would end a namespace that still has an interface of the host's. */
	if (rec->publish[0] && r >= 0)
		r = names_unpublish(rec->publish, strtoull(rec->ns, NULL, 10));
	if (rec->bridge[0])
		r = fail_first(r, undo_bridge(h, l, rec, o, f));
	if (rec->netns[0])
		r = fail_first(r, undo_netns(h, rec, o, f));
	if (rec->process[0])
		r = fail_first(r, user_stop(rec, f));
	return o->forwarding ? r : fail_first(r, forwarding_off(h->net_fd, f));
}

/*
 * The record is put aside first, so that this set is not among those that rules and
 * hosts files are written anew from; it goes last, so that whatever stops this
 * process, the next helper takes up from here.
 */
static int undo_under_lock(const struct net_host *h, struct nsi_fail *f)
{
	struct net_record rec;
	struct others o = {.except = h->set, .rec = &rec};
	struct link_socket l;
	int r = state_retire(h->net_fd, h->set);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return fail_errno(f, r, "cannot put the record of the set's network aside");
	r = state_read_retired(h->net_fd, h->set, &rec);
	if (r < 0)
		return fail_errno(f, r, "cannot read the record of the set's network");
	r = state_each(h->net_fd, undo_look, &o);
	if (r < 0)
		return fail_errno(f, r, "cannot read the records of other networks");
	r = link_open(&l, f);
	if (r < 0)
		return r;
	r = undo_everything(h, &l, &rec, &o, f);
	link_done(&l);
	if (r < 0)
		return fail_errno(f, r, "cannot undo all of the set's network");
	r = state_remove(h->net_fd, h->set);
	if (r < 0)
		return fail_errno(f, r, "cannot remove the record of the set's network");
	return o.changed ? -EREMCHG : 0; /* nothing is left to be done, but it is to be known */
}

int host_undo(const struct net_host *h, struct nsi_fail *f)
{
	NSI_AUTO_FD int lock = state_lock(h->net_fd, f);
	const unsigned turn = alarm(UNDO_SECONDS); /* it began with the wait for the lock */
	int r = lock < 0 ? lock : undo_under_lock(h, f);

	(void)alarm(turn);
	return r;
}
