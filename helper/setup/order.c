/* SPDX-License-Identifier: MIT */
#include "setup/order.h"

#include <errno.h>
#include <stddef.h>

#include "base/text.h"

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
