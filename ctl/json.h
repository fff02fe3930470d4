/* SPDX-License-Identifier: MIT */
/* The building and printing of JSON */
#ifndef NSI_CTL_JSON_H
#define NSI_CTL_JSON_H

#include <jansson.h>

/* Makes {"version": 1}, with which every answer starts; the caller's.  NULL without memory. */
json_t *json_answer(void);

/* Makes a string; bytes that are not UTF-8 become \\xNN.  NULL without memory. */
json_t *json_text(const char *text);

/* Prints @answer, or reports an error, and frees it.  Returns an exit code. */
int json_print(json_t *answer);

#endif /* NSI_CTL_JSON_H */
