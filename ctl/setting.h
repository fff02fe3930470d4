/* SPDX-License-Identifier: MIT */
/* One setting in the configuration file of another program. */
#ifndef NSI_CTL_SETTING_H
#define NSI_CTL_SETTING_H

#include <stdbool.h>
#include <stddef.h>

/* Which line holds, where several set the same. */
enum setting_order {
	SETTING_FIRST,
	SETTING_LAST
};

/*
 * Looks for a line "KEY VALUE" or "KEY = VALUE" in the files that @pattern (glob(3)) names.
 * Capitals do not count in @key, which may have spaces in it; lines that start with "#" or
 * ";" are comments.  Returns whether there is one, with the value in @ret, cut to @size.
 */
bool setting_find(const char *pattern, const char *key, enum setting_order order, char *ret,
		  size_t size);

/* Whether that value is "yes", "true", "on" or "1". */
bool setting_is_on(const char *pattern, const char *key, enum setting_order order);

#endif /* NSI_CTL_SETTING_H */
