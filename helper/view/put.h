/* SPDX-License-Identifier: MIT */
/* One cover: whether it is in place, and how it comes there. */
#ifndef NSI_VIEW_PUT_H
#define NSI_VIEW_PUT_H

#include <stdint.h>
#include <sys/types.h>

struct cover_row;
struct nsi_fail;

enum cover_state {
	COVER_IN_PLACE,
	COVER_NO_PLACE, /* its path is not there, and so nothing to be covered */
	COVER_MISSING,
};

/* Which set it is about; all of it the caller's. */
struct cover_set {
	uint64_t id;
	const char *rundir;
	const char *hostname; /* "" for the host's */
	const uint64_t *dev;  /* st_dev of each private directory, by row.dir */
	unsigned dir_count;
};

/* The source of a cover on the host, see cover_find_source(). */
struct cover_source {
	dev_t dev;
	ino_t ino;
	int err; /* 0, or why there is none */
};

/* In the host's mount namespace: which file or directory @row shows. */
void cover_find_source(const struct cover_set *set, const struct cover_row *row,
		       struct cover_source *ret);

/*
 * In the host's mount namespace: a detached mount of what @row shows, for cover_put().
 * Returns the caller's descriptor, -ENODATA for a row that needs none, or -errno.
 */
int cover_take(const struct cover_set *set, const struct cover_row *row, struct nsi_fail *f);

/* In the set's mount namespace: whether @row is as it should be. */
enum cover_state cover_check(const struct cover_set *set, const struct cover_row *row,
			     const struct cover_source *source, struct nsi_fail *f);

/*
 * In the set's mount namespace: puts @row in place.  @mount is of cover_take(), of
 * recover_find() or -EBADF; it stays the caller's.  Returns 0 or -errno.
 */
int cover_put(const struct cover_row *row, int mount, struct nsi_fail *f);

/* The parts of cover_put() for a private directory, and for an overlay over the home. */
int cover_put_private(const struct cover_row *row, int mount, struct nsi_fail *f);
int cover_put_home(const struct cover_row *row, int mount, struct nsi_fail *f);

/* Notes the device of a private directory that was put in place in @dev[row.dir], of @count. */
void cover_note_device(const struct cover_row *row, uint64_t *dev, unsigned count);

#endif /* NSI_VIEW_PUT_H */
