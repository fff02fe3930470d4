/* SPDX-License-Identifier: MIT */
/* The powers that powers.c tries one by one */
#ifndef NSI_TEST_POWER_H
#define NSI_TEST_POWER_H

#include <stdbool.h>
#include <stddef.h>

enum {
	NO,
	YES,
	UNKNOWN
};

/* Tried in a child of its own. */
struct power {
	const char *what; /* NULL behind the last of a table */
	int (*tried)(void);
	bool is_of_mounts; /* it changes them if it is had */
};

extern const struct power power_mounts[], power_machine[], power_others[];

/* The value of an argument "KEY=VALUE", or NULL; as a number, or 0. */
const char *power_value(const char *key);
int power_number(const char *key);

/* For calls whose arguments are wrong, so that they fail either way: who may, is told of that. */
int power_may(long result);

int power_can(long result);
int power_can_open(const char *path, int flags);

#endif /* NSI_TEST_POWER_H */
