/* SPDX-License-Identifier: MIT */
/* How are the lists read that say who is who in a user namespace? */
#include <errno.h>
#include <string.h>

#include "policy/read.h"
#include "policy/userns.h"

static bool read_element(struct reader *r, const struct key *key, const config_setting_t *s)
{
	const char *text = config_setting_get_string(s);
	struct idmap_range range;
	int err = text ? userns_element(text, key == &keys[K_GID_MAP], &range) : -EINVAL;
	pol_str str;

	if (err == -EPERM)
		draft_error(r->d, read_where(r, s),
			    "'%s'%s has \"%.64s\", but an id below %d must be the same inside and "
			    "outside",
			    key->name, r->place, text, USERNS_SYSTEM_IDS);
	else if (err < 0)
		read_refuse(r, key, s, err);
	if (err < 0)
		return false;
	str = draft_text(r->d, text);
	(void)draft_add(r->d, &r->d->strings, &str); /* failure is sticky */
	return true;
}

bool read_idmap(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct pol_list list = {.first = (uint32_t)r->d->strings.count};
	int type = config_setting_type(s), count = config_setting_length(s);
	bool is_good = true;

	if ((type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY) || count == 0 ||
	    count > USERNS_ELEMENTS_MAX) {
		read_refuse(r, key, s, 0);
		return false;
	}
	for (int i = 0; i < count; i++) {
		bool is_one = read_element(r, key, config_setting_get_elem(s, (unsigned)i));

		list.count += is_one;
		is_good &= is_one;
	}
	memcpy((char *)row + key->offset, &list, sizeof(list));
	return is_good;
}
