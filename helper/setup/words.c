/* SPDX-License-Identifier: MIT */
/* The values of a template's words for one login */
#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"

/* Whether a template of the policy asks for the group: NSS costs a login more than its namespaces do. */
static bool words_asks_for_group(const struct setup_plan *plan)
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

static void words_find_group(struct words *w, const struct setup_plan *plan)
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
	if (words_asks_for_group(plan))
		words_find_group(w, plan);
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
