/* SPDX-License-Identifier: MIT */
#include "policy/image.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "base/inet.h"
#include "base/nstype.h"
#include "policy/types.h"

/*
 * DOC: why the check is complete
 *
 * The image comes from a process that has read files with a parser that is not ours.
 * Each row is checked here by the table of keys: each value of each key by its type, with
 * the same functions that have read it.  Code of its own checks the names of rows, the places
 * where they were written, and keys that need each other.  So a room that obeys a key need not
 * check its value again; a test changes every key of an image and expects a refusal.
 */

static const size_t row_size[POL_TABLE_MAX] = {
	[POL_TABLE_POLICIES] = sizeof(struct pol_policy),
	[POL_TABLE_RULES] = sizeof(struct pol_rule),
	[POL_TABLE_MATCHES] = sizeof(struct pol_match),
	[POL_TABLE_DIRS] = sizeof(struct pol_dir),
	[POL_TABLE_MOUNTS] = sizeof(struct pol_mount),
	[POL_TABLE_NETWORKS] = sizeof(struct pol_network),
	[POL_TABLE_STRINGS] = sizeof(pol_str),
	[POL_TABLE_POOL] = 1,
};

static bool image_tables_fit(const struct pol_image *image, size_t size)
{
	for (int t = 0; t < POL_TABLE_MAX; t++) {
		uint64_t offset = image->table[t].offset, count = image->table[t].count;

		if (offset % 8 != 0 || offset < sizeof(*image) || offset > size)
			return false;
		if (count > (size - offset) / row_size[t])
			return false;
	}
	return true;
}

/* Texts end up in logs and on terminals; the loader refuses control characters, so may we. */
static bool image_pool_is_good(const struct pol_image *image)
{
	const unsigned char *pool = policy_table(image, POL_TABLE_POOL);
	uint64_t count = image->table[POL_TABLE_POOL].count;

	if (count == 0 || pool[0] != '\0' || pool[count - 1] != '\0')
		return false;
	for (uint64_t i = 0; i < count; i++) {
		if ((pool[i] != '\0' && pool[i] < ' ') || pool[i] == 0x7f)
			return false;
	}
	return true;
}

static bool image_has_str(const struct pol_image *image, pol_str str)
{
	return str < image->table[POL_TABLE_POOL].count; /* and the pool ends with a NUL */
}

static bool image_has_list(const struct pol_image *image, struct pol_list list,
			   enum pol_table table)
{
	uint64_t count = image->table[table].count;

	return list.first <= count && list.count <= count - list.first;
}

static bool image_strings_are_good(const struct pol_image *image)
{
	const pol_str *rows = policy_table(image, POL_TABLE_STRINGS);

	for (uint64_t i = 0; i < image->table[POL_TABLE_STRINGS].count; i++) {
		if (!image_has_str(image, rows[i]))
			return false;
	}
	return true;
}

static bool image_match_is_good(const struct pol_image *image, enum pol_field field,
				const struct pol_match *m)
{
	bool is_number = field == POL_UID || field == POL_GROUP || field == POL_FROM_GROUP;

	if (m->kind >= POL_MATCH_MAX || m->negate > 1 || m->members >= POL_MEMBERS_MAX ||
	    m->addresses > 1 || !image_has_str(image, m->text))
		return false;
	if (m->kind == POL_MATCH_NET)
		return field == POL_RHOST && m->low <= ADDRESS_BITS;
	return is_number == (m->kind == POL_MATCH_RANGE);
}

static bool image_matches_are_good(const struct pol_image *image, const struct key *key,
				   struct pol_list list)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);

	if (!image_has_list(image, list, POL_TABLE_MATCHES))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		if (!image_match_is_good(image, key->field, &rows[list.first + i]))
			return false;
	}
	return true;
}

static bool image_text_is_good(const struct pol_image *image, const struct key *key, pol_str str)
{
	if (!image_has_str(image, str))
		return false;
	return str == 0 || type_info(key->type)->check(key, policy_str(image, str)) == 0;
}

static bool image_texts_are_good(const struct pol_image *image, const struct key *key,
				 struct pol_list list)
{
	if (list.count > key->max || !image_has_list(image, list, POL_TABLE_STRINGS))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		if (type_info(key->type)->check(key, policy_list_str(image, list, i)) < 0)
			return false;
	}
	return true;
}

static bool image_block_is_good(const struct pol_image *image, enum key_block block,
				const void *row);

static bool image_value_is_good(const struct pol_image *image, const struct key *key,
				const void *row)
{
	switch (key_shape(key)) {
	case SHAPE_DRAFT:
		return true;
	case SHAPE_NUMBER:
	case SHAPE_BITS:
		return type_has_value(key, key_load(key, row));
	case SHAPE_TEXT:
		return image_text_is_good(image, key, key_text(key, row));
	case SHAPE_TEXTS: /* the second value is a flag */
		return key_load(key, row).also <= 1 &&
		       image_texts_are_good(image, key, key_list(key, row));
	case SHAPE_GROUP:
		return image_block_is_good(image, key->of, key_group(key, row));
	case SHAPE_NETWORK:
		return key_text(key, row) <= image->table[POL_TABLE_NETWORKS].count;
	case SHAPE_MOUNTS:
		return image_has_list(image, key_list(key, row), POL_TABLE_MOUNTS);
	case SHAPE_DIRS:
		return key_list(key, row).count <= key->max &&
		       image_has_list(image, key_list(key, row), POL_TABLE_DIRS);
	case SHAPE_MATCHES:
		return image_matches_are_good(image, key, key_list(key, row));
	}
	return false;
}

static bool image_block_is_good(const struct pol_image *image, enum key_block block,
				const void *row)
{
	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block == block && !image_value_is_good(image, &keys[i], row))
			return false;
	}
	return true;
}

static bool image_dir_is_good(const struct pol_image *image, const struct pol_dir *dir)
{
	return image_has_str(image, dir->where.file) && image_block_is_good(image, KEY_DIR, dir) &&
	       dir->path != 0 && strcmp(policy_str(image, dir->path), "/") != 0 &&
	       strlen(policy_str(image, dir->path)) <= POL_PATH_MAX;
}

/* Of whichever list it is an element: each may have what any may have. */
static bool image_mount_is_good(const struct pol_image *image, const struct pol_mount *m)
{
	return image_has_str(image, m->where.file) && image_block_is_good(image, KEY_BIND, m) &&
	       image_block_is_good(image, KEY_PROPAGATION, m) && m->target != 0;
}

/* The loader has checked that a mode has the keys that it needs; the network room refuses others. */
static bool image_network_is_good(const struct pol_image *image, const struct pol_network *n)
{
	return image_has_str(image, n->where.file) && image_block_is_good(image, KEY_NETWORK, n);
}

/* The namespace, its form and its maps come together or not at all. */
static bool image_userns_is_good(const struct pol_policy *p)
{
	const bool is_map = p->view.user == POL_USER_MAP;

	return is_map == !!(p->types & ns_bit(NS_USER)) && is_map == (p->view.uid_map.count > 0) &&
	       is_map == (p->view.gid_map.count > 0);
}

static bool policy_is_good(const struct pol_image *image, const struct pol_policy *p)
{
	return image_has_str(image, p->name) && p->name != 0 &&
	       image_has_str(image, p->where.file) && image_block_is_good(image, KEY_POLICY, p) &&
	       image_userns_is_good(p);
}

static bool image_rule_is_good(const struct pol_image *image, const struct pol_rule *rule)
{
	return image_has_str(image, rule->where.file) &&
	       image_block_is_good(image, KEY_RULE, rule) &&
	       (rule->action != POL_ACTION_POLICY ||
		rule->policy < image->table[POL_TABLE_POLICIES].count);
}

/* Bounds first: everything after this may index. */
static bool image_frame_is_good(const struct pol_image *image, size_t size)
{
	if ((uintptr_t)image % alignof(struct pol_image) != 0 || size < sizeof(*image) ||
	    size > POL_IMAGE_MAX)
		return false;
	if (image->magic != POL_IMAGE_MAGIC || image->version != POL_IMAGE_VERSION ||
	    image->size != size)
		return false;
	return image_tables_fit(image, size) && image_pool_is_good(image) &&
	       image_strings_are_good(image);
}

int policy_image_check(const struct pol_image *image, size_t size)
{
	bool is_good = image_frame_is_good(image, size);

	for (uint32_t i = 0; is_good && i < image->table[POL_TABLE_DIRS].count; i++)
		is_good = image_dir_is_good(image, policy_dir(image, i));
	for (uint32_t i = 0; is_good && i < image->table[POL_TABLE_MOUNTS].count; i++)
		is_good = image_mount_is_good(image, policy_mount(image, i));
	for (uint32_t i = 0; is_good && i < image->table[POL_TABLE_NETWORKS].count; i++)
		is_good = image_network_is_good(image, policy_network_row(image, i));
	for (uint32_t i = 0; is_good && i < image->table[POL_TABLE_POLICIES].count; i++)
		is_good = policy_is_good(image, policy_get(image, i));
	for (uint32_t i = 0; is_good && i < image->table[POL_TABLE_RULES].count; i++)
		is_good = image_rule_is_good(image, policy_rule(image, i));
	return is_good ? 0 : -EBADMSG;
}
