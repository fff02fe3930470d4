/* SPDX-License-Identifier: MIT */
/* The types of values that keys take */
#ifndef NSI_POLICY_TYPES_H
#define NSI_POLICY_TYPES_H

#include <stdbool.h>

#include "policy/keys.h"

struct type_info {
	enum key_shape shape;
	const char *form;    /* goes on after "must be"; NULL: one of the key's words */
	bool is_json_number; /* of a SHAPE_NUMBER: a number in JSON, and no text */
	bool is_one_enough;  /* of a SHAPE_TEXTS: one text may stand for a list of one */
	bool is_never_empty; /* of a SHAPE_TEXTS: an empty list is an error */

	/* Of a SHAPE_NUMBER: reads a quoted value.  Returns 0, -EINVAL or -ERANGE. */
	int (*parse)(const struct key *key, const char *text, struct key_value *ret);

	/*
	 * Of a SHAPE_TEXT that is not empty, and of each element of a SHAPE_TEXTS: whether it
	 * is of this type.  Returns 0 or -errno; called on what was read, and again on what
	 * the loader has handed back.
	 */
	int (*check)(const struct key *key, const char *text);
};

/* Returns the row of a type.  It is static. */
const struct type_info *type_info(enum key_type type);

static inline enum key_shape key_shape(const struct key *key)
{
	return type_info(key->type)->shape;
}

/* Whether a value, of a SHAPE_NUMBER or SHAPE_BITS, is one that an image may have. */
bool type_has_value(const struct key *key, struct key_value v);

/*
 * The words of a SHAPE_BITS, in the order of their bits, and the bit of each; they end
 * with NULL.  Returns NULL behind the last.
 */
const char *type_bit_word(const struct key *key, unsigned i, uint32_t *ret_bit);

#endif /* NSI_POLICY_TYPES_H */
