/* SPDX-License-Identifier: MIT */
/* The loading of the policy for the command */
#ifndef NSI_CTL_POLICY_H
#define NSI_CTL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ctl;
struct draft;
struct pol_image;
struct pol_message;
struct pol_report;
struct pol_sources;
struct view;

/* The files of the policy, and the directories that its kept copy and names are looked up in. */
struct pol_sources policy_sources_of(const struct ctl *ctl);

/* Prints a message on stderr, with its severity in colour on a terminal. */
void policy_say(const struct pol_message *m);

/* Writes @text as a string of a policy: with its quotes and escapes, and a blank for a line feed. */
void policy_print_string(FILE *to, const char *text);

/*
 * Loads the policy as the helper does, and reports errors.  Returns the image, which the caller
 * frees, or NULL.  @d is its draft, for draft_done(); it has no policy if the image is that of
 * the last good policy.
 */
struct pol_image *policy_of(const struct ctl *ctl, struct draft *d);

/*
 * Loads the last good policy of a configuration that cannot be used now, and describes it in
 * @text.  Returns the image, which the caller frees, or NULL without one.
 */
enum {
	POLICY_TEXT_SIZE = 700
};
struct pol_image *policy_kept(const struct ctl *ctl, char *text, size_t size);

/*
 * Loads the policy and prints nothing.  Returns the image, which the caller frees, or NULL if it cannot
 * be used; @report (for policy_report_done()) says why, unless it is NULL.
 */
struct pol_image *policy_of_files(const struct ctl *ctl, struct pol_report *report);

enum {
	FINGERPRINT_SIZE = 20
};

/* A number that is equal on machines with equal files and groups; 0 for NULL. */
uint64_t stale_fingerprint(const struct pol_image *image);

/* Writes it in hexadecimal.  Returns @buf. */
const char *stale_fingerprint_text(uint64_t fingerprint, char buf[FINGERPRINT_SIZE]);

/*
 * Whether new logins get another set than @v, after a change of its policy or "nsisolate refresh".  Without
 * an image no set is, but for a refreshed one.
 */
bool stale_is(const struct pol_image *image, const struct view *v);

#endif /* NSI_CTL_POLICY_H */
