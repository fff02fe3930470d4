/* SPDX-License-Identifier: MIT */
/* The loading of the policy for the command */
#ifndef NSI_CTL_POLICY_H
#define NSI_CTL_POLICY_H

#include <stddef.h>

struct ctl;
struct draft;
struct pol_image;
struct pol_message;
struct pol_report;

/* Prints a message on stderr, with its severity in colour on a terminal. */
void policy_say(const struct pol_message *m);

/* Prints all messages; returns how many there were of warnings. */
unsigned policy_say_all(const struct pol_report *report);

/*
 * Loads what the helper would load, and reports errors.  Returns the image, which the caller
 * frees, or NULL.  @d is the draft that it was made of, for draft_done(); without a policy if
 * it is the last good one, of which nothing but the image was kept.
 */
struct pol_image *policy_of(const struct ctl *ctl, struct draft *d);

/*
 * The last good policy, of a configuration that cannot be used now, with a sentence that says
 * which it is in @text.  Returns the image, which the caller frees, or NULL without one.
 */
enum {
	POLICY_TEXT_SIZE = 700
};
struct pol_image *policy_kept(const struct ctl *ctl, char *text, size_t size);

#endif /* NSI_CTL_POLICY_H */
