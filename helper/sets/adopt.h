/* SPDX-License-Identifier: MIT */
/* The adoption of the sets of a former helper */
#ifndef NSI_ADOPT_H
#define NSI_ADOPT_H

#include <stdint.h>

struct sets;
struct set_record;

/*
 * Reads every record, compares it with the kernel's state, and takes the set over:
 * with its anchor, or with a new one, or to its end.  A record that cannot be read is
 * set aside and logged, and its set found by its anchor; records of another boot are
 * removed.
 */
void adopt_all(struct sets *sets);

/* Takes over one set; @record_fd is the set's from then on. */
void adopt_set(struct sets *sets, const struct set_record *rec, int record_fd);

/* Opens the anchor that the record names, if it is that process.  Returns a pidfd or -ESRCH. */
int adopt_find_anchor(const struct set_record *rec);

/* Sees to it that @id is not given to a new set. */
void adopt_note_id(struct sets *sets, uint64_t id);

/*
 * Looks through /proc for anchors of this rundir whose record was lost or set
 * aside, and takes their sets over by the sealed copy that each anchor keeps.
 * Their sessions are not known any more: such a set is kept until no process is
 * left in it, whatever its policy says.
 */
void strays_adopt(struct sets *sets);

#endif /* NSI_ADOPT_H */
