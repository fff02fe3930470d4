/* SPDX-License-Identifier: MIT */
/* By which service does a user come in, and is the module in its way? */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/control.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/pamd.h"
#include "ctl/services.h"
#include "login/args.h"

#define MODULE    "pam_nsisolate.so"
#define ETC_PAM_D "/etc/pam.d"

enum {
	WHAT_SIZE = PATH_MAX + 512,
	ARGS_MAX = 32
};

static bool is_ours(const struct pamd_line *line)
{
	return strcmp(pamd_base(line->module), MODULE) == 0;
}

/* The first of our lines: a second one only counts. */
static int find_ours(const struct pamd_stack *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (is_ours(&s->lines[i]))
			return (int)i;
	return -1;
}

static void say_at(char what[WHAT_SIZE], const struct pamd_line *line, const char *text)
{
	(void)snprintf(what, WHAT_SIZE, "%s:%u: %s", line->file, line->line, text);
}

static void check_control(struct doctor *d, const struct pamd_line *line)
{
	char what[WHAT_SIZE], text[400];

	if (control_fails_open(line->control)) {
		(void)snprintf(text, sizeof(text),
			       "%.200s lets the login go on, not isolated, when it is refused",
			       line->control);
		say_at(what, line, text);
		doctor_find(d, SEV_ERROR, what, "session required " MODULE "%s%s",
			    line->args[0] ? " " : "", line->args);
	}
	if (control_fails_closed(line->control)) {
		(void)snprintf(text, sizeof(text), "%.200s refuses a login that was isolated",
			       line->control);
		say_at(what, line, text);
		doctor_find(d, SEV_ERROR, what, "session required " MODULE "%s%s",
			    line->args[0] ? " " : "", line->args);
	}
	if (line->is_quiet) {
		say_at(what, line,
		       "-session goes on without a word when the module's file is not there");
		doctor_find(d, SEV_ERROR, what, "session %s " MODULE "%s%s", line->control,
			    line->args[0] ? " " : "", line->args);
	}
}

static void check_args(struct doctor *d, const struct pamd_line *line)
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
		say_at(what, line, f.what);
		doctor_find(
			d, SEV_ERROR, what,
			"with this, every login is refused; pam_nsisolate(8) has the arguments");
		return;
	}
	if (args.allow) {
		say_at(what, line,
		       "on_error=allow lets people in, not isolated, when anything fails");
		doctor_find(d, SEV_WARNING, what, "session %s " MODULE, line->control);
	}
	if (strcmp(args.rundir, d->ctl->rundir) != 0 || strcmp(args.config, d->ctl->config) != 0) {
		say_at(what, line,
		       "it works with another policy or rundir than was looked at here");
		doctor_find(d, SEV_NOTE, what, "nsisolate --config %s --rundir %s doctor",
			    args.config, args.rundir);
	}
}

static void check_before(struct doctor *d, const struct pamd_stack *s, unsigned ours)
{
	char what[WHAT_SIZE], text[400];

	for (unsigned i = 0; i < ours; i++) {
		const struct pamd_line *line = &s->lines[i];
		const char *name = pamd_base(line->module);
		unsigned jump = control_jump(line->control);

		if (!pamd_is_within(s, s->lines[ours].sub, line->sub))
			continue;
		if (control_can_end(line->control)) {
			(void)snprintf(text, sizeof(text),
				       "%.100s %.100s may end the stack before " MODULE
				       " is reached",
				       line->control, name);
			say_at(what, line, text);
			doctor_find(d, SEV_ERROR, what, "session required %s", name);
		}
		if (jump > 0 && i + jump >= ours) {
			(void)snprintf(text, sizeof(text),
				       "%.100s %.100s may jump over " MODULE " at %.100s:%u",
				       line->control, name, s->lines[ours].file,
				       s->lines[ours].line);
			say_at(what, line, text);
			doctor_find(d, SEV_WARNING, what,
				    "move it, or leave out those users in the policy");
		}
	}
}

static void check_behind(struct doctor *d, const struct pamd_stack *s, unsigned ours)
{
	char what[WHAT_SIZE], text[400];

	for (unsigned i = ours + 1; i < s->count; i++) {
		const struct pamd_line *line = &s->lines[i];
		const char *name = pamd_base(line->module);
		const struct late_module *late = late_find(name, line->args);

		if (!late)
			continue;
		(void)snprintf(text, sizeof(text), "it stands before %s (%.100s:%u): %s", name,
			       line->file, line->line, late->reason);
		say_at(what, &s->lines[ours], text);
		doctor_find(d, late->is_error ? SEV_ERROR : SEV_WARNING, what,
			    "move the line to the end: it must be the last of type session");
	}
}

/* Includes of such a service are spoken of there: "su-l" includes "su". */
static bool is_login(const char *name)
{
	return service_find(name)->kind == SERVICE_LOGIN;
}

static bool only_denies(const struct pamd_stack *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(pamd_base(s->lines[i].module), "pam_deny.so") == 0 &&
		    strcasecmp(s->lines[i].control, "required") == 0)
			return true;
	return s->count == 0;
}

static void say_missing(struct doctor *d, const struct pamd_stack *s, const char *dir,
			const char *service)
{
	const struct service *known = service_find(service);
	enum severity severity = known->kind == SERVICE_LOGIN ? SEV_ERROR : SEV_WARNING;
	char what[WHAT_SIZE];

	if (known->kind == SERVICE_NONE || known->kind == SERVICE_SYSTEM)
		return;
	if (known->kind == SERVICE_FALLBACK && only_denies(s))
		return;
	if (known->kind == SERVICE_UNKNOWN && s->count == 0)
		return; /* it opens no sessions, or they do nothing */
	if (pamd_includes(s, is_login))
		return;
	(void)snprintf(what, sizeof(what),
		       "%s/%s: " MODULE " is missing: by %s the user is outside, sees the "
		       "host's /tmp, and reaches into the private one",
		       dir, service, known->what);
	doctor_find(d, severity, what, "as its last line: session required " MODULE);
}

void doctor_pam_service(struct doctor *d, const char *dir, const char *service)
{
	NSI_CLEANUP(pamd_done) struct pamd_stack s = {0};
	struct nsi_fail f = {""};
	char what[WHAT_SIZE];
	int ours, r = pamd_read(dir, service, &s, &f);

	if (r < 0) {
		(void)snprintf(what, sizeof(what), "%s/%s: %s", dir, service, f.what);
		doctor_find(d, SEV_ERROR, what, "%s", "PAM refuses a service that it cannot read");
		return;
	}
	if (s.missing[0]) {
		(void)snprintf(what, sizeof(what), "%s/%s: it includes %s, which is not there", dir,
			       service, s.missing);
		doctor_find(d, SEV_ERROR, what, "%s", "PAM refuses such a service");
	}
	ours = find_ours(&s);
	if (ours < 0) {
		say_missing(d, &s, dir, service);
		return;
	}
	check_control(d, &s.lines[ours]);
	check_args(d, &s.lines[ours]);
	check_before(d, &s, (unsigned)ours);
	check_behind(d, &s, (unsigned)ours);
}

/*
 * sshd opens no PAM session at all without "UsePAM yes", which Debian writes into its
 * file and upstream leaves out.  The first value counts (sshd_config(5)).
 */
static void check_sshd(struct doctor *d)
{
	static const char path[] = "/etc/ssh/sshd_config";
	NSI_AUTO_FILE FILE *file = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	bool includes = false;
	size_t room = 0;

	if (!file)
		return; /* no sshd, or not ours to read */
	while (getline(&line, &room, file) >= 0) {
		char key[32], value[32];

		if (sscanf(line, " %31[A-Za-z]%*[ \t=]%31s", key, value) != 2)
			continue;
		includes = includes || strcasecmp(key, "Include") == 0;
		if (strcasecmp(key, "UsePAM") != 0)
			continue;
		if (strcasecmp(value, "yes") == 0)
			return;
		includes = false;
		break;
	}
	if (includes) /* and it may stand in one of those */
		return;
	doctor_find(d, SEV_ERROR,
		    "/etc/ssh/sshd_config: sshd calls no PAM, so its logins are not isolated",
		    "UsePAM yes");
}

static int is_service(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	/* What packages and editors leave is no service. */
	return e->d_name[0] != '.' && e->d_name[len - 1] != '~' && !strstr(e->d_name, ".dpkg-") &&
	       !strstr(e->d_name, ".rpm") && !strstr(e->d_name, ".pam-old");
}

/* Files that others include, and that nobody calls by their name. */
static bool is_fragment(const char *name)
{
	static const char *const fragments[] = {"common-",   "system-",      "password-auth",
						"postlogin", "fingerprint-", "smartcard-"};

	for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++)
		if (strncmp(name, fragments[i], strlen(fragments[i])) == 0)
			return true;
	return false;
}

void doctor_pam(struct doctor *d)
{
	const char *dir = d->ctl->pamdir ? d->ctl->pamdir : ETC_PAM_D;
	unsigned before = d->counts[SEV_ERROR] + d->counts[SEV_WARNING];
	struct dirent **names = NULL;
	int count = scandir(dir, &names, is_service, alphasort), looked = 0;

	if (count < 0) {
		doctor_find(d, SEV_ERROR, dir, "cannot be listed: %s", strerrordesc_np(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		if (!is_fragment(names[i]->d_name)) {
			doctor_pam_service(d, dir, names[i]->d_name);
			looked++;
		}
		free(names[i]);
	}
	free(names);
	if (!d->ctl->pamdir)
		check_sshd(d);
	if (d->counts[SEV_ERROR] + d->counts[SEV_WARNING] == before)
		doctor_good(d, "pam", "%s: %d services, each with the module in its place", dir,
			    looked);
}
