/* SPDX-License-Identifier: MIT */
/* The reader of values that are one word, number or text */
#include <errno.h>
#include <string.h>

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
