/* SPDX-License-Identifier: MIT */
/* The set that an operand names */
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "policy/image.h"

static bool find_is_of_user(const struct view *v, uid_t uid)
{
	if (v->rec.scope != POL_SCOPE_GROUP)
		return v->rec.uid == uid;
	for (unsigned i = 0; i < v->session_count; i++)
		if (v->sessions[i].uid == uid)
			return true;
	return false;
}

int view_check_operand(const char *operand)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	uint64_t id;

	return text_u64(operand, UINT64_MAX, &id) == 0 ? CTL_OK : person_find_or_say(operand, &who);
}

bool view_is_meant(const struct view *v, const char *operand)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	struct nsi_fail f = {""};
	uint64_t id;

	if (text_u64(operand, UINT64_MAX, &id) == 0)
		return v->rec.id == id;
	return person_find(operand, &who, &f) == 0 && find_is_of_user(v, who.uid);
}

static int find_by_id(const struct view_list *list, uint64_t id, struct view **ret)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (list->rows[i].rec.id == id) {
			*ret = &list->rows[i];
			return CTL_OK;
		}
	}
	say_error("there is no set %" PRIu64, id);
	return CTL_NOT_FOUND;
}

/* "7, 9, 12": the ids of the sets of @uid. */
static void find_format_ids(const struct view_list *list, uid_t uid, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < list->count && used < size; i++)
		if (find_is_of_user(&list->rows[i], uid))
			used += (size_t)snprintf(buf + used, size - used, "%s%" PRIu64,
						 used ? ", " : "", list->rows[i].rec.id);
}

int view_find(const struct view_list *list, const char *operand, struct view **ret)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	unsigned count = 0;
	char ids[200];
	uint64_t id;
	int code;

	if (text_u64(operand, UINT64_MAX, &id) == 0)
		return find_by_id(list, id, ret);
	code = person_find_or_say(operand, &who);
	if (code != CTL_OK)
		return code;
	for (unsigned i = 0; i < list->count; i++) {
		if (find_is_of_user(&list->rows[i], who.uid)) {
			*ret = &list->rows[i];
			count++;
		}
	}
	if (count == 1)
		return CTL_OK;
	if (count == 0) {
		say_error("%s has no live set", operand);
		return CTL_NOT_FOUND;
	}
	find_format_ids(list, who.uid, ids, sizeof(ids));
	say_error("%s has %u sets: %s; name one by its number", operand, count, ids);
	return CTL_REFUSED;
}
