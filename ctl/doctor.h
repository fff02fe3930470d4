/* SPDX-License-Identifier: MIT */
/* The verb "doctor": its checks and their context */
#ifndef NSI_CTL_DOCTOR_H
#define NSI_CTL_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ctl/findings.h"
#include "ctl/pamd.h"

struct ctl;
struct pol_image;

struct doctor {
	const struct ctl *ctl;
	unsigned counts[SEV_MAX];
	FILE *out;        /* for text */
	json_t *findings; /* for JSON: arrays, both or neither */
	json_t *passed;
	struct pamd_places places;
	bool has_selinux;
	bool has_colour;
	bool is_short_of_memory; /* the JSON is not complete */
};

/*
 * Reports a finding: @what is one sentence "WHERE: WHAT AND WHY", the rest what to
 * do about it, one line, or "" for nothing.
 */
void doctor_find(struct doctor *d, enum finding finding, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Reports that an examination found nothing. */
void doctor_good(struct doctor *d, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The examinations. */
void doctor_kernel(struct doctor *d);
void doctor_limits(struct doctor *d);
void doctor_places(struct doctor *d);
void doctor_holds(struct doctor *d);
void doctor_helper(struct doctor *d);
void doctor_policy(struct doctor *d);
void doctor_pam(struct doctor *d);

/* A module for each architecture that has a libpam. */
void doctor_architectures(struct doctor *d);

/* Programs of this machine that open no session, go on after a refusal, or log a user in by themselves. */
void doctor_consumers(struct doctor *d);

/* Accounts that no rule catches. */
void doctor_accounts(struct doctor *d, const struct pol_image *image,
		     const struct pamd_names *services);

/* One service of PAM. */
void doctor_pam_service(struct doctor *d, const char *service);

/* Line @ours of the stack of @service. */
void doctor_stack(struct doctor *d, const struct pamd_stack *s, unsigned ours, const char *service);

/* Checks the effect of the host's mounts on views; @image is the policy, or NULL without a valid one. */
void doctor_view(struct doctor *d, const struct pol_image *image);

/* Which line holds, where several set the same. */
enum setting_order {
	SETTING_FIRST,
	SETTING_LAST
};

/*
 * Looks for a line "KEY VALUE" or "KEY = VALUE" in the files that @pattern (glob(3)) names.
 * Capitals do not count in @key, which may have spaces in it; lines that start with "#" or
 * ";" are comments.  Returns whether there is one, with the value in @ret, cut to @size.
 */
bool setting_find(const char *pattern, const char *key, enum setting_order order, char *ret,
		  size_t size);

/* Whether that value is "yes", "true", "on" or "1". */
bool setting_is_on(const char *pattern, const char *key, enum setting_order order);

#endif /* NSI_CTL_DOCTOR_H */
