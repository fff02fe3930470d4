/* SPDX-License-Identifier: MIT */
/* The versions of records, and which of them can be read */
#ifndef NSI_STATE_FORMAT_H
#define NSI_STATE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "state/record.h"

/*
 * DOC: how a record may change
 *
 * An upgrade finds records, and sealed copies of them in anchors, that an earlier
 * version wrote; so does a downgrade with those of a later one.  The first 24
 * bytes (magic, version, size, checksum) are the same for ever, and the size says
 * where the slots begin.
 *
 * A field that may be read as 0 where it is missing, and ignored by versions that do
 * not know it, goes to the end of struct set_record or of struct session_record, into
 * the room there or, for a head, behind it by multiples of 512 bytes.  The version
 * stays.
 *
 * Anything else takes a new version: RECORD_VERSION goes up, the structures as they
 * were get a name of their own in format.c, and the row of the old version there
 * functions that fill those of today from them.
 */
struct record_format {
	uint32_t version;
	uint32_t head_min; /* of the first head of this version: later ones only grew */
	uint32_t slot_size;
	/* Each compares the checksum with @raw and fills the present form.  0 or -EBADMSG. */
	int (*head)(const void *raw, size_t size, struct set_record *ret);
	int (*slot)(const void *raw, struct session_record *ret);
};

enum {
	FORMAT_HEAD_MAX = 32768
};

extern const struct record_format record_formats[];
extern const size_t record_format_count;

/*
 * Reads a head of one of the formats of @table from @raw, of which @size bytes are
 * there.  Returns the bytes that it takes up, with *ret_format set if that is not
 * NULL; -EPROTO for a version that is not in the table, or -EBADMSG.
 */
int format_read_head(const struct record_format *table, size_t count, const void *raw, size_t size,
		     struct set_record *ret, const struct record_format **ret_format);

/* Whether @head, a valid one, has the format that this program writes. */
bool format_is_present(const void *head);

/* Puts magic, version, size and checksum on a head, and a checksum on a slot. */
void format_seal_head(struct set_record *head);
void format_seal_slot(struct session_record *s);

/* Checks a slot of the present format.  Returns 0 or -EBADMSG. */
int format_check_slot(const struct session_record *s);

#endif /* NSI_STATE_FORMAT_H */
