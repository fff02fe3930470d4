/* SPDX-License-Identifier: MIT */
/* The compilation of a draft into an image */
#ifndef NSI_POLICY_COMPILE_H
#define NSI_POLICY_COMPILE_H

struct draft;
struct pol_image;

/*
 * Inheritance, checks, defaults and digests, once every file has been read.
 * Returns 0 and an image, -EINVAL with errors in the draft's report, or -ENOMEM.
 */
int compile_draft(struct draft *d, struct pol_image **ret);

#endif /* NSI_POLICY_COMPILE_H */
