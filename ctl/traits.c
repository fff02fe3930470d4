/* SPDX-License-Identifier: MIT */
/* The keys of a policy with their values, for "show" */
#include "ctl/show.h"

#include <assert.h>
#include <stddef.h>

#include "base/nstype.h"
#include "ctl/say.h"
#include "policy/draft.h"
#include "policy/format.h"

/* The table of keys has offsets for drafts; those of an image lie at the start of them. */
static_assert(offsetof(struct draft_policy, row) == 0, "keys are found in a pol_policy, too");
static_assert(offsetof(struct draft_dir, row) == 0, "keys are found in a pol_dir, too");

static json_t *traits_json_optional(uint64_t types)
{
	json_t *o = json_object();

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (types & ns_bit((enum nstype)type))
			(void)json_object_set_new(o, ns_types[type].word, json_string("allow"));
	return o;
}

static json_t *traits_json_number(const struct pol_image *image, const struct key *key,
				  const void *row)
{
	const struct key_value v = key_load(key, row);
	char text[64] = "";

	if (key->type == TYPE_BOOL)
		return json_boolean(v.value);
	if (key->type == TYPE_ON_ERROR && v.also)
		return traits_json_optional(v.also);
	if (type_info(key->type)->is_json_number && !v.also) /* percent is a text */
		return json_integer((json_int_t)v.value);
	key_format(image, key, row, text, sizeof(text));
	return json_string(text);
}

static json_t *traits_json_bits(const struct key *key, uint64_t bits)
{
	json_t *a = json_array();
	const char *word;
	uint32_t bit;

	for (unsigned i = 0; (word = type_bit_word(key, i, &bit)); i++)
		if (bits & bit)
			(void)json_array_append_new(a, json_string(word));
	return a;
}

static json_t *traits_json_value(const struct pol_image *image, const struct key *key,
				 const void *row);

static json_t *traits_json_block(const struct pol_image *image, enum key_block block,
				 const void *row)
{
	json_t *o = json_object();

	for (size_t i = 0; i < K_MAX; i++)
		if (keys[i].block == block && key_is_set(image, &keys[i], row))
			(void)json_object_set_new(o, keys[i].name,
						  traits_json_value(image, &keys[i], row));
	return o;
}

static json_t *traits_json_list(const struct pol_image *image, const struct key *key,
				struct pol_list list)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < list.count; i++) {
		if (key_shape(key) == SHAPE_TEXTS)
			(void)json_array_append_new(a, json_text(policy_list_str(image, list, i)));
		else if (key->type == TYPE_PATHS)
			(void)json_array_append_new(
				a, json_text(policy_str(
					   image, policy_mount(image, list.first + i)->target)));
		else
			(void)json_array_append_new(
				a, traits_json_block(image, key->of,
						     policy_mount(image, list.first + i)));
	}
	return a;
}

/* Of a key that is set. */
static json_t *traits_json_value(const struct pol_image *image, const struct key *key,
				 const void *row)
{
	const char *word;

	switch (key_shape(key)) {
	case SHAPE_NUMBER:
		return traits_json_number(image, key, row);
	case SHAPE_BITS:
		return traits_json_bits(key, key_load(key, row).value);
	case SHAPE_TEXT:
		return json_text(policy_str(image, key_text(key, row)));
	case SHAPE_TEXTS:
	case SHAPE_MOUNTS:
		return traits_json_list(image, key, key_list(key, row));
	case SHAPE_GROUP:
		word = key_group_word(image, key, row);
		if (word)
			return json_text(word);
		return traits_json_block(image, key->of, key_group(key, row));
	case SHAPE_NETWORK:
		return traits_json_block(image, key->of, policy_network(image, row));
	case SHAPE_DRAFT:
	case SHAPE_DIRS:
	case SHAPE_MATCHES: /* shown elsewhere */
		break;
	}
	return json_null();
}

static bool traits_is_trait(const struct key *key)
{
	return key_shape(key) != SHAPE_DRAFT && key_shape(key) != SHAPE_DIRS;
}

static void traits_of_block(const struct pol_image *image, enum key_block block, const void *row,
			    struct traits *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < K_MAX; i++) {
		struct trait *t = &ret->rows[ret->count];

		if (keys[i].block != block || !traits_is_trait(&keys[i]))
			continue;
		*t = (struct trait){.key = (enum key_id)i};
		key_format(image, &keys[i], row, t->text, sizeof(t->text));
		t->json = t->text[0] || key_is_set(image, &keys[i], row)
				  ? traits_json_value(image, &keys[i], row)
				  : json_null();
		ret->count++;
	}
}

void traits_of_policy(const struct pol_image *image, const struct pol_policy *p, struct traits *ret)
{
	traits_of_block(image, KEY_POLICY, p, ret);
}

void traits_of_dir(const struct pol_image *image, const struct pol_dir *dir, struct traits *ret)
{
	traits_of_block(image, KEY_DIR, dir, ret);
}

void traits_done(struct traits *t)
{
	for (unsigned i = 0; i < t->count; i++)
		json_decref(t->rows[i].json);
	t->count = 0;
}
