/* SPDX-License-Identifier: MIT */
/* The reader of lists of words and of texts */
#include <errno.h>
#include <linux/mount.h>
#include <string.h>

#include "base/nstype.h"
#include "policy/read.h"
#include "policy/types.h"
#include "policy/userns.h"

/* A pair of options says yes and no to one attribute. */
static const char *const option_words[] = {
	"noexec", "exec", "nosuid", "suid", "nodev", "dev", "ro", "rw", "nosymfollow", NULL,
};

static const struct {
	uint32_t attr;
	bool is_set;
	uint32_t also; /* a bit that notes that the word was written */
} options[] = {
	{MOUNT_ATTR_NOEXEC, true, 0},      {MOUNT_ATTR_NOEXEC, false, POL_ATTR_EXEC},
	{MOUNT_ATTR_NOSUID, true, 0},      {MOUNT_ATTR_NOSUID, false, 0},
	{MOUNT_ATTR_NODEV, true, 0},       {MOUNT_ATTR_NODEV, false, 0},
	{MOUNT_ATTR_RDONLY, true, 0},      {MOUNT_ATTR_RDONLY, false, 0},
	{MOUNT_ATTR_NOSYMFOLLOW, true, 0},
};

/* The bits of the elements of one list that have been read so far. */
struct gather {
	uint32_t seen; /* bits that an element has spoken about */
	uint32_t bits;
};

static bool read_unknown_word(struct reader *r, const struct key *key, const config_setting_t *s,
			      const char *const *words)
{
	const char *text = config_setting_get_string(s), *meant = word_suggest(words, text);

	draft_error(r->d, read_where(r, s), "unknown %s \"%.64s\"%s%s%s%s",
		    key->type == TYPE_NS_TYPES ? "namespace" : "option", text, r->place,
		    meant ? " (did you mean \"" : "", meant ? meant : "", meant ? "\"?)" : "");
	return false;
}

static bool read_said_twice(struct reader *r, const struct key *key, const config_setting_t *s)
{
	draft_error(r->d, read_where(r, s),
		    "'%s'%s has \"%.64s\" in it after another word for the same", key->name,
		    r->place, config_setting_get_string(s));
	return false;
}

static bool read_add_kind(struct reader *r, const struct key *key, const config_setting_t *s,
			  struct gather *g)
{
	const char *words[NS_TYPE_MAX + 1] = {NULL};
	int type;

	for (size_t i = 0; i < NS_TYPE_MAX; i++)
		words[i] = ns_types[i].word;
	type = word_find(words, config_setting_get_string(s));
	if (type < 0)
		return read_unknown_word(r, key, s, words);
	if (g->bits & ns_bit((enum nstype)type))
		return read_said_twice(r, key, s);
	g->bits |= ns_bit((enum nstype)type);
	return true;
}

static bool read_add_option(struct reader *r, const struct key *key, const config_setting_t *s,
			    struct gather *g)
{
	int option = word_find(option_words, config_setting_get_string(s));

	if (option < 0)
		return read_unknown_word(r, key, s, option_words);
	if (g->seen & options[option].attr)
		return read_said_twice(r, key, s);
	g->seen |= options[option].attr;
	if (options[option].is_set)
		g->bits |= options[option].attr;
	else
		g->bits &= ~options[option].attr;
	g->bits |= options[option].also;
	return true;
}

/* Why an element of a list of texts is none; @err is of type_info.check(). */
static void read_refuse_text(struct reader *r, const struct key *key, const config_setting_t *s,
			     const char *text, int err)
{
	if (key->type == TYPE_NAMES || key->type == TYPE_PATTERNS)
		draft_error(r->d, read_where(r, s),
			    "'%s'%s has \"%.64s\" in it, which is not a name without \"/\"%s",
			    key->name, r->place, text,
			    key->type == TYPE_PATTERNS ? " (with %{uid} and %{user} at most)" : "");
	else if (key->type == TYPE_SYSCTLS && err == -ERANGE)
		draft_error(r->d, read_where(r, s),
			    "'%s'%s has \"%.64s\", which is of no IPC or network namespace",
			    key->name, r->place, text);
	else if (key->type == TYPE_IDMAP && err == -EPERM)
		draft_error(r->d, read_where(r, s),
			    "'%s'%s has \"%.64s\", but an id below %d must be the same inside and "
			    "outside",
			    key->name, r->place, text, USERNS_SYSTEM_IDS);
	else
		read_refuse(r, key, s, key->type == TYPE_IDMAP ? err : 0);
}

static bool read_add_text(struct reader *r, const struct key *key, const config_setting_t *s,
			  struct pol_list *list)
{
	const char *text = config_setting_get_string(s);
	int err = text ? type_info(key->type)->check(key, text) : -EINVAL;
	pol_str str;

	if (!text)
		read_refuse(r, key, s, 0);
	else if (err < 0)
		read_refuse_text(r, key, s, text, err);
	if (err < 0)
		return false;
	str = draft_text(r->d, text);
	(void)draft_add(r->d, &r->d->strings, &str); /* failure is sticky */
	list->count++;
	return true;
}

bool read_is_list(struct reader *r, const struct key *key, const config_setting_t *s)
{
	const int type = config_setting_type(s), count = config_setting_length(s);

	if ((type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) ||
	    (count == 0 && type_info(key->type)->is_never_empty)) {
		read_refuse(r, key, s, 0);
		return false;
	}
	if ((uint64_t)count <= key->max)
		return true;
	draft_error(r->d, read_where(r, s), "'%s'%s has more than %u elements", key->name, r->place,
		    (unsigned)key->max);
	return false;
}

bool read_bits(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct gather g = {.bits = (uint32_t)key->initial};
	bool is_good = true;

	if (!read_is_list(r, key, s))
		return false;
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned)i);

		if (!config_setting_get_string(e)) {
			read_refuse(r, key, e, 0);
			is_good = false;
		} else {
			is_good &= key->type == TYPE_NS_TYPES ? read_add_kind(r, key, e, &g)
							      : read_add_option(r, key, e, &g);
		}
	}
	key_store(key, row, (struct key_value){.value = g.bits});
	return is_good;
}

bool read_texts(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct pol_list list = {.first = (uint32_t)r->d->strings.count};
	bool is_good = true;

	if (config_setting_type(s) == CONFIG_TYPE_STRING && type_info(key->type)->is_one_enough)
		is_good = read_add_text(r, key, s, &list);
	else if (!read_is_list(r, key, s))
		return false;
	else
		for (int i = 0; i < config_setting_length(s); i++)
			is_good &= read_add_text(r, key, config_setting_get_elem(s, (unsigned)i),
						 &list);
	memcpy((char *)row + key->offset, &list, sizeof(list));
	if (key->also_width)
		*((uint8_t *)row + key->also) = true;
	return is_good;
}
