/* SPDX-License-Identifier: MIT */
/* The reader of "on_error": one word, or one for each namespace */
#include <string.h>

#include "base/nstype.h"
#include "policy/read.h"

static bool read_kind(struct reader *r, const struct key *key, const config_setting_t *s,
		      struct draft_policy *p)
{
	const char *name = config_setting_name(s), *text = config_setting_get_string(s), *meant;
	const char *words[NS_TYPE_MAX + 1] = {NULL};
	int type, word = text ? word_find(key->words, text) : -1;

	for (size_t i = 0; i < NS_TYPE_MAX; i++)
		words[i] = ns_types[i].word;
	if (!name) { /* libconfig does not look at what strdup(3) returned */
		r->d->out_of_memory = true;
		return false;
	}
	type = word_find(words, name);
	if (type < 0) {
		meant = word_suggest(words, name);
		draft_error(r->d, read_where(r, s), "unknown namespace '%.64s' in '%s'%s%s%s%s",
			    name, key->name, r->place, meant ? " (did you mean '" : "",
			    meant ? meant : "", meant ? "'?)" : "");
		return false;
	}
	if (word < 0) {
		draft_error(r->d, read_where(r, s), "'%s' in '%s'%s must be \"deny\" or \"allow\"",
			    name, key->name, r->place);
		return false;
	}
	if (word == POL_ERROR_ALLOW && !(ns_types[type].properties & NS_OPTIONAL)) {
		draft_error(r->d, read_where(r, s), "'%s' in '%s'%s must be \"deny\": %s", name,
			    key->name, r->place,
			    type == NS_MNT ? "without it, the directories would be the host's"
					   : "without it, the session would be somebody else");
		return false;
	}
	if (word == POL_ERROR_ALLOW)
		p->row.optional |= ns_bit((enum ns_type)type);
	return true;
}

bool read_on_error(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	bool is_good = true;

	if (config_setting_type(s) != CONFIG_TYPE_GROUP)
		return read_number(r, key, s, row);
	for (int i = 0; i < config_setting_length(s); i++)
		is_good &= read_kind(r, key, config_setting_get_elem(s, (unsigned)i), row);
	return is_good;
}
