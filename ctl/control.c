/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/pamd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ACTION_SIZE = 16
};

/* The meanings of the four words, see pam.conf(5). */
static const struct {
	const char *word;
	const char *meaning;
} words[] = {
	{"required", "[success=ok new_authtok_reqd=ok ignore=ignore default=bad]"},
	{"requisite", "[success=ok new_authtok_reqd=ok ignore=ignore default=die]"},
	{"sufficient", "[success=done new_authtok_reqd=done default=ignore]"},
	{"optional", "[success=ok new_authtok_reqd=ok default=ignore]"},
};

/* The codes with which pam_nsisolate refuses, and libpam's own when it cannot load the module. */
static const char *const refusals[] = {"system_err",   "perm_denied", "buf_err",
				       "user_unknown", "service_err", "module_unknown"};

static const char *control_meaning_of(const char *control)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(control, words[i].word) == 0)
			return words[i].meaning;
	return control;
}

/* Calls for each "value=action" of @control. */
static void control_each_pair(const char *control,
			      void (*each)(void *arg, const char *value, const char *action),
			      void *arg)
{
	const char *at = control_meaning_of(control);
	char value[32], action[ACTION_SIZE];
	int used;

	at += *at == '[';
	while (sscanf(at, " %31[^]= \t] = %15[^] \t]%n", value, action, &used) == 2) {
		each(arg, value, action);
		at += used;
	}
}

struct control_search {
	const char *value;
	char action[ACTION_SIZE];
	char rest[ACTION_SIZE]; /* "default" */
};

static void control_compare(void *arg, const char *value, const char *action)
{
	struct control_search *s = arg;

	if (strcasecmp(value, s->value) == 0)
		text_fmt(s->action, sizeof(s->action), "%s", action);
	else if (strcasecmp(value, "default") == 0)
		text_fmt(s->rest, sizeof(s->rest), "%s", action);
}

/* Finds the action for @value; a value without an action gets "bad" (libpam's _PAM_ACTION_UNDEF). */
static void control_action(const char *control, const char *value, char ret[ACTION_SIZE])
{
	struct control_search s = {.value = value, .rest = "bad"};

	control_each_pair(control, control_compare, &s);
	text_fmt(ret, ACTION_SIZE, "%s", s.action[0] ? s.action : s.rest);
}

static bool control_is_refusal(const char *action)
{
	return strcasecmp(action, "bad") == 0 || strcasecmp(action, "die") == 0;
}

bool control_fails_open(const char *control)
{
	char action[ACTION_SIZE];

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		control_action(control, refusals[i], action);
		if (!control_is_refusal(action))
			return true;
	}
	return false;
}

bool control_is_final(const char *control)
{
	char action[ACTION_SIZE];

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		control_action(control, refusals[i], action);
		if (strcasecmp(action, "die") != 0)
			return false;
	}
	return true;
}

bool control_fails_closed(const char *control)
{
	char action[ACTION_SIZE];

	control_action(control, "success", action);
	return control_is_refusal(action);
}

static void control_note_end(void *arg, const char *value, const char *action)
{
	bool *ends = arg;

	(void)value;
	*ends = *ends || strcasecmp(action, "done") == 0;
}

bool control_can_end(const char *control)
{
	bool ends = false;

	control_each_pair(control, control_note_end, &ends);
	return ends;
}

static void control_note_jump(void *arg, const char *value, const char *action)
{
	unsigned long n = strtoul(action, NULL, 10); /* 0 for a word */
	unsigned *most = arg;

	(void)value;
	if (n > *most)
		*most = n > 1000 ? 1000 : (unsigned)n;
}

unsigned control_jump(const char *control)
{
	unsigned most = 0;

	control_each_pair(control, control_note_jump, &most);
	return most;
}
