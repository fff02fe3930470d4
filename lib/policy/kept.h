/* SPDX-License-Identifier: MIT */
/* The last good policy, kept on disk */
#ifndef NSI_POLICY_KEPT_H
#define NSI_POLICY_KEPT_H

#include <stdint.h>

struct nsi_fail;
struct pol_image;
struct pol_report;
struct pol_sources;

/*
 * DOC: the last good policy
 *
 *	<statedir>/policy/nsisolate.conf	copies of the files that were last read without an error,
 *	<statedir>/policy/nsisolate.d/...	including those of a vendor
 *	<statedir>/policy/origin		which configuration they are of
 *
 * It is kept as text and not as an image, so that the next version of the program, whose
 * images may have another format, can read it, and so that an administrator can compare it with
 * the present files.  It is read as any configuration is: by a process without capabilities, from
 * files that must be root's alone, into an image that is checked.
 */
#define KEPT_DIR "policy"

/*
 * Keeps a copy of the files of @sources, which have just been read without an error, unless it
 * is there already.  The copy is read before it takes the place of the one before: if the files
 * have changed meanwhile and cannot be used, that stays.  May wait for a disk.
 * The umask must be 0.  Returns 0 or -errno with the sentence in @f.
 */
int kept_save(const struct pol_sources *sources, struct nsi_fail *f);

/*
 * Loads the copy of @sources as policy_load_from() does.  @ret_since is when it was made, in
 * seconds since the epoch.  Returns 0, -ENOENT without a copy of this configuration, or -errno.
 */
int kept_load(const struct pol_sources *sources, struct pol_image **ret, uint64_t *ret_since);

enum in_force_state {
	IN_FORCE_CURRENT,   /* the one in the files */
	IN_FORCE_LAST_GOOD, /* the one before, as the files cannot be used */
	IN_FORCE_NONE,      /* none: sessions are refused */
	IN_FORCE_MAX
};

struct in_force {
	enum in_force_state state;
	uint64_t since; /* seconds since the epoch when it was read, or kept */
	char config[256];
};

/* "current", "last-good", "none". */
const char *in_force_name(enum in_force_state state);

/* Writes <rundir>/policy, for the command to read.  Returns 0 or -errno. */
int in_force_write(int run_fd, const struct in_force *in_force);

/* Reads it.  Returns 0, -ENOENT while no helper has read a policy, or -errno. */
int in_force_read(int run_fd, struct in_force *ret);

#endif /* NSI_POLICY_KEPT_H */
