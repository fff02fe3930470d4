/* SPDX-License-Identifier: MIT */
#include "setup/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "hook/hook.h"
#include "host/host.h"
#include "instance/instance.h"
#include "mnt/mnt.h"
#include "net/net.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "policy/values.h"
#include "setup/parts.h"
#include "setup/setup_network.h"

uint32_t setup_types_cloned(const struct pol_policy *policy)
{
	uint32_t types = policy->types & ns_types_with(NS_CLONED);

	return policy->view.user == POL_USER_DELEGATE ? types & ~ns_types_with(NS_DELEGATED)
						      : types;
}

void setup_warn(struct setup_report *report, const char *fmt, ...)
{
	const size_t used = strlen(report->warnings), room = sizeof(report->warnings) - used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(report->warnings + used, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n + 1 < room)
		memcpy(report->warnings + used + n, "\n", 2);
}

static int setup_make_namespaces(const struct setup_plan *plan, struct nsi_fail *f)
{
	const struct ns_clocks clocks = {
		.boottime = plan->policy->view.clock.boottime,
		.monotonic = plan->policy->view.clock.monotonic,
	};
	const uint32_t types = plan->policy->types;
	int r = plan->policy->view.user == POL_USER_DELEGATE
			? ns_enter_delegated(types & ns_types_with(NS_DELEGATED), plan->uid,
					     plan->gid, f)
			: 0;

	if (r < 0)
		return r;
	r = types & ns_bit(NS_TIME) ? ns_enter_time(&clocks, f) : 0;
	if (r < 0)
		return r;
	return types & ns_bit(NS_CGROUP) ? cgroup_unshare_at(plan->pid, f) : 0;
}

/* The results of setup_prepare(): valid for these namespaces until others are made. */
static struct {
	uint32_t types;
	struct ns_inodes ns;
	struct setup_end end; /* the numbers of the namespaces */
	bool is_slave;        /* see mnt_make_slave() */
} prepared;

bool setup_is_prepared(const struct setup_plan *plan)
{
	return prepared.types && plan->policy->types == prepared.types;
}

/*
 * 0 where the kernel has none (before Linux 6.18; before 6.11 for mnt_id), and for the user namespace, which is
 * entered last: the helper reads that one.
 */
static void setup_read_ids(int dir, uint32_t types, struct setup_end *ret)
{
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (type == NS_USER || !(types & ns_bit(type)) ||
		    ns_handle_read_at(dir, ns_types[type].proc, &ret->ns_ids[type]) < 0)
			ret->ns_ids[type] = 0;
	if (!(types & ns_bit(NS_MNT)) || ret->ns_ids[NS_MNT] ||
	    ns_mnt_id_read_at(dir, ns_types[NS_MNT].proc, &ret->mnt_id) < 0)
		ret->mnt_id = 0;
}

static int setup_read_inodes(const struct setup_plan *plan, struct setup_report *report)
{
	NSI_AUTO_FD int dir = -EBADF;
	int r;

	if (setup_is_prepared(plan)) {
		report->ns = prepared.ns;
		memcpy(report->end.ns_ids, prepared.end.ns_ids, sizeof(report->end.ns_ids));
		report->end.mnt_id = prepared.end.mnt_id;
		return 0;
	}
	dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? -errno : ns_inodes_read(dir, &report->ns);
	if (r < 0)
		return fail_errno(&report->fail, r, "cannot read the new namespaces");
	setup_read_ids(dir, plan->policy->types, &report->end);
	return 0;
}

static const struct pol_policy *setup_find_policy(const struct pol_image *image, uint64_t digest)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++)
		if (policy_get(image, i)->digest == digest)
			return policy_get(image, i);
	return NULL;
}

void setup_prepare(const struct host *host, const struct pol_image *image, uint32_t types,
		   uint64_t digest)
{
	NSI_AUTO_FD int dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct pol_policy *policy = setup_find_policy(image, digest);
	struct nsi_fail ignored = {""}; /* it is tried again, and said then */

	/* The others are the host's.  Each link that is read costs the kernel an inode and its entry. */
	if (dir >= 0 && ns_inodes_read_some(dir, types, &prepared.ns) == 0)
		prepared.types = types;
	setup_read_ids(dir, types, &prepared.end);
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (!(types & ns_bit((enum nstype)type)))
			prepared.ns.ino[type] = host->ns.ino[type];
	for (uint32_t i = 0; policy && i < policy->dirs.count; i++)
		setup_stock_dir(policy_dir(image, policy->dirs.first + i),
				policy_str(image, policy_dir(image, policy->dirs.first + i)->path));
	if (types & ns_bit(NS_MNT)) {
		prepared.is_slave = mnt_make_slave(&ignored) == 0;
		setup_stock_sentinel();
	}
	if (policy && (types & ns_bit(NS_IPC)))
		setup_stock_mqueue();
	if (policy && policy->hostname && !policy->view.root && (types & ns_bit(NS_MNT)))
		setup_stock_files(host);
}

static int setup_mounts(const struct setup_plan *plan, struct setup_report *report)
{
	struct nsi_fail *f = &report->fail;
	int r = setup_root(plan, &report->root_dev, f);

	for (uint32_t i = 0; r == 0 && i < plan->policy->dirs.count && i < RECORD_DIRS; i++)
		r = setup_dir(plan, policy_dir(plan->image, plan->policy->dirs.first + i),
			      &report->dev[i], report);
	return r < 0 ? r : setup_mqueue(plan, f);
}

/* The files that agree with the names are mounts, too, and so is the network's /sys. */
static int setup_names_and_network(const struct setup_plan *plan, const struct words *w,
				   struct setup_report *report)
{
	int r = plan->policy->types & ns_bit(NS_UTS) ? setup_names(plan, w, report) : 0;

	if (r < 0 || !(plan->policy->types & ns_bit(NS_NET)))
		return r;
	return setup_network(plan, &w->values, report);
}

/* Everything in a mount namespace. */
static int setup_tree(const struct setup_plan *plan, const struct words *w,
		      struct setup_report *report)
{
	struct nsi_fail *f = &report->fail;
	const bool is_slave = setup_is_prepared(plan) && prepared.is_slave;
	int binds[SETUP_BINDS_MAX], r;

	if ((!is_slave && (r = mnt_make_slave(f)) < 0) ||
	    (r = setup_take_binds(plan, binds, f)) < 0 || (r = setup_mounts(plan, report)) < 0 ||
	    (r = setup_names_and_network(plan, w, report)) < 0 ||
	    (r = setup_cgroups(plan, f)) < 0 || /* in the /sys that goes with the network */
	    (r = setup_proc(plan, f)) < 0 || (r = setup_view(plan, binds, f)) < 0)
		return r;
	return setup_sentinel(plan, report);
}

/*
 * Sets the sysctls of the IPC namespace; netconfig.c has those of the network namespace.  If
 * the policy does without an IPC namespace that the kernel refuses, they would be the host's.
 */
static int setup_set_sysctls(const struct setup_plan *plan, struct nsi_fail *f)
{
	const struct pol_list list = plan->policy->view.sysctls;

	if (!(plan->policy->types & ns_bit(NS_IPC)))
		return 0;
	for (uint32_t i = 0; i < list.count; i++) {
		const char *text = policy_list_str(plan->image, list, i);
		int r = value_sysctl_is_net(text) ? 0 : ns_set_sysctl(text, f);

		if (r < 0)
			return r;
	}
	return 0;
}

static int setup_run_hook(const struct setup_plan *plan, struct nsi_fail *f)
{
	const struct pol_hook *on_create = &plan->policy->view.on_create;
	const struct hook hook = {
		.event = "create",
		.run = policy_str(plan->image, on_create->run),
		.timeout = on_create->timeout,
		.set = plan->id,
		.policy = policy_str(plan->image, plan->policy->name),
		.user = plan->user,
		.uid = plan->uid,
		.place = on_create->place == POL_HOOK_OUTSIDE ? plan->helper_fd : -EBADF,
	};

	return on_create->run == 0 ? 0 : hook_run(&hook, f);
}

/*
 * The last step: what was mounted, named and set up belongs to the host's user namespace,
 * and root inside, who has capabilities in that of the set alone, can take none of it away.
 */
static int setup_enter_user_namespace(int ns, struct setup_report *report)
{
	return ns < 0 ? 0 : ns_enter_mapped(ns, &report->ns.ino[NS_USER], &report->fail);
}

static int setup_steps(const struct setup_plan *plan, struct setup_report *report)
{
	const uint32_t types = plan->policy->types;
	NSI_AUTO_FD int user = -EBADF;
	struct words w;
	int r;

	if (plan->net && plan->net->firewall[0])
		nft_prepare(); /* from the host's root */
	if (types & ns_bit(NS_USER)) {
		user = setup_user_namespace(plan, &report->fail);
		if (user < 0)
			return user;
	}
	r = setup_make_namespaces(plan, &report->fail);
	if (r < 0)
		return r;
	r = setup_read_inodes(plan, report);
	if (r < 0)
		return r;
	words_init(&w, plan);
	r = setup_set_sysctls(plan, &report->fail);
	if (r < 0)
		return r;
	r = types & ns_bit(NS_MNT) ? setup_tree(plan, &w, report)
				   : setup_names_and_network(plan, &w, report);
	if (r < 0)
		return r;
	r = setup_run_hook(plan, &report->fail);
	return r < 0 ? r : setup_enter_user_namespace(user, report);
}

void setup_set(const struct setup_plan *plan, struct setup_report *report)
{
	report->err = setup_steps(plan, report);
	/* A user namespace is entered last, and an overlay over the home directory has no stock. */
	report->end.is_known = !(plan->policy->types & ns_bit(NS_USER)) &&
			       plan->policy->view.home != POL_HOME_OVERLAY;
	stock_clear();
	setup_clear_files();
	setup_clear_sentinel();
}

struct instance_key setup_key_of(uint8_t scope, uint8_t retain, uint64_t id, uint64_t owner)
{
	static const char kinds[POL_SCOPE_MAX] = {'u', 's', 'g', 's'};
	const char kind = retain == POL_RETAIN_SESSION ? 's' : kinds[scope];

	return (struct instance_key){.kind = kind, .number = kind == 's' ? id : owner};
}

struct instance_key setup_instance_key(const struct setup_plan *plan, const struct pol_dir *dir)
{
	struct instance_key key =
		setup_key_of(plan->policy->scope, dir->retain, plan->id, plan->owner);

	key.user = plan->user;
	key.uid = plan->uid;
	key.boot_id = plan->host->boot_id;
	key.job = plan->job ? plan->job->name : NULL;
	return key;
}

void setup_keep_users(const struct setup_plan *plan, const struct pol_dir *dir,
		      char buf[SETUP_USERS_SIZE])
{
	size_t used = 0;

	buf[0] = '\0';
	for (uint32_t i = 0; i < dir->keep_users.count && used < SETUP_USERS_SIZE; i++)
		used += (size_t)snprintf(buf + used, SETUP_USERS_SIZE - used, "%s%s", i ? "," : "",
					 policy_list_str(plan->image, dir->keep_users, i));
}

int setup_order_pack(struct setup_order *order, const struct setup_plan *plan)
{
	order->plan = *plan;
	order->policy = *plan->policy;
	order->job = plan->job ? *plan->job : (struct record_job){0};
	if (text_copy(order->user, sizeof(order->user), plan->user) < 0 ||
	    text_copy(order->home, sizeof(order->home), plan->home) < 0 ||
	    text_copy(order->service, sizeof(order->service), plan->service) < 0)
		return -ENAMETOOLONG;
	return 0;
}

struct setup_plan setup_order_unpack(const struct setup_order *order, const struct host *host,
				     const struct pol_image *image)
{
	struct setup_plan plan = order->plan;

	plan.host = host;
	plan.image = image;
	plan.policy = &order->policy;
	plan.user = order->user;
	plan.home = order->home;
	plan.service = order->service;
	plan.job = order->job.id ? &order->job : NULL;
	plan.net = NULL;
	plan.groups = NULL;
	plan.group_count = 0;
	return plan;
}
