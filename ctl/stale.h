/* SPDX-License-Identifier: MIT */
/* Sets that a login would not join any more */
#ifndef NSI_CTL_STALE_H
#define NSI_CTL_STALE_H

#include <stdbool.h>
#include <stdint.h>

struct ctl;
struct pol_image;
struct view;

/*
 * Loads the policy in force, to compare sets with.  Returns the image, which the caller frees, or
 * NULL if it cannot be read: then no set is reported as stale.
 */
struct pol_image *stale_policy(const struct ctl *ctl);

enum {
	FINGERPRINT_SIZE = 20
};

/* A number that is equal on machines with equal files and groups; 0 for NULL. */
uint64_t stale_fingerprint(const struct pol_image *image);

/* Writes it in hexadecimal.  Returns @buf. */
const char *stale_fingerprint_text(uint64_t fingerprint, char buf[FINGERPRINT_SIZE]);

/* Whether new logins get another set than @v, after a change of its policy or "nsisolate refresh". */
bool stale_is(const struct pol_image *image, const struct view *v);

#endif /* NSI_CTL_STALE_H */
