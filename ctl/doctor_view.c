/* SPDX-License-Identifier: MIT */
/* The effect of the host's mounts on the views of live and future sets, for "doctor" */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/sets.h"
#include "policy/image.h"

enum {
	VIEW_TEXT = 600
};

/* Reports the parts of a live set's view that the helper restored, or could not restore. */
static void view_check_sets(struct doctor *d)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct nsi_fail f = {""};

	if (views_read(d->ctl, false, &list, &f) < 0)
		return; /* doctor_helper() says why */
	for (unsigned i = 0; i < list.count; i++) {
		const struct set_record *rec = &list.rows[i].rec;
		char what[VIEW_TEXT];

		if (!rec->view[0])
			continue;
		(void)snprintf(what, sizeof(what), "view: set %" PRIu64 " of %.60s: %s", rec->id,
			       rec->user, rec->view);
		if (rec->view_lost)
			doctor_find(d, FIND_VIEW_LOST, what,
				    "mend what is named; or nsisolate close %s --force, and nobody "
				    "joins it",
				    rec->user);
		else
			doctor_find(d, FIND_VIEW_MENDED, what,
				    "the session's view is as its policy says");
	}
}

/* The optional fields of the line of "/" in mountinfo: "shared:N" says that its mounts propagate. */
static bool view_root_is_shared(void)
{
	NSI_AUTO_FILE FILE *table = fopen("/proc/self/mountinfo", "re");
	NSI_AUTO_FREE char *line = NULL;
	bool is_shared = true;
	size_t room = 0;

	while (table && getline(&line, &room, table) > 0) {
		char point[64] = "";
		const char *end = strstr(line, " - "), *shared = strstr(line, " shared:");

		if (sscanf(line, "%*s %*s %*s %*s %63s", point) == 1 && strcmp(point, "/") == 0)
			is_shared = shared && end && shared < end;
	}
	return is_shared;
}

static bool view_has_autofs(void)
{
	NSI_AUTO_FILE FILE *table = fopen("/proc/self/mounts", "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (table && getline(&line, &room, table) > 0) {
		char point[256], type[32];

		if (sscanf(line, "%*s %255s %31s", point, type) == 2 &&
		    strcmp(type, "autofs") == 0 && strcmp(point, "/proc/sys/fs/binfmt_misc") != 0)
			return true;
	}
	return false;
}

/* Mounts that the host makes by autofs do not appear where the policy cuts propagation. */
static void view_check_policy(struct doctor *d, const struct pol_image *image,
			      const struct pol_policy *p)
{
	const struct pol_list list = p->view.propagations;

	for (uint32_t i = 0; i < list.count; i++) {
		const struct pol_mount *m = policy_mount(image, list.first + i);
		char what[VIEW_TEXT];

		if (m->propagation != POL_PROPAGATION_PRIVATE &&
		    m->propagation != POL_PROPAGATION_UNBINDABLE)
			continue;
		(void)snprintf(
			what, sizeof(what),
			"%s:%u: policy '%s' cuts %s off from the host's mounts, and this host "
			"has automounts: below it they fail with ELOOP (\"Too many levels of "
			"symbolic links\")",
			policy_str(image, m->where.file), m->where.line, policy_str(image, p->name),
			policy_str(image, m->target));
		doctor_find(d, FIND_VIEW_AUTOMOUNT, what,
			    "add { path = \"/home\"; type = \"slave\"; } for each directory of "
			    "automounts");
	}
}

static void view_check_root(struct doctor *d, const struct pol_image *image)
{
	bool has_mounts = false;

	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++)
		has_mounts |= (policy_get(image, i)->types & ns_bit(NS_MNT)) != 0;
	if (!has_mounts || view_root_is_shared())
		return;
	doctor_find(
		d, FIND_VIEW_PROPAGATION,
		"view: mounts of / do not propagate on this host (systemd would make it shared): "
		"live sets do not see what is mounted later, and keep devices busy that are "
		"unmounted",
		"mount --make-rshared / at boot, before the first login");
}

void doctor_view(struct doctor *d, const struct pol_image *image)
{
	if (geteuid() == 0)
		view_check_sets(d);
	if (!image)
		return;
	view_check_root(d, image);
	for (uint32_t i = 0; view_has_autofs() && i < image->table[POL_TABLE_POLICIES].count; i++)
		view_check_policy(d, image, policy_get(image, i));
}
