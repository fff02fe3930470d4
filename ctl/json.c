/* SPDX-License-Identifier: MIT */
#include "ctl/json.h"

#include <stdio.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/say.h"

json_t *json_answer(void)
{
	return json_pack("{s:i}", "version", 1);
}

json_t *json_text(const char *text)
{
	json_t *s = json_string(text);
	char escaped[4096];

	return s ? s : json_string(text_escape(escaped, sizeof(escaped), text));
}

int json_print(json_t *answer)
{
	int r = answer ? json_dumpf(answer, stdout, JSON_INDENT(2)) : -1;

	json_decref(answer);
	if (r < 0 || putchar('\n') == EOF) {
		say_error("cannot print JSON");
		return CTL_SYSTEM;
	}
	return CTL_OK;
}
