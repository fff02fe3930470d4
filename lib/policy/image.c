/* SPDX-License-Identifier: MIT */
#include "policy/image.h"

#include <assert.h>
#include <errno.h>
#include <linux/mount.h>
#include <stdalign.h>
#include <string.h>

#include "base/nskind.h"
#include "policy/address.h"
#include "policy/network.h"
#include "policy/pathname.h"
#include "policy/template.h"
#include "policy/userns.h"
#include "policy/values.h"

/*
 * DOC: why the check is complete
 *
 * The image comes from a process that has read files with a parser that is not
 * ours.  Everything that the helper will follow, index, switch on or show is
 * checked here, once, so that no room behind it has to.  Texts have no control
 * characters, paths are absolute and plain, names have one component.
 */

/* A newer bit that a loader could set and that the mount room does not know. */
#define ATTRS_KNOWN                                                                     \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | \
	 MOUNT_ATTR_NOSYMFOLLOW)

static_assert(sizeof(struct pol_mount) == 24 && sizeof(struct pol_view) == 120, "nor these");

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

/* No padding may be there that the compiler chose: rows are written and hashed as bytes. */
static_assert(sizeof(struct pol_policy) == 208 && sizeof(struct pol_rule) == 84,
	      "rows have no holes");
static_assert(sizeof(struct pol_match) == 32 && sizeof(struct pol_dir) == 80, "rows have no holes");
static_assert(sizeof(struct pol_network) == 92, "rows have no holes");

static bool tables_fit(const struct pol_image *image, size_t size)
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
static bool pool_is_good(const struct pol_image *image)
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

static bool has_str(const struct pol_image *image, pol_str str)
{
	return str < image->table[POL_TABLE_POOL].count; /* and the pool ends with a NUL */
}

static bool has_list(const struct pol_image *image, struct pol_list list, enum pol_table table)
{
	uint64_t count = image->table[table].count;

	return list.first <= count && list.count <= count - list.first;
}

static bool strings_are_good(const struct pol_image *image)
{
	const pol_str *rows = policy_table(image, POL_TABLE_STRINGS);

	for (uint64_t i = 0; i < image->table[POL_TABLE_STRINGS].count; i++) {
		if (!has_str(image, rows[i]))
			return false;
	}
	return true;
}

static bool names_are_good(const struct pol_image *image, struct pol_list list)
{
	if (list.count > POL_KEEP_MAX || !has_list(image, list, POL_TABLE_STRINGS))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		if (!pathname_is_component(policy_list_str(image, list, i)))
			return false;
	}
	return true;
}

static bool dir_is_good(const struct pol_image *image, const struct pol_dir *dir)
{
	if (!has_str(image, dir->path) || !has_str(image, dir->where.file))
		return false;
	if (!pathname_is_normal(policy_str(image, dir->path)) ||
	    strcmp(policy_str(image, dir->path), "/") == 0)
		return false;
	if (dir->method >= POL_METHOD_MAX || dir->retain >= POL_RETAIN_MAX || dir->mode > 07777)
		return false;
	if ((dir->attrs & ~(uint32_t)ATTRS_KNOWN) != 0 || dir->size_percent > 100)
		return false;
	if (strlen(policy_str(image, dir->path)) > POL_PATH_MAX)
		return false;
	if (dir->quota > INT64_MAX || dir->files > UINT32_MAX)
		return false;
	if (!names_are_good(image, dir->keep) || !names_are_good(image, dir->import))
		return false;
	for (uint32_t i = 0; i < dir->import.count; i++) {
		if (template_check(policy_list_str(image, dir->import, i)) < 0)
			return false;
	}
	return true;
}

static bool mount_is_good(const struct pol_image *image, const struct pol_mount *m)
{
	if (!has_str(image, m->source) || !has_str(image, m->target) ||
	    !has_str(image, m->where.file))
		return false;
	if (m->source != 0 && !pathname_is_normal(policy_str(image, m->source)))
		return false;
	return pathname_is_normal(policy_str(image, m->target)) &&
	       m->propagation < POL_PROPAGATION_MAX && m->recursive <= 1 &&
	       (m->attrs & ~(uint32_t)ATTRS_KNOWN) == 0;
}

static bool hook_is_good(const struct pol_image *image, const struct pol_hook *hook)
{
	if (!has_str(image, hook->run) || hook->place >= POL_HOOK_PLACE_MAX || hook->timeout > 60)
		return false;
	return hook->run == 0 || pathname_is_normal(policy_str(image, hook->run));
}

static bool sysctls_are_good(const struct pol_image *image, struct pol_list list)
{
	if (!has_list(image, list, POL_TABLE_STRINGS))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		if (value_sysctl(policy_list_str(image, list, i)) < 0)
			return false;
	}
	return true;
}

static bool idmap_is_good(const struct pol_image *image, struct pol_list list, bool is_gid)
{
	struct idmap_range range;

	if (list.count > USERNS_ELEMENTS_MAX || !has_list(image, list, POL_TABLE_STRINGS))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		if (userns_element(policy_list_str(image, list, i), is_gid, &range) < 0)
			return false;
	}
	return true;
}

/* The namespace, its form and its maps come together or not at all. */
static bool userns_is_good(const struct pol_image *image, const struct pol_policy *p)
{
	const struct pol_view *v = &p->view;
	const bool is_map = v->user == POL_USER_MAP;

	return v->user < POL_USER_MAX && is_map == !!(p->kinds & ns_bit(NS_USER)) &&
	       is_map == (v->uid_map.count > 0) && is_map == (v->gid_map.count > 0) &&
	       idmap_is_good(image, v->uid_map, false) && idmap_is_good(image, v->gid_map, true);
}

static bool view_is_good(const struct pol_image *image, const struct pol_view *v)
{
	const struct pol_list lists[] = {v->binds, v->hidden, v->readonly, v->unmounts,
					 v->propagations};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!has_list(image, lists[i], POL_TABLE_MOUNTS))
			return false;
	}
	if (!has_str(image, v->root) ||
	    (v->root != 0 && !pathname_is_normal(policy_str(image, v->root))))
		return false;
	if (!sysctls_are_good(image, v->sysctls) || !hook_is_good(image, &v->on_create) ||
	    !hook_is_good(image, &v->on_end))
		return false;
	return v->root_method < POL_ROOT_METHOD_MAX && v->nested < POL_NESTED_MAX &&
	       v->home < POL_HOME_MAX && v->proc.hidepid < POL_HIDEPID_MAX &&
	       v->proc.subset < POL_SUBSET_MAX;
}

static bool limits_are_good(const struct pol_limits *l)
{
	return l->memory <= INT64_MAX && l->memory_percent <= 100 &&
	       l->tasks <= POL_LIMIT_TASKS_MAX && l->cpu <= POL_LIMIT_CPU_MAX;
}

static bool policy_is_good(const struct pol_image *image, const struct pol_policy *p)
{
	if (!has_str(image, p->name) || !has_str(image, p->hostname) ||
	    !has_str(image, p->domainname) || !has_str(image, p->where.file))
		return false;
	if (p->name == 0 || p->kinds == 0 || p->kinds >= ns_bit(NS_KIND_MAX))
		return false;
	if (p->optional & ~(uint32_t)POL_OPTIONAL_KINDS)
		return false;
	if (p->scope >= POL_SCOPE_MAX || p->on_last_close >= POL_LAST_MAX ||
	    p->on_change >= POL_CHANGE_MAX || p->on_error >= POL_ERROR_MAX)
		return false;
	if (template_check(policy_str(image, p->hostname)) < 0 ||
	    template_check(policy_str(image, p->domainname)) < 0)
		return false;
	if (p->network > image->table[POL_TABLE_NETWORKS].count)
		return false;
	return p->dirs.count <= POL_DIRS_MAX && has_list(image, p->dirs, POL_TABLE_DIRS) &&
	       view_is_good(image, &p->view) && userns_is_good(image, p) &&
	       limits_are_good(&p->limits);
}

static bool match_is_good(const struct pol_image *image, enum pol_field field,
			  const struct pol_match *m)
{
	bool is_number = field == POL_UID || field == POL_GROUP || field == POL_FROM_GROUP;

	if (m->kind >= POL_MATCH_MAX || m->negate > 1 || !has_str(image, m->text))
		return false;
	if (m->kind == POL_MATCH_NET)
		return field == POL_RHOST && m->low <= ADDRESS_BITS;
	return is_number == (m->kind == POL_MATCH_RANGE);
}

static bool rule_is_good(const struct pol_image *image, const struct pol_rule *rule)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);

	if (!has_str(image, rule->where.file) || rule->action >= POL_ACTION_MAX ||
	    rule->audit > 1 || rule->on_error > POL_ERROR_MAX)
		return false;
	if (rule->action == POL_ACTION_POLICY &&
	    rule->policy >= image->table[POL_TABLE_POLICIES].count)
		return false;
	for (int field = 0; field < POL_FIELD_MAX; field++) {
		struct pol_list list = rule->match[field];

		if (!has_list(image, list, POL_TABLE_MATCHES))
			return false;
		for (uint32_t i = 0; i < list.count; i++) {
			if (!match_is_good(image, field, &rows[list.first + i]))
				return false;
		}
	}
	return true;
}

/* Bounds first: everything after this may index. */
static bool frame_is_good(const struct pol_image *image, size_t size)
{
	if ((uintptr_t)image % alignof(struct pol_image) != 0 || size < sizeof(*image) ||
	    size > POL_IMAGE_MAX)
		return false;
	if (image->magic != POL_IMAGE_MAGIC || image->version != POL_IMAGE_VERSION ||
	    image->size != size)
		return false;
	return tables_fit(image, size) && pool_is_good(image) && strings_are_good(image);
}

int policy_image_check(const struct pol_image *image, size_t size)
{
	if (!frame_is_good(image, size))
		return -EBADMSG;
	for (uint32_t i = 0; i < image->table[POL_TABLE_DIRS].count; i++) {
		if (!dir_is_good(image, policy_dir(image, i)))
			return -EBADMSG;
	}
	for (uint32_t i = 0; i < image->table[POL_TABLE_MOUNTS].count; i++) {
		if (!mount_is_good(image, policy_mount(image, i)))
			return -EBADMSG;
	}
	if (!network_check_rows(image))
		return -EBADMSG;
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		if (!policy_is_good(image, policy_get(image, i)))
			return -EBADMSG;
	}
	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		if (!rule_is_good(image, policy_rule(image, i)))
			return -EBADMSG;
	}
	return 0;
}
