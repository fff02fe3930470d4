/* SPDX-License-Identifier: MIT */
#include "ctl/traits.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/mount.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/nskind.h"
#include "base/text.h"
#include "ctl/json.h"
#include "ctl/say.h"
#include "ctl/traits_net.h"
#include "policy/draft.h"
#include "policy/image.h"
#include "policy/keys.h"

/* The table of keys has offsets for drafts; those of an image lie at the start of them. */
static_assert(offsetof(struct draft_policy, row) == 0, "keys are found in a pol_policy, too");
static_assert(offsetof(struct draft_dir, row) == 0, "keys are found in a pol_dir, too");

static uint64_t load(const struct key *key, const void *row)
{
	const char *from = (const char *)row + key->offset;
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;

	switch (key->width) {
	case 1:
		return *(const uint8_t *)from;
	case 2:
		memcpy(&u16, from, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, from, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, from, sizeof(u64));
		return u64;
	}
}

static struct trait *add(struct traits *t, const char *key)
{
	struct trait *row = &t->rows[t->count];

	if (t->count == TRAITS_MAX)
		return NULL;
	*row = (struct trait){.key = key, .json = json_null()};
	t->count++;
	return row;
}

static void set_text(struct trait *t, const char *text)
{
	(void)text_escape(t->text, sizeof(t->text), text);
	if (text[0])
		t->json = json_text(text);
}

static void set_number(struct trait *t, uint64_t n, const char *text)
{
	(void)snprintf(t->text, sizeof(t->text), "%s", text);
	t->json = json_integer((json_int_t)n);
}

/* One more element of a list. */
static void append(struct trait *t, const char *text)
{
	size_t used = strlen(t->text);

	if (json_is_null(t->json))
		t->json = json_array();
	(void)json_array_append_new(t->json, json_text(text));
	(void)snprintf(t->text + used, sizeof(t->text) - used, "%s%s", used ? ", " : "", text);
}

static void set_kinds(struct trait *t, uint64_t kinds)
{
	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		if (kinds & ns_bit(kind))
			append(t, ns_kinds[kind].word);
}

static void set_options(struct trait *t, uint64_t attrs)
{
	static const struct {
		uint64_t attr;
		const char *word;
	} words[] = {
		{MOUNT_ATTR_RDONLY, "ro"},
		{MOUNT_ATTR_NOSUID, "nosuid"},
		{MOUNT_ATTR_NODEV, "nodev"},
		{MOUNT_ATTR_NOEXEC, "noexec"},
		{MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (attrs & words[i].attr)
			append(t, words[i].word);
}

static void set_list(struct trait *t, const struct pol_image *image, const void *row,
		     const struct key *key)
{
	struct pol_list list;

	memcpy(&list, (const char *)row + key->offset, sizeof(list));
	for (uint32_t i = 0; i < list.count; i++)
		append(t, policy_list_str(image, list, i));
}

/* Only a policy has a key of this type. */
static uint32_t optional_of(const void *row)
{
	return ((const struct pol_policy *)row)->optional;
}

/* One word for all, or one for each namespace that may be missing. */
static void set_on_error(struct trait *t, const char *word, uint32_t optional)
{
	set_text(t, word);
	if (!optional)
		return;
	json_decref(t->json);
	t->json = json_object();
	t->text[0] = '\0';
	for (int kind = 0; kind < NS_KIND_MAX; kind++) {
		size_t used = strlen(t->text);

		if (!(optional & ns_bit(kind)))
			continue;
		(void)json_object_set_new(t->json, ns_kinds[kind].word, json_string("allow"));
		(void)snprintf(t->text + used, sizeof(t->text) - used, "%s%s = allow",
			       used ? "; " : "", ns_kinds[kind].word);
	}
}

/* Returns 0, or -1 for a type that is shown elsewhere, or not at all. */
static int set_by_type(struct trait *t, const struct pol_image *image, const struct key *key,
		       const void *row)
{
	uint64_t n = load(key, row);
	char text[32];

	switch (key->type) {
	case TYPE_WORD:
		set_text(t, key->words[n - key->max]);
		return 0;
	case TYPE_ON_ERROR:
		set_on_error(t, key->words[n], optional_of(row));
		return 0;
	case TYPE_NETWORK:
		trait_set_network(t, image, policy_network(image, row)); /* only a policy has it */
		return 0;
	case TYPE_TEMPLATE:
	case TYPE_PATH:
		set_text(t, policy_str(image, (pol_str)n));
		return 0;
	case TYPE_KINDS:
		set_kinds(t, n);
		return 0;
	case TYPE_OPTIONS:
		set_options(t, n);
		return 0;
	case TYPE_NAMES:
	case TYPE_PATTERNS:
	case TYPE_IDMAP:
		set_list(t, image, row, key);
		return 0;
	case TYPE_TIME:
		set_number(t, n, say_span(text, n));
		return 0;
	case TYPE_MODE:
		(void)snprintf(text, sizeof(text), "%04" PRIo64, n);
		set_text(t, text);
		return 0;
	case TYPE_BOOL:
		(void)snprintf(t->text, sizeof(t->text), "%s", n ? "true" : "false");
		t->json = json_boolean(n);
		return 0;
	case TYPE_BYTES:
		if (n) /* 0 is "no limit", here and below */
			set_number(t, n, say_size(text, n));
		return 0;
	case TYPE_LIMIT:
	case TYPE_COUNT:
		(void)snprintf(text, sizeof(text), "%" PRIu64, n);
		if (n)
			set_number(t, n, text);
		return 0;
	default:
		return -1;
	}
}

static void add_block(const struct pol_image *image, enum key_block block, const void *row,
		      struct traits *ret)
{
	for (int i = 0; i < K_MAX; i++) {
		struct trait *t;

		if (keys[i].block != block)
			continue;
		t = add(ret, keys[i].name);
		if (t && set_by_type(t, image, &keys[i], row) < 0)
			ret->count--;
	}
}

static void add_limit(struct trait *t, const char *name, uint64_t n, const char *text)
{
	size_t used = strlen(t->text);

	if (json_is_null(t->json))
		t->json = json_object();
	(void)json_object_set_new(
		t->json, name, strchr(text, '%') ? json_text(text) : json_integer((json_int_t)n));
	(void)snprintf(t->text + used, sizeof(t->text) - used, "%s%s = %s", used ? "; " : "", name,
		       text);
}

static void add_limits(const struct pol_limits *l, struct traits *ret)
{
	struct trait *t = pol_has_limits(l) ? add(ret, keys[K_LIMITS].name) : NULL;
	char text[32];

	if (!t)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu32, l->tasks);
	if (l->tasks)
		add_limit(t, "tasks", l->tasks, text);
	(void)snprintf(text, sizeof(text), "%" PRIu32 "%%", l->memory_percent);
	if (l->memory || l->memory_percent)
		add_limit(t, "memory", l->memory, l->memory ? say_size(text, l->memory) : text);
	(void)snprintf(text, sizeof(text), "%" PRIu32 "%%", l->cpu);
	if (l->cpu)
		add_limit(t, "cpu", l->cpu, text);
}

void traits_of_policy(const struct pol_image *image, const struct pol_policy *p, struct traits *ret)
{
	ret->count = 0;
	add_block(image, KEY_POLICY, p, ret);
	add_limits(&p->limits, ret);
}

static void add_retain(const struct pol_dir *dir, struct traits *ret)
{
	static const char *const words[POL_RETAIN_MAX] = {
		[POL_RETAIN_SESSION] = "session",
		[POL_RETAIN_BOOT] = "boot",
		[POL_RETAIN_FOREVER] = "forever",
	};
	struct trait *t = add(ret, "retain");
	char text[24];

	if (t)
		set_text(t, dir->retain == POL_RETAIN_AGE ? say_span(text, dir->retain_age)
							  : words[dir->retain]);
}

static void add_size(const struct pol_dir *dir, struct traits *ret)
{
	struct trait *t = add(ret, "size");
	char text[32];

	if (!t || (!dir->size && !dir->size_percent))
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu32 "%%", dir->size_percent);
	if (dir->size_percent)
		set_text(t, text);
	else
		set_number(t, dir->size, say_size(text, dir->size));
}

void traits_of_dir(const struct pol_image *image, const struct pol_dir *dir, struct traits *ret)
{
	ret->count = 0;
	add_block(image, KEY_DIR, dir, ret);
	add_retain(dir, ret);
	if (dir->method == POL_METHOD_TMPFS)
		add_size(dir, ret);
}

void traits_done(struct traits *t)
{
	for (unsigned i = 0; i < t->count; i++)
		json_decref(t->rows[i].json);
	t->count = 0;
}
