/* SPDX-License-Identifier: MIT */
/* The place of the module's line in a PAM stack, for "doctor" */
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/pamd.h"
#include "ctl/services.h"
#include "login/args.h"

#define MODULE "pam_nsisolate.so"

enum {
	WHAT_SIZE = PATH_MAX + 512,
	ARGS_MAX = 32
};

static void stack_say_at(char what[WHAT_SIZE], const struct pamd_line *line, const char *text)
{
	text_fmt(what, WHAT_SIZE, "%s:%u: %s", line->file, line->line, text);
}

static void stack_check_control(struct doctor *d, const struct pamd_line *line)
{
	char what[WHAT_SIZE], text[400];

	if (control_fails_open(line->control)) {
		text_fmt(text, sizeof(text),
			 "%.200s lets the login go on, not isolated, when it is refused",
			 line->control);
		stack_say_at(what, line, text);
		doctor_find(d, FIND_PAM_FAILS_OPEN, what, "session requisite " MODULE "%s%s",
			    line->args[0] ? " " : "", line->args);
	}
	if (control_fails_closed(line->control)) {
		text_fmt(text, sizeof(text), "%.200s refuses a login that was isolated",
			 line->control);
		stack_say_at(what, line, text);
		doctor_find(d, FIND_PAM_REFUSES_ALL, what, "session requisite " MODULE "%s%s",
			    line->args[0] ? " " : "", line->args);
	}
	if (line->is_quiet) {
		stack_say_at(what, line,
			     "-session goes on without a word when the module's file is not there");
		doctor_find(d, FIND_PAM_FAILS_OPEN, what, "session %s " MODULE "%s%s",
			    line->control, line->args[0] ? " " : "", line->args);
	}
}

static void stack_check_args(struct doctor *d, const struct pamd_line *line)
{
	NSI_AUTO_FREE char *copy = strdup(line->args);
	const char *argv[ARGS_MAX];
	struct nsi_fail f = {""};
	struct module_args args;
	char what[WHAT_SIZE];
	char *save = NULL;
	int argc = 0;

	for (char *word = copy ? strtok_r(copy, " ", &save) : NULL; word && argc < ARGS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	if (args_parse(argc, argv, &args, &f) < 0) {
		stack_say_at(what, line, f.what);
		doctor_find(
			d, FIND_PAM_ARGUMENT, what,
			"with this, every login is refused; pam_nsisolate(8) has the arguments");
		return;
	}
	if (args.allow) {
		stack_say_at(what, line,
			     "on_error=allow lets people in, not isolated, when anything fails");
		doctor_find(d, FIND_PAM_ALLOWS, what, "session %s " MODULE, line->control);
	}
	if (strcmp(args.rundir, d->ctl->rundir) != 0 || strcmp(args.config, d->ctl->config) != 0) {
		stack_say_at(what, line,
			     "it works with another policy or rundir than was looked at here");
		doctor_find(d, FIND_PAM_ELSEWHERE, what, "nsisolate --config %s --rundir %s doctor",
			    args.config, args.rundir);
	}
}

static void stack_check_before(struct doctor *d, const struct pamd_stack *s, unsigned ours)
{
	char what[WHAT_SIZE], text[400];

	for (unsigned i = 0; i < ours; i++) {
		const struct pamd_line *line = &s->lines[i];
		const char *name = pamd_base(line->module);
		unsigned jump = control_jump(line->control);

		if (!pamd_is_within(s, s->lines[ours].sub, line->sub))
			continue;
		if (control_can_end(line->control)) {
			text_fmt(text, sizeof(text),
				 "%.100s %.100s may end the stack before " MODULE " is reached",
				 line->control, name);
			stack_say_at(what, line, text);
			doctor_find(d, FIND_PAM_ENDS_BEFORE, what, "session required %s", name);
		}
		if (jump > 0 && i + jump >= ours) {
			text_fmt(text, sizeof(text),
				 "%.100s %.100s may jump over " MODULE " at %.100s:%u",
				 line->control, name, s->lines[ours].file, s->lines[ours].line);
			stack_say_at(what, line, text);
			doctor_find(d, FIND_PAM_JUMPS_OVER, what,
				    "move it, or leave out those users in the policy");
		}
	}
}

/* Without SELinux, pam_selinux does nothing (pam_selinux(8)). */
static bool stack_module_is_idle(const struct doctor *d, const char *module)
{
	return !d->has_selinux && strcmp(module, "pam_selinux.so") == 0;
}

static void stack_check_late(struct doctor *d, const struct pamd_line *ours,
			     const struct pamd_line *line, const char *service)
{
	const char *name = pamd_base(line->module);
	const struct late_module *late = late_find(name, line->args, service);
	char what[WHAT_SIZE], text[400];

	if (!late || stack_module_is_idle(d, name))
		return;
	text_fmt(text, sizeof(text), "it stands before %s (%.100s:%u): %s", name, line->file,
		 line->line, late->reason);
	stack_say_at(what, ours, text);
	doctor_find(d, late->is_error ? FIND_PAM_ORDER : FIND_PAM_ORDER_HARMS, what,
		    "move the line to the end: it must be the last of type session");
}

/* Reports lines that run for a refused login, as they follow a refusal that is not final. */
static void stack_check_starter(struct doctor *d, const struct pamd_line *ours,
				const struct pamd_line *line)
{
	const char *name = pamd_base(line->module);
	char what[WHAT_SIZE], text[400];

	if (control_is_final(ours->control) || !module_is_starter(name))
		return;
	text_fmt(text, sizeof(text),
		 "%.100s lets %s (%.100s:%u) run for a login that is refused: what it starts "
		 "is on the host",
		 ours->control, name, line->file, line->line);
	stack_say_at(what, ours, text);
	doctor_find(d, FIND_PAM_NOT_FINAL, what, "session requisite " MODULE "%s%s",
		    ours->args[0] ? " " : "", ours->args);
}

static void stack_check_behind(struct doctor *d, const struct pamd_stack *s, unsigned ours,
			       const char *service)
{
	for (unsigned i = ours + 1; i < s->count; i++) {
		stack_check_late(d, &s->lines[ours], &s->lines[i], service);
		stack_check_starter(d, &s->lines[ours], &s->lines[i]);
	}
}

static bool stack_line_is_ours(const struct pamd_line *line)
{
	return strcmp(pamd_base(line->module), MODULE) == 0;
}

/* The first of our lines that closes a session; the count of lines if none does. */
static unsigned stack_find_closer(const struct pamd_stack *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (stack_line_is_ours(&s->lines[i]) && !pamd_has_argument(&s->lines[i], "open"))
			return i;
	return s->count;
}

/* Modules are called in the same order at close: what stands first is undone first. */
static void stack_check_close(struct doctor *d, const struct pamd_stack *s, unsigned ours)
{
	static const char remedy[] =
		"as the first line of type session: session requisite " MODULE " close";
	unsigned closer = stack_find_closer(s);
	char what[WHAT_SIZE], text[400];

	for (unsigned i = 0; i < ours && i < closer; i++) {
		const struct early_module *early = early_find(pamd_base(s->lines[i].module));

		if (!early)
			continue;
		text_fmt(text, sizeof(text), "before " MODULE ", %s %s", early->name,
			 early->reason);
		stack_say_at(what, &s->lines[i], text);
		doctor_find(d, early->is_error ? FIND_PAM_CLOSE : FIND_PAM_CLOSE_HARMS, what, "%s",
			    remedy);
	}
	if (closer < s->count)
		return;
	stack_say_at(what, &s->lines[ours],
		     "with open alone the program stays in the set at close");
	doctor_find(d, FIND_PAM_CLOSE_HARMS, what, "%s", remedy);
}

void doctor_stack(struct doctor *d, const struct pamd_stack *s, unsigned ours, const char *service)
{
	for (unsigned i = 0; i < s->count; i++) {
		if (!stack_line_is_ours(&s->lines[i]))
			continue;
		stack_check_control(d, &s->lines[i]);
		stack_check_args(d, &s->lines[i]);
	}
	stack_check_before(d, s, ours);
	stack_check_behind(d, s, ours, service);
	stack_check_close(d, s, ours);
}
