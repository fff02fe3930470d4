/* SPDX-License-Identifier: MIT */
/* The transfer of a plan to a spare anchor */
#ifndef NSI_SETUP_ORDER_H
#define NSI_SETUP_ORDER_H

#include "policy/image.h"
#include "setup/setup.h"
#include "wire/wire.h"

/*
 * A plan in one piece, for a socket between a helper and a child that was forked from it: what
 * host and image are, the child has in its own copy of the helper's memory.
 */
struct setup_order {
	struct setup_plan plan; /* its pointers mean nothing on the other side */
	struct pol_policy policy;
	char user[NSI_NAME_SIZE];
	char home[NSI_PATH_SIZE];
	char service[NSI_WORD_SIZE];
	struct record_job job; /* id 0: of none */
};

/* Packs @plan, which has no network and no user namespace.  Returns 0 or -ENAMETOOLONG. */
int setup_order_pack(struct setup_order *order, const struct setup_plan *plan);

/* The plan again; it points into @order, @host and @image. */
struct setup_plan setup_order_unpack(const struct setup_order *order, const struct host *host,
				     const struct pol_image *image);

#endif /* NSI_SETUP_ORDER_H */
