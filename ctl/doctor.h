/* SPDX-License-Identifier: MIT */
/* What is wrong with this machine, and what helps? */
#ifndef NSI_CTL_DOCTOR_H
#define NSI_CTL_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

struct ctl;

enum severity {
	SEV_ERROR,   /* isolation fails, or can be got around */
	SEV_WARNING, /* it may, or somebody meant something else */
	SEV_NOTE,
	SEV_MAX
};

struct doctor {
	const struct ctl *ctl;
	unsigned counts[SEV_MAX];
	FILE *out;
	bool has_colour;
};

/*
 * Says what was found: @what is one sentence "WHERE: WHAT AND WHY", the rest what to
 * do about it, one line, or "" for nothing.
 */
void doctor_find(struct doctor *d, enum severity severity, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Says that an examination found nothing. */
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

/* One service of PAM, for tests: what doctor_pam() does for each. */
void doctor_pam_service(struct doctor *d, const char *dir, const char *service);

#endif /* NSI_CTL_DOCTOR_H */
