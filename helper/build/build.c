/* SPDX-License-Identifier: MIT */
#include "build/build.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "build/island.h"
#include "build/network.h"
#include "host/host.h"
#include "instance/instance.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "policy/template.h"
#include "uts/uts.h"

static_assert((int)POL_DIRS_MAX == (int)RECORD_DIRS, "a directory without a record would be lost");

/*
 * The words of templates.  The group's name is looked up here, in a process that may wait for
 * it, and only for a policy that asks: NSS costs a login more than its namespaces do.
 */
struct words {
	struct template_values values;
	char group[RECORD_WORD];
	char host[RECORD_WORD];
};

static bool asks_for_group(const struct build_plan *plan)
{
	static const char word[] = "%{group}";
	const struct pol_policy *policy = plan->policy;

	for (uint32_t i = 0; i < policy->dirs.count; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, policy->dirs.first + i);

		for (uint32_t k = 0; k < dir->import.count; k++)
			if (strstr(policy_list_str(plan->image, dir->import, k), word))
				return true;
	}
	return strstr(policy_str(plan->image, policy->hostname), word) ||
	       strstr(policy_str(plan->image, policy->domainname), word);
}

static void find_group(struct words *w, const struct build_plan *plan)
{
	char buf[16384];
	struct group gr, *found = NULL;

	if (getgrgid_r(plan->gid, &gr, buf, sizeof(buf), &found) != 0 || !found ||
	    text_copy(w->group, sizeof(w->group), gr.gr_name) < 0)
		(void)snprintf(w->group, sizeof(w->group), "%u", plan->gid);
}

static void words_init(struct words *w, const struct build_plan *plan)
{
	w->group[0] = '\0';
	if (asks_for_group(plan))
		find_group(w, plan);
	if (gethostname(w->host, sizeof(w->host)) < 0)
		w->host[0] = '\0';
	w->host[sizeof(w->host) - 1] = '\0';
	w->host[strcspn(w->host, ".")] = '\0';
	w->values = (struct template_values){
		.user = plan->user,
		.group = w->group,
		.host = w->host,
		.service = plan->service,
		.home = plan->home,
		.uid = plan->uid,
		.gid = plan->gid,
	};
}

static int open_disk(const struct build_plan *plan, const struct pol_dir *dir, struct nsi_fail *f)
{
	static const char kinds[POL_SCOPE_MAX] = {'u', 's', 'g'};
	const bool ends = dir->retain == POL_RETAIN_SESSION;
	struct instance_key key = {
		.kind = ends ? 's' : kinds[plan->policy->scope],
		.number = ends ? plan->id : plan->owner,
		.user = plan->user,
		.uid = plan->uid,
		.boot_id = plan->host->boot_id,
	};
	struct instance_retention retention = {
		.until_boot = dir->retain == POL_RETAIN_BOOT,
		.age = dir->retain == POL_RETAIN_AGE ? dir->retain_age : 0,
	};
	NSI_AUTO_FD int state = path_make_trusted_dir(plan->host->statedir, 0700, f);

	if (state < 0)
		return state;
	return instance_open(state, &key, policy_str(plan->image, dir->path), dir->mode, &retention,
			     f);
}

/*
 * The mount that will stand at dir->path.  The lock of an instance on disk lasts as
 * long as @ret_lock is open: the anchor never closes it.
 */
static int make_instance(const struct build_plan *plan, const struct pol_dir *dir, int *ret_lock,
			 struct nsi_fail *f)
{
	if (dir->method == POL_METHOD_TMPFS) {
		const struct mnt_tmpfs options = {
			.size = dir->size,
			.size_percent = dir->size_percent,
			.inodes = dir->inodes,
			.mode = dir->mode,
			.attrs = dir->attrs,
		};

		return mnt_new_tmpfs(&options, f);
	}
	*ret_lock = open_disk(plan, dir, f);
	return *ret_lock < 0 ? *ret_lock : mnt_clone(*ret_lock, dir->attrs, f);
}

static int attach_islands(const struct build_plan *plan, const struct pol_dir *dir,
			  int islands[POL_KEEP_MAX], int mount, struct build_report *report)
{
	int r = 0;

	for (uint32_t i = 0; i < dir->keep.count && i < POL_KEEP_MAX; i++) {
		if (r == 0 && islands[i] >= 0)
			r = island_attach(islands[i], mount,
					  policy_list_str(plan->image, dir->keep, i),
					  &report->warning, &report->fail);
		nsi_closep(&islands[i]);
	}
	return r;
}

static int import_all(const struct build_plan *plan, const struct words *w,
		      const struct pol_dir *dir, int from, int to, struct nsi_fail *f)
{
	for (uint32_t i = 0; i < dir->import.count; i++) {
		char pattern[NAME_MAX + 1];
		int r = template_expand(policy_list_str(plan->image, dir->import, i), &w->values,
					pattern, sizeof(pattern));

		if (r == 0 && strchr(pattern, '/')) /* a name can hold anything */
			r = -EINVAL;
		if (r < 0)
			return fail_errno(f, r, "cannot make out what to import");
		r = island_import(from, to, pattern, plan->uid, plan->gid, f);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One private directory: made beside, filled, attached, looked at again. */
static int build_dir(const struct build_plan *plan, const struct words *w,
		     const struct pol_dir *dir, uint64_t *ret_dev, struct build_report *report)
{
	const char *path = policy_str(plan->image, dir->path);
	struct nsi_fail *f = &report->fail;
	NSI_AUTO_FD int target = mnt_open_target(path, f);
	NSI_AUTO_FD int mount = -EBADF;
	int islands[POL_KEEP_MAX];
	int lock = -EBADF;
	struct stat st;
	int r = 0;

	if (target < 0)
		return target;
	for (uint32_t i = 0; i < POL_KEEP_MAX; i++)
		islands[i] = -EBADF;
	for (uint32_t i = 0; i < dir->keep.count && i < POL_KEEP_MAX && r == 0; i++) {
		islands[i] = island_take(target, policy_list_str(plan->image, dir->keep, i),
					 &report->warning, f);
		if (islands[i] < 0 && islands[i] != ISLAND_NONE)
			r = islands[i];
	}
	if (r == 0)
		r = mount = make_instance(plan, dir, &lock, f);
	if (r >= 0)
		r = import_all(plan, w, dir, target, mount, f);
	if (r == 0)
		r = mnt_attach(mount, target, f);
	r = r < 0 ? r : attach_islands(plan, dir, islands, mount, report);
	if (r == 0)
		r = mnt_verify(path, mount, f);
	if (r == 0 && fstat(mount, &st) == 0)
		*ret_dev = st.st_dev;
	return r;
}

static int build_mqueue(const struct build_plan *plan, struct nsi_fail *f)
{
	const uint32_t attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	if (!(plan->policy->kinds & ns_bit(NS_IPC)))
		return 0;
	target = path_open(AT_FDCWD, "/dev/mqueue", O_PATH | O_DIRECTORY, PATH_ANY);
	if (target == -ENOENT) /* then nobody sees the host's queues there either */
		return 0;
	if (target < 0)
		return fail_errno(f, target, "cannot open /dev/mqueue");
	mount = mnt_new_simple("mqueue", attrs, f);
	return mount < 0 ? mount : mnt_attach(mount, target, f);
}

/* Puts <rundir>/etc/<id>/@name over /etc/@name, if the host has one. */
static int cover_etc(int dir, const char *name, struct nsi_fail *f)
{
	const uint32_t attrs =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	char path[64];
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int source = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	(void)snprintf(path, sizeof(path), "/etc/%s", name);
	target = path_open(AT_FDCWD, path, O_PATH, PATH_ANY);
	if (target == -ENOENT)
		return 0;
	source = path_open(dir, name, O_PATH | O_NOFOLLOW, PATH_XDEV_NO);
	if (target < 0 || source < 0)
		return fail_errno(f, target < 0 ? target : source, "cannot cover %s", path);
	mount = mnt_clone(source, attrs, f);
	return mount < 0 ? mount : mnt_attach(mount, target, f);
}

static int build_names(const struct build_plan *plan, const struct words *w,
		       struct build_report *report)
{
	const char *host = policy_str(plan->image, plan->policy->hostname);
	const char *domain = policy_str(plan->image, plan->policy->domainname);
	struct nsi_fail *f = &report->fail;
	NSI_AUTO_FD int etc = -EBADF;
	NSI_AUTO_FD int dir = -EBADF;
	char domainname[RECORD_WORD] = "", id[24];
	int r = 0;

	if (host[0])
		r = template_hostname(host, &w->values, report->hostname, sizeof(report->hostname));
	if (r == 0 && domain[0])
		r = template_hostname(domain, &w->values, domainname, sizeof(domainname));
	if (r < 0)
		return fail_errno(f, r, "cannot make a hostname out of \"%s\"",
				  r && host[0] ? host : domain);
	r = uts_set(report->hostname, domainname, f);
	if (r < 0 || !report->hostname[0] || !(plan->policy->kinds & ns_bit(NS_MNT)))
		return r;
	(void)snprintf(id, sizeof(id), "%" PRIu64, plan->id);
	/* By path: a descriptor of the helper's leads to a mount of the host's namespace. */
	etc = path_open_trusted(plan->host->rundir, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, f);
	if (etc < 0)
		return etc;
	dir = path_open(etc, "etc", O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	if (dir < 0)
		return fail_errno(f, dir, "cannot open the directory for the session's files");
	nsi_closep(&etc);
	etc = path_make_dir(dir, id, 0700, f);
	if (etc < 0)
		return etc;
	r = uts_write_files(etc, report->hostname, f);
	if (r == 0)
		r = cover_etc(etc, "hostname", f);
	return r < 0 ? r : cover_etc(etc, "hosts", f);
}

/* Those of the policy are new; the others are the helper's, and so the host's. */
static int read_inodes(const struct build_plan *plan, struct build_report *report)
{
	NSI_AUTO_FD int dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ns_inodes own;
	int r = dir < 0 ? -errno : ns_inodes_read_some(dir, plan->policy->kinds, &own);

	report->ns = plan->host->ns;
	for (int kind = 0; kind < NS_KIND_MAX && r == 0; kind++)
		if (plan->policy->kinds & ns_bit(kind))
			report->ns.ino[kind] = own.ino[kind];
	return r < 0 ? fail_errno(&report->fail, r, "cannot read the new namespaces") : 0;
}

static int build_mounts(const struct build_plan *plan, const struct words *w,
			struct build_report *report)
{
	int r = mnt_make_slave(&report->fail);

	for (uint32_t i = 0; r == 0 && i < plan->policy->dirs.count && i < RECORD_DIRS; i++)
		r = build_dir(plan, w, policy_dir(plan->image, plan->policy->dirs.first + i),
			      &report->dev[i], report);
	return r < 0 ? r : build_mqueue(plan, &report->fail);
}

void build_set(const struct build_plan *plan, struct build_report *report)
{
	struct words w;
	int r = read_inodes(plan,
			    report); /* before anything is mounted: /proc is still the host's */

	words_init(&w, plan);
	if (r == 0 && (plan->policy->kinds & ns_bit(NS_MNT)))
		r = build_mounts(plan, &w, report);
	if (r == 0 && (plan->policy->kinds & ns_bit(NS_UTS)))
		r = build_names(plan, &w, report);
	if (r == 0 && (plan->policy->kinds & ns_bit(NS_NET)))
		r = build_network(plan, &w.values, report);
	report->err = r;
}

int build_import(const struct build_plan *plan, int anchor_pidfd, struct nsi_fail *f)
{
	int from[RECORD_DIRS];
	struct words w;
	int r = 0;

	words_init(&w, plan);
	for (uint32_t i = 0; i < plan->policy->dirs.count && i < RECORD_DIRS; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, plan->policy->dirs.first + i);

		from[i] = dir->import.count ? mnt_open_target(policy_str(plan->image, dir->path), f)
					    : -EBADF;
		if (dir->import.count && from[i] < 0)
			return from[i];
	}
	if (setns(anchor_pidfd, CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot enter the set to import files");
	for (uint32_t i = 0; i < plan->policy->dirs.count && i < RECORD_DIRS && r == 0; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, plan->policy->dirs.first + i);
		NSI_AUTO_FD int to = -EBADF;

		if (from[i] < 0)
			continue;
		to = mnt_open_target(policy_str(plan->image, dir->path), f);
		r = to < 0 ? to : import_all(plan, &w, dir, from[i], to, f);
	}
	return r;
}
