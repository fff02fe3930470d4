/* SPDX-License-Identifier: MIT */
#include "policy/format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nstype.h"
#include "base/text.h"
#include "policy/job.h"

struct format_unit {
	uint64_t factor;
	char letter;
};

static const struct format_unit times[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
static const struct format_unit sizes[] = {{UINT64_C(1) << 40, 'T'},
					   {UINT64_C(1) << 30, 'G'},
					   {UINT64_C(1) << 20, 'M'},
					   {UINT64_C(1) << 10, 'K'}};

/* Where the text of a value is written. */
struct target {
	char *buf;
	size_t size;
};

static void format_put(const struct target *to, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void format_put(const struct target *to, const char *fmt, ...)
{
	size_t used = strlen(to->buf);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(to->buf + used, to->size - used, fmt, ap); /* cut is fine */
	va_end(ap);
}

static void format_put_text(const struct target *to, const char *text)
{
	size_t used = strlen(to->buf);

	(void)text_escape(to->buf + used, to->size - used, text);
}

/* With the largest unit that leaves no rest. */
static void format_put_units(const struct target *to, uint64_t n, const struct format_unit *units,
			     size_t count)
{
	size_t i = 0;

	while (i < count && (n == 0 || n % units[i].factor != 0))
		i++;
	if (i < count)
		format_put(to, "%" PRIu64 "%c", n / units[i].factor, units[i].letter);
	else
		format_put(to, "%" PRIu64, n);
}

static const char *format_key_word(const struct key *key, uint64_t value)
{
	static const char *const retain_words[POL_RETAIN_MAX] = {
		[POL_RETAIN_SESSION] = "session",
		[POL_RETAIN_BOOT] = "boot",
		[POL_RETAIN_FOREVER] = "forever",
	};

	if (key->type == TYPE_RETAIN)
		return retain_words[value];
	for (uint64_t i = 0; i + key->first <= value; i++) {
		if (!key->words[i] || i + key->first == value)
			return key->words[i];
	}
	return NULL;
}

static void format_put_optional(const struct target *to, uint64_t types)
{
	const char *before = "";

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		if (!(types & ns_bit((enum nstype)type)))
			continue;
		format_put(to, "%s%s = allow", before, ns_types[type].word);
		before = "; ";
	}
}

static void format_put_number(const struct target *to, const struct key *key, struct key_value v)
{
	const int64_t shift = (int64_t)v.value;

	switch (key->type) {
	case TYPE_ON_ERROR:
		if (v.also) {
			format_put_optional(to, v.also);
			break;
		}
		/* fallthrough */
	case TYPE_WORD:
		format_put(to, "%s", format_key_word(key, v.value));
		break;
	case TYPE_RETAIN:
		if (v.value == POL_RETAIN_AGE)
			format_put_units(to, v.also, times, sizeof(times) / sizeof(times[0]));
		else
			format_put(to, "%s", format_key_word(key, v.value));
		break;
	case TYPE_BOOL:
		format_put(to, "%s", v.value ? "true" : "false");
		break;
	case TYPE_TIME:
		format_put_units(to, v.value, times, sizeof(times) / sizeof(times[0]));
		break;
	case TYPE_SHIFT:
		format_put(to, "%c", shift < 0 ? '-' : '+');
		format_put_units(to, shift < 0 ? UINT64_C(0) - v.value : v.value, times,
				 sizeof(times) / sizeof(times[0]));
		break;
	case TYPE_SIZE:
	case TYPE_BYTES:
	case TYPE_MEMORY:
		if (v.also)
			format_put(to, "%" PRIu64 "%%", v.also);
		else
			format_put_units(to, v.value, sizes, sizeof(sizes) / sizeof(sizes[0]));
		break;
	case TYPE_CPU:
		format_put(to, "%" PRIu64 "%%", v.value);
		break;
	case TYPE_MODE:
		format_put(to, "%04" PRIo64, v.value);
		break;
	default:
		format_put(to, "%" PRIu64, v.value);
		break;
	}
}

static void format_put_bits(const struct target *to, const struct key *key, uint64_t bits)
{
	const char *word, *before = "";
	uint32_t bit;

	for (unsigned i = 0; (word = type_bit_word(key, i, &bit)); i++) {
		if (!(bits & bit))
			continue;
		format_put(to, "%s%s", before, word);
		before = ", ";
	}
}

static void format_put_block(const struct target *to, const struct pol_image *image,
			     enum key_block block, const void *row)
{
	const char *before = "";

	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block != block || !key_is_set(image, &keys[i], row))
			continue;
		format_put(to, "%s%s = ", before, keys[i].name);
		key_format(image, &keys[i], row, to->buf, to->size);
		before = "; ";
	}
}

static void format_put_mount(const struct target *to, const struct pol_image *image,
			     const struct key *key, const struct pol_mount *m)
{
	if (key->type == TYPE_PATHS) {
		format_put_text(to, policy_str(image, m->target));
		return;
	}
	format_put(to, "{ ");
	format_put_block(to, image, key->of, m);
	format_put(to, " }");
}

static void format_put_list(const struct target *to, const struct pol_image *image,
			    const struct key *key, struct pol_list list)
{
	for (uint32_t i = 0; i < list.count; i++) {
		format_put(to, "%s", i > 0 ? ", " : "");
		if (key_shape(key) == SHAPE_TEXTS)
			format_put_text(to, policy_list_str(image, list, i));
		else if (key_shape(key) == SHAPE_MOUNTS)
			format_put_mount(to, image, key, policy_mount(image, list.first + i));
		else if (key_shape(key) == SHAPE_DIRS)
			format_put_text(to,
					policy_str(image, policy_dir(image, list.first + i)->path));
	}
}

/* A group without a key that it needs is none; others are there with their defaults. */
static bool format_group_is_set(const struct pol_image *image, const struct key *group,
				const void *row)
{
	bool is_set = false;

	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block != group->of)
			continue;
		if (keys[i].is_needed && !key_is_set(image, &keys[i], row))
			return false;
		is_set |= key_is_set(image, &keys[i], row);
	}
	return is_set;
}

static bool format_number_is_set(const struct key *key, struct key_value v)
{
	switch (key->type) {
	case TYPE_WORD:
		return format_key_word(key, v.value) != NULL;
	case TYPE_ON_ERROR:
	case TYPE_RETAIN:
	case TYPE_MODE:
	case TYPE_TIME:
		return true;
	default: /* 0 is "no limit", or "false" */
		return v.value != 0 || v.also != 0;
	}
}

bool key_is_set(const struct pol_image *image, const struct key *key, const void *row)
{
	switch (key_shape(key)) {
	case SHAPE_DRAFT:
		return false;
	case SHAPE_NUMBER:
		return format_number_is_set(key, key_load(key, row));
	case SHAPE_BITS:
		return key_load(key, row).value != 0;
	case SHAPE_TEXT:
	case SHAPE_NETWORK:
		return key_text(key, row) != 0;
	case SHAPE_TEXTS:
		return key_list(key, row).count > 0 || key_load(key, row).also != 0;
	case SHAPE_GROUP:
		return format_group_is_set(image, key, key_group(key, row));
	case SHAPE_MOUNTS:
	case SHAPE_DIRS:
	case SHAPE_MATCHES:
		return key_list(key, row).count > 0;
	}
	return false;
}

const char *key_group_word(const struct pol_image *image, const struct key *key, const void *row)
{
	const struct pol_job *job = key_group(key, row);
	const char *text;

	if (key->type != TYPE_JOB)
		return NULL;
	text = policy_str(image, job->cgroup);
	return job_is_manager(text) ? text : NULL;
}

void key_format(const struct pol_image *image, const struct key *key, const void *row, char *buf,
		size_t size)
{
	const struct target to = {buf, size};
	const char *word;

	if (!key_is_set(image, key, row) && key->type != TYPE_BOOL)
		return;
	switch (key_shape(key)) {
	case SHAPE_DRAFT:
	case SHAPE_MATCHES:
		break;
	case SHAPE_NUMBER:
		format_put_number(&to, key, key_load(key, row));
		break;
	case SHAPE_BITS:
		format_put_bits(&to, key, key_load(key, row).value);
		break;
	case SHAPE_TEXT:
		format_put_text(&to, policy_str(image, key_text(key, row)));
		break;
	case SHAPE_TEXTS:
	case SHAPE_MOUNTS:
	case SHAPE_DIRS:
		format_put_list(&to, image, key, key_list(key, row));
		break;
	case SHAPE_GROUP:
		word = key_group_word(image, key, row);
		if (word)
			format_put_text(&to, word);
		else
			format_put_block(&to, image, key->of, key_group(key, row));
		break;
	case SHAPE_NETWORK:
		format_put_block(&to, image, key->of, policy_network(image, row));
		break;
	}
}
