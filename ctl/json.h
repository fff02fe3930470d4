/* SPDX-License-Identifier: MIT */
/* The building and printing of JSON */
#ifndef NSI_CTL_JSON_H
#define NSI_CTL_JSON_H

#include <jansson.h>

/* {"version": 1}, which every answer starts with; NULL without memory. */
json_t *json_answer(void);

/* A string; bytes that are no UTF-8 stand as \\xNN in it. */
json_t *json_text(const char *text);

/* Prints @answer, or says why not, and frees it.  Returns an exit code. */
int json_print(json_t *answer);

#endif /* NSI_CTL_JSON_H */
