/* SPDX-License-Identifier: MIT */
/* The hostname of a set, and files that agree with it */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "host/host.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "uts/uts.h"

/* <rundir>/etc, opened before it is known for whom. */
static int stocked_etc = -EBADF;

/* By path: a descriptor of the helper's leads to a mount of the host's namespace. */
static int hostname_open_etc(const struct host *host, struct nsi_fail *f)
{
	NSI_AUTO_FD int run =
		path_open_trusted(host->rundir, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, f);
	int etc;

	if (run < 0)
		return run;
	etc = path_open(run, "etc", O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	return etc < 0 ? fail_errno(f, etc, "cannot open the directory for the session's files")
		       : etc;
}

void setup_stock_files(const struct host *host)
{
	struct nsi_fail ignored = {""}; /* setup_files() will say it */

	stocked_etc = hostname_open_etc(host, &ignored);
}

void setup_clear_files(void)
{
	nsi_closep(&stocked_etc);
}

int setup_files(const struct setup_plan *plan, struct nsi_fail *f)
{
	NSI_AUTO_FD int etc = -EBADF;
	char id[24];

	text_fmt(id, sizeof(id), "%" PRIu64, plan->id);
	/* In another root, what was opened before is nowhere. */
	if (stocked_etc < 0 || plan->policy->view.root || !setup_is_prepared(plan)) {
		etc = hostname_open_etc(plan->host, f);
		if (etc < 0)
			return etc;
	}
	return path_make_dir(etc < 0 ? stocked_etc : etc, id, 0700, f);
}

/* Puts <rundir>/etc/<id>/@name over /etc/@name, if the host has one. */
static int hostname_cover_etc(int dir, const char *name, struct nsi_fail *f)
{
	char path[64];
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int source = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	text_fmt(path, sizeof(path), "/etc/%s", name);
	target = path_open(AT_FDCWD, path, O_PATH, PATH_ANY);
	if (target == -ENOENT)
		return 0;
	source = path_open(dir, name, O_PATH | O_NOFOLLOW, PATH_XDEV_NO);
	if (target < 0 || source < 0)
		return fail_errno(f, target < 0 ? target : source, "cannot cover %s", path);
	mount = mnt_clone(source, MNT_READONLY, f);
	return mount < 0 ? mount : mnt_attach(mount, target, f);
}

/* Expands a template of the policy, the @what of the set; "" stays "". */
static int hostname_expand(const char *template, const char *what, const struct words *w,
			   char ret[RECORD_WORD], struct nsi_fail *f)
{
	int r = template[0] ? template_hostname(template, &w->values, ret, RECORD_WORD) : 0;

	return r < 0 ? fail_errno(f, r, "cannot make a %s out of \"%s\"", what, template) : 0;
}

int setup_names(const struct setup_plan *plan, const struct words *w, struct setup_report *report)
{
	struct nsi_fail *f = &report->fail;
	NSI_AUTO_FD int etc = -EBADF;
	char domain[RECORD_WORD] = "";
	int without_hosts, r;

	r = hostname_expand(policy_str(plan->image, plan->policy->hostname), "hostname", w,
			    report->hostname, f);
	if (r < 0)
		return r;
	r = hostname_expand(policy_str(plan->image, plan->policy->domainname), "domain name", w,
			    domain, f);
	if (r < 0)
		return r;
	if (!report->hostname[0] || !(plan->policy->types & ns_bit(NS_MNT)))
		return uts_set(report->hostname, domain, f);
	etc = setup_files(plan, f);
	if (etc < 0)
		return etc;
	without_hosts = uts_write_files(etc, report->hostname, f); /* while it is the host's name */
	if (without_hosts < 0)
		return without_hosts;
	if (without_hosts == UTS_WITHOUT_HOSTS) {
		setup_warn(report, "%s", f->what);
		*f = (struct nsi_fail){""};
	}
	r = uts_set(report->hostname, domain, f);
	if (r < 0)
		return r;
	r = hostname_cover_etc(etc, "hostname", f);
	return r < 0 || without_hosts ? r : hostname_cover_etc(etc, "hosts", f);
}

/* Whether a template of the policy asks for the group: NSS costs a login more than its namespaces do. */
static bool hostname_asks_for_group(const struct setup_plan *plan)
{
	static const char word[] = "%{group}";
	const struct pol_policy *policy = plan->policy;
	const struct pol_network *network = policy_network(plan->image, policy);

	for (uint32_t i = 0; i < policy->dirs.count; i++) {
		const struct pol_dir *dir = policy_dir(plan->image, policy->dirs.first + i);

		for (uint32_t k = 0; k < dir->import.count; k++)
			if (strstr(policy_list_str(plan->image, dir->import, k), word))
				return true;
	}
	if (network && strstr(policy_str(plan->image, network->name), word))
		return true;
	return strstr(policy_str(plan->image, policy->hostname), word) ||
	       strstr(policy_str(plan->image, policy->domainname), word);
}

static void hostname_find_group(struct words *w, const struct setup_plan *plan)
{
	char buf[16384];
	struct group gr, *found = NULL;

	if (getgrgid_r(plan->gid, &gr, buf, sizeof(buf), &found) != 0 || !found ||
	    text_copy(w->group, sizeof(w->group), gr.gr_name) < 0)
		text_fmt(w->group, sizeof(w->group), "%u", plan->gid);
}

void words_init(struct words *w, const struct setup_plan *plan)
{
	w->group[0] = '\0';
	if (hostname_asks_for_group(plan))
		hostname_find_group(w, plan);
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
		.job = plan->job ? plan->job->name : NULL,
		.uid = plan->uid,
		.gid = plan->gid,
	};
}
