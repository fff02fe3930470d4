/* SPDX-License-Identifier: MIT */
/* The reader of one file, whose settings become rows of a draft */
#ifndef NSI_POLICY_READ_H
#define NSI_POLICY_READ_H

#include <libconfig.h>
#include <stdbool.h>

#include "policy/draft.h"
#include "policy/keys.h"

/* One file, and where in it the reader is. */
struct reader {
	struct draft *d;
	pol_str file;
	bool is_partial; /* groups with mistakes of form have been emptied, see recover.h */
	char place[160]; /* " in policy 'lab'": ends the first half of a message */
};

/*
 * Reads one file whose text is @text of @size bytes, NUL-terminated.  Errors go into
 * the report of the draft, and a wrong part may be blanked in the text.  A file that
 * @is_main must have a version.
 */
void read_file(struct draft *d, const char *path, char *text, size_t size, bool is_main);

/*
 * Reads the settings of @group as keys of @block into @row, a draft_policy, draft_dir
 * or draft_rule, or the draft itself for those at the top; @seen notes which there were.
 */
void read_block(struct reader *r, enum key_block block, const config_setting_t *group, void *row,
		struct draft_seen *seen);

/* Returns the file and line of a setting. */
struct pol_where read_where(const struct reader *r, const config_setting_t *setting);

/*
 * One function for each shape of a value.  Each stores the value of @s in the field of @key in
 * @row.  Returns whether the value is valid; if it is not, the error is reported.
 */
bool read_number(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_bits(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_text(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_texts(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_group(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_network(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_mounts(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_dirs(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_match(struct reader *r, const struct key *key, const config_setting_t *s, void *row);
bool read_on_error(struct reader *r, const struct key *key, const config_setting_t *s, void *row);

/* Whether @s is a list of at most key->max elements; reports it if not. */
bool read_is_list(struct reader *r, const struct key *key, const config_setting_t *s);

/* Reports keys that need or exclude each other in a network that has been read from @s. */
bool check_network_keys(struct reader *r, const config_setting_t *s, const struct pol_network *n);

/* Reports that @setting is no valid value of @key; @err is that of a value function, or 0. */
void read_refuse(struct reader *r, const struct key *key, const config_setting_t *setting, int err);

#endif /* NSI_POLICY_READ_H */
