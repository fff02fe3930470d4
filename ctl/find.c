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
	struct nsi_fail f = {""};
	uint64_t id;
	int r;

	if (text_u64(operand, UINT64_MAX, &id) == 0)
		return CTL_OK;
	r = person_find(operand, &who, &f);
	if (r == PERSON_UNKNOWN)
		say_error("there is no user %s", operand);
	return r == PERSON_UNKNOWN ? CTL_NOT_FOUND : r < 0 ? say_fail(r, &f) : CTL_OK;
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
			return 0;
		}
	}
	say_error("there is no set %" PRIu64, id);
	return VIEWS_NONE;
}

/* "7, 9 and 12" of the sets of @uid. */
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
	struct nsi_fail f = {""};
	unsigned count = 0;
	char ids[200];
	uint64_t id;

	if (text_u64(operand, UINT64_MAX, &id) == 0)
		return find_by_id(list, id, ret);
	if (person_find(operand, &who, &f) != 0) {
		say_error("there is no user %s", operand);
		return VIEWS_NONE;
	}
	for (unsigned i = 0; i < list->count; i++) {
		if (find_is_of_user(&list->rows[i], who.uid)) {
			*ret = &list->rows[i];
			count++;
		}
	}
	if (count == 1)
		return 0;
	if (count == 0) {
		say_error("%s has no live set", operand);
		return VIEWS_NONE;
	}
	find_format_ids(list, who.uid, ids, sizeof(ids));
	say_error("%s has %u sets: %s; name one by its number", operand, count, ids);
	return VIEWS_MANY;
}
