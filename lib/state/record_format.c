/* SPDX-License-Identifier: MIT */
#include "state/record_format.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

/* The head that all versions have in common. */
struct prefix {
	char magic[8];
	uint32_t version;
	uint32_t size;
	uint64_t checksum;
};

/* All but the room for directories that there are not: it is large, and this is on a login's way. */
static uint64_t format_head_sum(const void *head, size_t size, uint32_t dir_count)
{
	const size_t begin = offsetof(struct set_record, boot_id);
	const size_t dirs = offsetof(struct set_record, dirs);
	const size_t behind = dirs + sizeof(((const struct set_record *)head)->dirs);
	uint64_t sum = hash_bytes(HASH_START, (const char *)head + begin,
				  dirs + dir_count * sizeof(struct record_dir) - begin);

	return hash_bytes(sum, (const char *)head + behind, size - behind);
}

static uint64_t format_slot_sum(const struct session_record *s)
{
	size_t skip = offsetof(struct session_record, id);

	return hash_bytes(HASH_START, (const char *)s + skip, sizeof(*s) - skip);
}

/* A shorter head lacks what was appended since, which is 0; of a longer one that is left away. */
static int format_head_1(const void *raw, size_t size, struct set_record *ret)
{
	memcpy(ret, raw, size < sizeof(*ret) ? size : sizeof(*ret));
	if (ret->dir_count > RECORD_DIRS)
		return -EBADMSG;
	return ret->checksum == format_head_sum(raw, size, ret->dir_count) ? 0 : -EBADMSG;
}

static int format_slot_1(const void *raw, struct session_record *ret)
{
	memcpy(ret, raw, sizeof(*ret));
	return format_check_slot(ret);
}

const struct record_format record_formats[] = {
	{
		.version = 1,
		.head_min = 10752,
		.slot_size = sizeof(struct session_record),
		.head = format_head_1,
		.slot = format_slot_1,
	},
};

const size_t record_format_count = sizeof(record_formats) / sizeof(record_formats[0]);

static bool format_is_in_range(const struct set_record *head)
{
	if (head->id == 0 || head->dir_count > RECORD_DIRS)
		return false;
	if (head->types >= ns_bit(NS_TYPE_MAX) || (head->missing & head->types))
		return false;
	for (uint32_t i = 0; i < head->dir_count; i++)
		if (!text_is_terminated(head->dirs[i].path, sizeof(head->dirs[i].path)))
			return false;
	if (head->end.state >= SET_STATE_MAX || head->user_count > RECORD_USERS)
		return false;
	return text_is_terminated(head->on_end.run, sizeof(head->on_end.run)) &&
	       text_is_terminated(head->boot_id, sizeof(head->boot_id)) &&
	       text_is_terminated(head->policy, sizeof(head->policy)) &&
	       text_is_terminated(head->user, sizeof(head->user)) &&
	       text_is_terminated(head->hostname, sizeof(head->hostname)) &&
	       text_is_terminated(head->rule, sizeof(head->rule)) &&
	       text_is_terminated(head->program, sizeof(head->program)) &&
	       text_is_terminated(head->view, sizeof(head->view)) &&
	       text_is_terminated(head->job_name, sizeof(head->job_name)) &&
	       text_is_terminated(head->job_group, sizeof(head->job_group));
}

int format_read_head(const struct record_format *table, size_t count, const void *raw, size_t size,
		     struct set_record *ret, const struct record_format **ret_format)
{
	const struct record_format *format = NULL;
	struct prefix prefix;
	int r;

	if (size < sizeof(prefix))
		return -EBADMSG;
	memcpy(&prefix, raw, sizeof(prefix));
	if (memcmp(prefix.magic, RECORD_MAGIC, sizeof(prefix.magic)) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++)
		if (table[i].version == prefix.version)
			format = &table[i];
	if (!format)
		return -EPROTO;
	if (prefix.size < format->head_min || prefix.size > FORMAT_HEAD_MAX || prefix.size > size ||
	    prefix.size % 512)
		return -EBADMSG;
	*ret = (struct set_record){0};
	r = format->head(raw, prefix.size, ret);
	if (r < 0)
		return r;
	if (!format_is_in_range(ret))
		return -EBADMSG;
	if (!format_is_present(raw))
		format_seal_head(ret);
	if (ret_format)
		*ret_format = format;
	return (int)prefix.size;
}

bool format_is_present(const void *head)
{
	struct prefix prefix;

	memcpy(&prefix, head, sizeof(prefix));
	return prefix.version == RECORD_VERSION && prefix.size == sizeof(struct set_record);
}

void format_seal_head(struct set_record *head)
{
	memcpy(head->magic, RECORD_MAGIC, sizeof(head->magic));
	head->version = RECORD_VERSION;
	head->size = sizeof(*head);
	head->checksum = format_head_sum(head, sizeof(*head), head->dir_count);
}

void format_seal_slot(struct session_record *s)
{
	s->checksum = format_slot_sum(s);
}

int format_check_slot(const struct session_record *s)
{
	if (s->checksum != format_slot_sum(s) || s->state >= SLOT_STATE_MAX ||
	    !text_is_terminated(s->service, sizeof(s->service)) ||
	    !text_is_terminated(s->tty, sizeof(s->tty)) ||
	    !text_is_terminated(s->cgroup, sizeof(s->cgroup)))
		return -EBADMSG;
	return 0;
}

static_assert(offsetof(struct set_record, boot_id) == sizeof(struct prefix),
	      "the first 24 bytes are the same for ever");
static_assert(sizeof(struct set_record) <= FORMAT_HEAD_MAX, "such a head would not be read again");
