/* SPDX-License-Identifier: MIT */
/* Which line of which file gave a policy this key? */
#ifndef NSI_CTL_ORIGIN_H
#define NSI_CTL_ORIGIN_H

#include <libconfig.h>
#include <stddef.h>

struct ctl;

struct origin_file {
	char *path; /* owned */
	config_t config;
};

/* The files of a configuration that has been loaded without an error, read again. */
struct origins {
	struct origin_file *files; /* owned */
	size_t count;
};

struct origin {
	const char *file; /* points into struct origins; NULL for a default */
	unsigned line;
};

/* Never fails: a file that cannot be read again gives no origins. */
void origins_read(const struct ctl *ctl, struct origins *ret);
void origins_done(struct origins *o);

/* Where @key was written that policy @policy has: in its own block, or in one it extends. */
struct origin origin_of(const struct origins *o, const char *policy, const char *key);

/* The same for @key of its directory @path. */
struct origin origin_of_dir(const struct origins *o, const char *policy, const char *path,
			    const char *key);

#endif /* NSI_CTL_ORIGIN_H */
