/* SPDX-License-Identifier: MIT */
/* The transfer of a plan to a spare anchor */
#ifndef NSI_BUILD_ORDER_H
#define NSI_BUILD_ORDER_H

#include "build/build.h"
#include "policy/image.h"
#include "wire/wire.h"

/*
 * A plan in one piece, for a socket between a helper and a child that was forked from it: what
 * host and image are, the child has in its own copy of the helper's memory.
 */
struct build_order {
	struct build_plan plan; /* its pointers mean nothing on the other side */
	struct pol_policy policy;
	char user[NSI_NAME_SIZE];
	char home[NSI_PATH_SIZE];
	char service[NSI_WORD_SIZE];
};

/* Packs @plan, which has no network and no user namespace.  Returns 0 or -ENAMETOOLONG. */
int build_order_pack(struct build_order *order, const struct build_plan *plan);

/* The plan again; it points into @order, @host and @image. */
struct build_plan build_order_unpack(const struct build_order *order, const struct host *host,
				     const struct pol_image *image);

#endif /* NSI_BUILD_ORDER_H */
