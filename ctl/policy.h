/* SPDX-License-Identifier: MIT */
/* How does the command get at the policy? */
#ifndef NSI_CTL_POLICY_H
#define NSI_CTL_POLICY_H

struct ctl;
struct pol_image;
struct pol_message;
struct pol_report;

/* Prints a message on stderr, with its severity in colour on a terminal. */
void policy_say(const struct pol_message *m);

/* Prints all messages; returns how many there were of warnings. */
unsigned policy_say_all(const struct pol_report *report);

/*
 * Loads what the helper would load, and of another path than the built-in one also a
 * draft that the helper would not trust, which is said.  Errors are said; warnings, too, unless
 * @quiet.  Returns the image, which the caller frees, or NULL.
 */
struct pol_image *policy_of(const struct ctl *ctl, int quiet);

#endif /* NSI_CTL_POLICY_H */
