/* SPDX-License-Identifier: MIT */
/* The PAM services and their coverage by the module, for "doctor" */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/pamd.h"
#include "ctl/services.h"

#define MODULE "pam_nsisolate.so"
#define LINE   "session requisite " MODULE
#define OTHER  "other"
#define ENABLE "nsisolate-enable"

enum {
	WHAT_SIZE = PATH_MAX + 512,
};

/* The first of our lines that opens a session: a second one only counts. */
static int pam_find_ours(const struct pamd_stack *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(pamd_base(s->lines[i].module), MODULE) == 0 &&
		    !pamd_has_argument(&s->lines[i], "close"))
			return (int)i;
	return -1;
}

static bool pam_only_denies(const struct pamd_stack *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(pamd_base(s->lines[i].module), "pam_deny.so") == 0 &&
		    (strcasecmp(s->lines[i].control, "required") == 0 ||
		     strcasecmp(s->lines[i].control, "requisite") == 0))
			return true;
	return s->count == 0;
}

/* Includes of such a service are reported there: "su-l" includes "su". */
static bool pam_is_login(const char *name)
{
	return service_find(name)->kind == SERVICE_LOGIN;
}

/* The files that pam-auth-update(8) writes, and the command for it on Debian. */
static bool pam_is_common(const char *name)
{
	return strncmp(name, "common-session", strlen("common-session")) == 0;
}

static bool pam_can_enable(const struct doctor *d)
{
	return !d->ctl->pamdir && access("/usr/sbin/" ENABLE, X_OK) == 0;
}

static void pam_advise_missing(struct doctor *d, enum finding finding, const char *what,
			       const struct pamd_stack *s, const char *service)
{
	static const char vendor[] = "/usr/";

	if (pam_can_enable(d) && pamd_includes(s, pam_is_common))
		doctor_find(d, finding, what, "%s", ENABLE);
	else if (strncmp(s->path, vendor, strlen(vendor)) == 0)
		doctor_find(d, finding, what,
			    "cp %s /etc/pam.d/%s, and as the last line there: " LINE, s->path,
			    service);
	else
		doctor_find(d, finding, what, "as its last line: %s" LINE,
			    d->places.dirs[0] ? "" : "(with the name of the service) ");
}

static void pam_report_missing(struct doctor *d, const struct pamd_stack *s, const char *service)
{
	const struct service *known = service_find(service);
	char what[WHAT_SIZE];

	if (known->kind == SERVICE_NONE || known->kind == SERVICE_SYSTEM)
		return;
	if (known->kind == SERVICE_FALLBACK && pam_only_denies(s))
		return;
	if (pamd_includes(s, pam_is_login))
		return;
	text_fmt(what, sizeof(what),
		 "%s: " MODULE " is missing: by %s the user is outside, sees the host's /tmp, "
		 "and reaches into the private one",
		 s->path, known->what);
	pam_advise_missing(d,
			   known->kind == SERVICE_LOGIN  ? FIND_PAM_MISSING
			   : known->kind == SERVICE_ROOT ? FIND_PAM_MISSING_ROOT
							 : FIND_PAM_MISSING_UNKNOWN,
			   what, s, service);
}

static void pam_report_unreadable(struct doctor *d, const char *service, const struct nsi_fail *f)
{
	char what[WHAT_SIZE];

	text_fmt(what, sizeof(what), "%s: %s", service, f->what);
	doctor_find(d, FIND_PAM_UNREADABLE, what, "PAM refuses a service that it cannot read");
}

/*
 * A service without a line of type session has those of "other", as libpam has it: true
 * if they are what there is to be looked at, and were reported there.
 */
static bool pam_is_by_other(struct doctor *d, const struct pamd_stack *s, const char *service)
{
	NSI_CLEANUP(pamd_done) struct pamd_stack other = {0};
	struct nsi_fail f = {""};

	if (s->count > 0 || s->missing[0] || strcmp(service, OTHER) == 0)
		return false;
	if (service_find(service)->kind == SERVICE_UNKNOWN)
		return true; /* it opens no sessions, or is one of those that "other" stands for */
	return pamd_read(&d->places, OTHER, &other, &f) == 0 &&
	       (pam_find_ours(&other) >= 0 || pam_only_denies(&other));
}

void doctor_pam_service(struct doctor *d, const char *service)
{
	NSI_CLEANUP(pamd_done) struct pamd_stack s = {0};
	struct nsi_fail f = {""};
	char what[WHAT_SIZE];
	int ours, r = pamd_read(&d->places, service, &s, &f);

	if (r < 0) {
		pam_report_unreadable(d, service, &f);
		return;
	}
	if (s.missing[0]) {
		text_fmt(what, sizeof(what), "%s: it includes %s, which is not there", s.path,
			 s.missing);
		doctor_find(d, FIND_PAM_INCLUDE, what, "PAM refuses such a service");
	}
	ours = pam_find_ours(&s);
	if (ours >= 0)
		doctor_stack(d, &s, (unsigned)ours, service);
	else if (!pam_is_by_other(d, &s, service))
		pam_report_missing(d, &s, service);
}

/* Whether the module stands in any stack: where it does not, that is the one thing to say. */
static bool pam_is_enabled(const struct doctor *d, const struct pamd_names *names)
{
	unsigned logins = 0;

	for (unsigned i = 0; i < names->count; i++) {
		NSI_CLEANUP(pamd_done) struct pamd_stack s = {0};
		struct nsi_fail f = {""};

		if (pamd_read(&d->places, names->names[i], &s, &f) < 0)
			continue;
		if (pam_find_ours(&s) >= 0)
			return true;
		logins += pam_is_login(names->names[i]) && s.count > 0;
	}
	return logins == 0;
}

static void pam_report_not_enabled(struct doctor *d)
{
	doctor_find(d, FIND_PAM_NOT_ENABLED,
		    "pam: " MODULE " is in no stack, so nobody is isolated", "%s",
		    pam_can_enable(d) ? ENABLE
				      : "as the last line of each service of users, such as sshd, "
					"login, su, sudo and cron: " LINE);
}

void doctor_pam(struct doctor *d)
{
	unsigned before = d->counts[SEV_ERROR] + d->counts[SEV_WARNING];
	NSI_CLEANUP(pamd_names_done) struct pamd_names names = {0};
	int r;

	d->places = pamd_places_of(d->ctl->pamdir);
	r = pamd_list(&d->places, &names);
	if (r < 0) {
		doctor_find(d, FIND_PAM_DIRECTORY,
			    d->places.dirs[0] ? d->places.dirs[0] : d->places.conf,
			    "cannot be listed: %s", strerrordesc_np(-r));
		return;
	}
	if (!pam_is_enabled(d, &names)) {
		pam_report_not_enabled(d);
		return;
	}
	for (unsigned i = 0; i < names.count; i++)
		doctor_pam_service(d, names.names[i]);
	if (d->counts[SEV_ERROR] + d->counts[SEV_WARNING] == before)
		doctor_good(d, "pam", "%s: %u services, each with the module in its place",
			    d->places.dirs[0] ? d->places.dirs[0] : d->places.conf, names.count);
}
