/* SPDX-License-Identifier: MIT */
/* The adoption of the sets of a former helper */
#ifndef NSI_ADOPT_H
#define NSI_ADOPT_H

#include <stdbool.h>
#include <stdint.h>

struct sets;
struct set_record;

/*
 * Reads every record, compares it with the kernel's state, and takes the set over:
 * with its anchor, or with a new one, or to its end.  A record that cannot be read is
 * set aside and logged, and its set found by its anchor; records of another boot are
 * removed.  Where memory or descriptors are short, a record stays for the next helper, and so does what
 * no set is known for (sets->unread_until).
 */
void adopt_all(struct sets *sets);

/* Takes over one set; @record_fd and @anchor, a pidfd or below zero, are the set's from then on. */
void adopt_set(struct sets *sets, const struct set_record *rec, int record_fd, int anchor);

/* Opens the anchor that the record names.  Returns a pidfd; -ESRCH if it has ended; or -errno if that cannot be told. */
int adopt_find_anchor(const struct set_record *rec);

/* A set of an earlier helper cannot be taken over now: it goes on without this helper. */
void adopt_leave(struct sets *sets);

/* For the sweeper: whether the directories of set @number (@kind 's'), user (u) or group (g) are somebody's; @arg: struct sets. */
bool adopt_is_live(void *arg, char kind, uint64_t number);

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
