/* SPDX-License-Identifier: MIT */
/* The elements of "uid_map" and "gid_map" */
#ifndef NSI_POLICY_USERNS_H
#define NSI_POLICY_USERNS_H

#include <stdbool.h>

#include "base/idmap.h"

struct draft;
struct draft_policy;

enum {
	/* As Debian and its kin count: below are the accounts of the system (login.defs(5)). */
	USERNS_SYSTEM_IDS = 1000,
	USERNS_NOBODY = 65534, /* nobody and nogroup, of the system as well */
	USERNS_ELEMENTS_MAX = 64,
};

enum userns_source {
	USERNS_SYSTEM, /* "system" */
	USERNS_USER,   /* "user": the user's uid, or gid and groups */
	USERNS_SUB,    /* "subuid", "subgid": the user's ranges in subuid(5) and subgid(5) */
	USERNS_RANGE,  /* "INSIDE:OUTSIDE:COUNT" */
};

/*
 * Reads one element; @range is set for USERNS_SYSTEM and USERNS_RANGE.  Returns the
 * source, -EINVAL for another text, -ERANGE for ids that do not exist, -EPERM for an id
 * of the system that would be mapped to another id.
 */
int userns_element(const char *text, bool is_gid, struct idmap_range *range);

/*
 * Completes "system" in a map that has all of its elements: adds nobody, unless an element
 * has mapped that id already.  Returns 0 or -E2BIG.
 */
int userns_add_nobody(struct idmap *map);

/* Fills in the maps that a policy with user = "map" did not give. */
void userns_defaults(struct draft *d, struct draft_policy *p);

/* Checks that the user namespace of a policy is possible, and that its maps permit a login. */
void userns_check(struct draft *d, const struct draft_policy *p);

#endif /* NSI_POLICY_USERNS_H */
