/* SPDX-License-Identifier: MIT */
/* How is one value read, strictly? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/pathname.h"
#include "policy/read.h"
#include "policy/template.h"
#include "policy/values.h"

/* What goes on after "must be"; a TYPE_WORD shows its words instead. */
static const char *const forms[TYPE_MAX] = {
	[TYPE_NAME] = "the quoted name of a policy",
	[TYPE_TEMPLATE] = "a quoted text such as \"%{host}-%{user}\"",
	[TYPE_KINDS] = "a list such as [ \"mount\", \"ipc\" ]",
	[TYPE_DIRS] = "a list such as ( { path = \"/tmp\"; method = \"tmpfs\"; } )",
	[TYPE_PATH] = "a quoted absolute path without \"//\", \".\", \"..\" or a \"/\" at its end",
	[TYPE_RETAIN] = "\"session\", \"boot\", \"forever\" or a quoted time such as \"30d\"",
	[TYPE_COUNT] = "a quoted count such as \"1000\" or \"100k\"",
	[TYPE_TIME] = "a quoted time such as \"90s\", \"10m\" or \"30d\"",
	[TYPE_SIZE] = "a quoted size such as \"64M\", \"2G\" or \"25%\"",
	[TYPE_MODE] = "a quoted octal mode such as \"01777\"",
	[TYPE_OPTIONS] = "a list such as [ \"noexec\", \"nosuid\" ]",
	[TYPE_NAMES] = "a list of names without \"/\", such as [ \".X11-unix\" ]",
	[TYPE_PATTERNS] = "a list of names without \"/\", such as [ \"krb5cc_%{uid}*\" ]",
	[TYPE_MATCH] = "a quoted text, or a list of them such as [ \"sshd\", \"login\" ]",
	[TYPE_NETWORK] = "a group such as { mode = \"none\"; }",
	[TYPE_BOOL] = "true or false, without quotes",
	[TYPE_SHIFT] = "a quoted time with a sign, such as \"+3d\" or \"-10m\"",
	[TYPE_GROUP] = "a group in braces, as the manual shows",
	[TYPE_BINDS] = "a list such as ( { source = \"/srv/data\"; target = \"/mnt\"; } )",
	[TYPE_PATHS] = "a list of absolute paths, such as [ \"/srv\", \"/opt\" ]",
	[TYPE_SYSCTLS] = "a list such as [ \"kernel.shmmax=65536\" ]",
	[TYPE_IDMAP] = "a list such as [ \"system\", \"user\" ], with ranges as "
		       "\"INSIDE:OUTSIDE:COUNT\"",
	[TYPE_PROPAGATION] = "\"slave\", \"private\", \"shared\", \"unbindable\", or a list "
			     "such as ( { path = \"/media\"; type = \"private\"; } )",
	[TYPE_LIMIT] = "a quoted count of one or more, such as \"512\" or \"100k\"",
	[TYPE_BYTES] = "a quoted size such as \"64M\" or \"2G\"",
	[TYPE_MEMORY] = "a quoted size of a megabyte at least, such as \"2G\" or \"25%\"",
	[TYPE_CPU] = "a quoted part of one processor such as \"50%\" or \"200%\"",
	[TYPE_ON_ERROR] = "\"deny\", \"allow\" or a group such as { uts = \"allow\"; }",
};

static void append(char *buf, size_t size, const char *before, const char *text, const char *behind)
{
	size_t used = strlen(buf);

	(void)snprintf(buf + used, size - used, "%s%s%s", before, text, behind); /* cut is fine */
}

static void show_words(const struct key *key, char *buf, size_t size)
{
	(void)snprintf(buf, size, "one of ");
	for (int i = 0; key->words[i]; i++)
		append(buf, size, i > 0 ? ", \"" : "\"", key->words[i], "\"");
}

void read_refuse(struct reader *r, const struct key *key, const config_setting_t *setting, int err)
{
	const char *given = config_setting_get_string(setting), *meant = NULL;
	int type = config_setting_type(setting);
	char form[200], what[200] = "";

	(void)snprintf(form, sizeof(form), "%s", forms[key->type] ? forms[key->type] : "");
	if (key->type == TYPE_MATCH && key->max == POL_UID)
		(void)snprintf(form, sizeof(form),
			       "a quoted uid such as \"1000\" or \"1000-\", or a list of them");
	if (key->type == TYPE_WORD)
		show_words(key, form, sizeof(form));
	if (given && key->words)
		meant = word_suggest(key->words, given);
	if (given && strlen(given) > 64)
		append(what, sizeof(what), ", not this long text", "", "");
	else if (given)
		append(what, sizeof(what), ", not \"", given, "\"");
	else if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64 || type == CONFIG_TYPE_FLOAT)
		append(what, sizeof(what), "; a number without quotes is refused", "", "");
	if (err == -ERANGE)
		append(what, sizeof(what), ", which is out of range", "", "");
	if (meant)
		append(what, sizeof(what), " (did you mean \"", meant, "\"?)");
	draft_error(r->d, read_where(r, setting), "'%s'%s must be %s%s", key->name, r->place, form,
		    what);
}

static int read_word(const struct key *key, const char *text, void *row)
{
	int word = word_find(key->words, text);

	if (word < 0)
		return -EINVAL;
	key_store(key, row, (unsigned)word + key->max);
	return 0;
}

static int read_retain(const struct key *key, const char *text, struct draft_dir *dir)
{
	static const enum pol_retain of_word[] = {POL_RETAIN_SESSION, POL_RETAIN_BOOT,
						  POL_RETAIN_FOREVER};
	int word = word_find(key->words, text), r;
	uint64_t age;

	if (word >= 0) {
		dir->row.retain = (uint8_t)of_word[word];
		return 0;
	}
	r = value_time(text, key->max, &age);
	if (r < 0)
		return r;
	if (age == 0)
		return -ERANGE;
	dir->row.retain = POL_RETAIN_AGE;
	dir->row.retain_age = age;
	return 0;
}

/* The types that are a number in the end. */
static int read_number(const struct key *key, const char *text, void *row)
{
	uint64_t value;
	int r;

	if (key->type == TYPE_COUNT)
		r = value_count(text, key->max, &value);
	else if (key->type == TYPE_TIME)
		r = value_time(text, key->max, &value);
	else if (key->type == TYPE_SHIFT)
		r = value_shift(text, key->max, &value);
	else
		r = value_mode(text, &value);
	if (r == 0)
		key_store(key, row, value);
	return r;
}

static int read_size(const char *text, struct draft_dir *dir)
{
	uint64_t bytes;
	uint32_t percent;
	int r = value_size(text, &bytes, &percent);

	if (r < 0)
		return r;
	dir->row.size = bytes;
	dir->row.size_percent = percent;
	return 0;
}

/* The types that say how much there may be of something; 0 would say that there may be nothing. */
static int read_limit(const struct key *key, const char *text, void *row)
{
	uint64_t value = 0;
	uint32_t percent = 0;
	int r;

	if (key->type == TYPE_LIMIT)
		r = value_count(text, key->max, &value);
	else if (key->type == TYPE_CPU)
		r = value_percent(text, key->max, &value);
	else
		r = value_size(text, &value, &percent);
	if (r < 0)
		return r;
	if (key->type == TYPE_BYTES && percent > 0)
		return -EINVAL;
	if (value == 0 && percent == 0)
		return -ERANGE;
	if (key->type == TYPE_MEMORY) {
		if (percent == 0 && value < POL_LIMIT_MEMORY_MIN)
			return -ERANGE;
		((struct pol_limits *)row)->memory_percent = percent;
	}
	key_store(key, row, value);
	return 0;
}

/* The types that stay a text. */
static int read_text(struct reader *r, const struct key *key, const char *text, void *row)
{
	if (key->type == TYPE_TEMPLATE && (*text == '\0' || template_check(text) < 0))
		return -EINVAL;
	if (key->type == TYPE_PATH && !pathname_is_normal(text))
		return -EINVAL;
	if (*text == '\0')
		return -EINVAL;
	key_store(key, row, draft_text(r->d, text));
	return 0;
}

static int read_quoted(struct reader *r, const struct key *key, const char *text, void *row)
{
	switch (key->type) {
	case TYPE_WORD:
	case TYPE_ON_ERROR:
		return read_word(key, text, row);
	case TYPE_RETAIN:
		return read_retain(key, text, row);
	case TYPE_SIZE:
		return read_size(text, row);
	case TYPE_COUNT:
	case TYPE_TIME:
	case TYPE_SHIFT:
	case TYPE_MODE:
		return read_number(key, text, row);
	case TYPE_LIMIT:
	case TYPE_BYTES:
	case TYPE_MEMORY:
	case TYPE_CPU:
		return read_limit(key, text, row);
	default:
		return read_text(r, key, text, row);
	}
}

bool read_scalar(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	const char *text = config_setting_get_string(s);
	int err = -EINVAL;

	if (key->type == TYPE_BOOL && config_setting_type(s) == CONFIG_TYPE_BOOL) {
		key_store(key, row, (uint64_t)config_setting_get_bool(s));
		return true;
	}
	if (text && key->type != TYPE_BOOL)
		err = read_quoted(r, key, text, row);
	if (err < 0)
		read_refuse(r, key, s, err);
	return err == 0;
}
