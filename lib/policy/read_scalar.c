/* SPDX-License-Identifier: MIT */
/* The reader of values that are one word, number or text */
#include <errno.h>
#include <string.h>

#include "base/nstype.h"
#include "base/text.h"
#include "policy/read.h"
#include "policy/types.h"

static void scalar_append(char *buf, size_t size, const char *before, const char *text,
			  const char *behind)
{
	size_t used = strlen(buf);

	text_fmt(buf + used, size - used, "%s%s%s", before, text, behind); /* cut is fine */
}

static void read_show_words(const struct key *key, char *buf, size_t size)
{
	text_fmt(buf, size, "%s", key->words[1] ? "one of " : "");
	for (int i = 0; key->words[i]; i++)
		scalar_append(buf, size, i > 0 ? ", \"" : "\"", key->words[i], "\"");
}

void read_refuse(struct reader *r, const struct key *key, const config_setting_t *setting, int err)
{
	const char *given = config_setting_get_string(setting), *meant = NULL;
	int type = config_setting_type(setting);
	char form[200], what[200] = "";

	if (type_info(key->type)->form)
		text_fmt(form, sizeof(form), "%s", type_info(key->type)->form);
	else
		read_show_words(key, form, sizeof(form));
	if (key->type == TYPE_MATCH && key->field == POL_UID)
		text_fmt(form, sizeof(form),
			 "a quoted uid such as \"1000\" or \"1000-\", or a list of them");
	if (given && key->words)
		meant = word_suggest(key->words, given);
	if (given && strlen(given) > 64)
		scalar_append(what, sizeof(what), ", not this long text", "", "");
	else if (given)
		scalar_append(what, sizeof(what), ", not \"", given, "\"");
	else if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64 || type == CONFIG_TYPE_FLOAT)
		scalar_append(what, sizeof(what), "; a number without quotes is refused", "", "");
	if (err == -ERANGE)
		scalar_append(what, sizeof(what), ", which is out of range", "", "");
	if (meant)
		scalar_append(what, sizeof(what), " (did you mean \"", meant, "\"?)");
	draft_error(r->d, read_where(r, setting), "'%s'%s must be %s%s", key->name, r->place, form,
		    what);
}

bool read_number(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	const char *text = config_setting_get_string(s);
	struct key_value value = {0};
	int err = -EINVAL;

	if (key->type == TYPE_BOOL && config_setting_type(s) == CONFIG_TYPE_BOOL) {
		value.value = config_setting_get_bool(s) != 0;
		err = 0;
	} else if (text && key->type != TYPE_BOOL) {
		err = type_info(key->type)->parse(key, text, &value);
	}
	if (err < 0) {
		read_refuse(r, key, s, err);
		return false;
	}
	key_store(key, row, value);
	return true;
}

bool read_text(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	const char *text = config_setting_get_string(s);
	pol_str str;

	if (!text || *text == '\0' || type_info(key->type)->check(key, text) < 0) {
		read_refuse(r, key, s, -EINVAL);
		return false;
	}
	str = draft_text(r->d, text);
	memcpy((char *)row + key->offset, &str, sizeof(str));
	return true;
}

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
		p->row.optional |= ns_bit((enum nstype)type);
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
