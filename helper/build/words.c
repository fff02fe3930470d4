/* SPDX-License-Identifier: MIT */
/* What do the words of a template stand for in this login? */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "build/build.h"
#include "build/parts.h"

void words_init(struct words *w, const struct build_plan *plan)
{
	char buf[16384];
	struct group gr, *found = NULL;

	if (getgrgid_r(plan->gid, &gr, buf, sizeof(buf), &found) != 0 || !found ||
	    text_copy(w->group, sizeof(w->group), gr.gr_name) < 0)
		(void)snprintf(w->group, sizeof(w->group), "%u", plan->gid);
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
