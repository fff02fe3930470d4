/* SPDX-License-Identifier: MIT */
#include "sets/joinable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "joins/joins.h"
#include "load/loader.h"
#include "login/workdir.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "policy/match.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/logins.h"
#include "sets/set.h"
#include "wire/wire.h"

/* Whether all that such a policy wants of a login is that it enters. */
static bool joinable_policy_is_plain(const struct pol_image *image, const struct pol_policy *policy)
{
	return (policy->scope == POL_SCOPE_USER || policy->scope == POL_SCOPE_GROUP) &&
	       !pol_has_limits(&policy->limits) && !(policy->types & ns_bit(NS_USER)) &&
	       (policy->types & ns_bit(NS_MNT)) && !policy_imports(image, policy);
}

/*
 * Whether max_sessions leaves the user one session for each slot: as many as can be in the set
 * before any of them is collected, and counted.
 */
static bool joinable_has_room(const struct set *set, uint32_t uid)
{
	const uint32_t most = set->rec.max_sessions;

	return most == 0 || logins_count(set->sets, uid, set->rec.policy) + JOIN_SLOTS <= most;
}

void joinable_check_room(struct set *set, uint32_t uid)
{
	struct set *s;

	if (joinable_has_room(set, uid))
		return;
	LIST_FOREACH (s, &set->sets->all, link) /* the user may have several */
		if (strcmp(s->rec.policy, set->rec.policy) == 0)
			joinable_withdraw(s);
}

static bool joinable_set_is_plain(const struct set *set)
{
	return set->state == SET_LIVE && set->session_count > 0 && set->record_fd >= 0 &&
	       set->anchor.pidfd >= 0 && !set->reviving && !set->rec.is_retired &&
	       !set->rec.nested && !set->rec.is_ending && !set->rec.in_doubt &&
	       !set->rec.has_limits;
}

static uint64_t joinable_mnt_id(const struct set *set)
{
	uint64_t id = 0;
	int r;

	priv_raise();
	r = ns_mnt_id_read(set->anchor.pid, &id);
	priv_lower();
	return r == 0 ? id : 0;
}

/* Covers that keep something from the session, and not only for it. */
static bool joinable_has_guards(const struct set *set)
{
	const struct cover_row *row = NULL;

	while ((row = cover_list_next(&set->upkeep.covers, row)) != NULL)
		if (row->type != COVER_PRIVATE && row->type != COVER_KEPT &&
		    row->type != COVER_FILE)
			return true;
	return false;
}

/*
 * Records the mounts of the set, then asks whether they have changed since they were looked at.
 * Where the kernel does not list them for a login to compare, a policy that hides or
 * protects something is not published: its logins have the helper look.
 */
static bool joinable_look_at_mounts(struct set *set, struct join_view *view)
{
	view->mnt_id = joinable_mnt_id(set);
	if (view->mnt_id) {
		priv_raise();
		view->mounts = join_mounts(view->mnt_id);
		priv_lower();
	}
	if (!view->mounts) {
		view->mnt_id = 0;
		if (joinable_has_guards(set))
			return false;
	}
	return upkeep_is_settled(set);
}

/* The directory @path of the set.  Returns 0 or -1. */
static int joinable_look_at(const struct set *set, const char *path, struct statx *ret)
{
	char inside[48];
	int r;

	(void)snprintf(inside, sizeof(inside), "/proc/%d/root%s", (int)set->anchor.pid, path);
	priv_raise();
	r = statx(AT_FDCWD, inside, AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, ret);
	priv_lower();
	return r;
}

/* The set's root directory, so that a close knows that it is in no chroot. */
static void joinable_read_root(const struct set *set, struct join_view *view)
{
	struct statx root;

	if (joinable_look_at(set, "/", &root) < 0)
		return;
	view->root_mnt = root.stx_mnt_id;
	view->root_dev = workdir_device(&root);
	view->root_ino = root.stx_ino;
}

/* Whether @path leads to the same directory in the set as on the host. */
static bool joinable_is_hosts(const struct set *set, const char *path)
{
	struct statx there, here;

	return joinable_look_at(set, path, &there) == 0 &&
	       statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_INO, &here) == 0 &&
	       there.stx_ino == here.stx_ino && there.stx_dev_major == here.stx_dev_major &&
	       there.stx_dev_minor == here.stx_dev_minor;
}

static uint32_t joinable_flags(const struct set *set)
{
	return (joinable_is_hosts(set, "/") ? JOIN_HOSTS_ROOT : 0u) |
	       (joinable_is_hosts(set, "/proc") ? JOIN_HOSTS_PROC : 0u);
}

static bool joinable_describe(struct set *set, const struct nsi_open *open, const char *rule,
			      struct join_view *view)
{
	struct joins *j = &set->sets->joins;

	if (!join_key_fill(&view->key, open, (uint16_t)atomic_load(&j->page->asks)) ||
	    text_copy(view->rule, sizeof(view->rule), rule) < 0 ||
	    text_copy(view->policy, sizeof(view->policy), set->rec.policy) < 0)
		return false;
	view->set = set->rec.id;
	view->anchor_pid = set->anchor.pid;
	view->anchor_start = set->rec.anchor_start;
	view->anchor_ino = join_pidfd_ino(set->anchor.pidfd);
	view->ns = set->rec.ns;
	view->types = set->rec.types;
	view->missing = set->rec.missing;
	view->flags = joinable_flags(set);
	joinable_read_root(set, view);
	return joinable_look_at_mounts(set, view);
}

/* Whether logins join by the page at all, under the policy that is in force. */
static bool joinable_is_asked_for(struct sets *sets)
{
	return sets->joins.page && sets->loader.image && !sets->stopping &&
	       loader_is_settled(&sets->loader) && sets->index.without_mounts == 0;
}

void joinable_offer(struct set *set, const struct nsi_open *open, const char *rule)
{
	struct sets *sets = set->sets;
	struct joins *j = &sets->joins;
	const struct pol_image *image = sets->loader.image;
	const struct pol_policy *policy;
	struct join_view view = {.set = 0};

	if (!joinable_is_asked_for(sets) || open->uid == 0)
		return;
	policy = policy_built_by(image, set->rec.policy, set->rec.digest);
	if (!policy || !joinable_policy_is_plain(image, policy) || !joinable_set_is_plain(set) ||
	    !joinable_has_room(set, open->uid))
		return;
	if (!joinable_describe(set, open, rule, &view) || !joins_list_files(j, &sets->loader))
		return;
	sets->joinable += !set->is_joinable;
	set->is_joinable = true;
	joins_publish(j, &view);
}

void joinable_withdraw(struct set *set)
{
	if (!set->is_joinable)
		return;
	joins_withdraw(&set->sets->joins, set->rec.id);
	set->is_joinable = false;
	set->sets->joinable--;
}

void joinable_suspend(struct set *set)
{
	if (set->is_joinable)
		joins_suspend(&set->sets->joins, set->rec.id);
}

void joinable_renew(struct set *set)
{
	struct sets *sets = set->sets;
	struct join_view view = {.set = set->rec.id};

	if (!set->is_joinable || !joins_has_suspended(&sets->joins, set->rec.id))
		return;
	if (!joinable_is_asked_for(sets) || !joinable_set_is_plain(set) ||
	    !joinable_look_at_mounts(set, &view))
		return; /* the next login by the helper publishes what holds then */
	joins_renew(&sets->joins, set->rec.id, view.mounts, joinable_flags(set));
}

void joinable_settle(struct set *set)
{
	joinable_withdraw(set);
	joined_take_all(set->sets);
}
