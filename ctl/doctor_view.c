/* SPDX-License-Identifier: MIT */
/* The effect of the host's mounts on the views of live and future sets, for "doctor" */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/text.h"
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
		text_fmt(what, sizeof(what), "view: set %" PRIu64 " of %.60s: %s", rec->id,
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

/* The host's mounts as this process has them. */
struct view_mounts {
	bool root_is_shared; /* true where it cannot be read */
	bool has_autofs;
};

static struct view_mounts view_read_mounts(void)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct view_mounts ret = {.root_is_shared = true};
	struct mountinfo m;

	if (mountinfo_open(&table, 0) < 0)
		return ret;
	while (mountinfo_next(&table, &m) > 0) {
		if (strcmp(m.point, "/") == 0) /* the last one counts */
			ret.root_is_shared = strncmp(m.tags, "shared:", 7) == 0;
		ret.has_autofs |= strcmp(m.type, "autofs") == 0 &&
				  strcmp(m.point, "/proc/sys/fs/binfmt_misc") != 0;
	}
	return ret;
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
		text_fmt(what, sizeof(what),
			 "%s:%u: policy '%s' cuts %s off from the host's mounts, and this host "
			 "has automounts: below it they fail with ELOOP (\"Too many levels of "
			 "symbolic links\")",
			 policy_str(image, m->where.file), m->where.line,
			 policy_str(image, p->name), policy_str(image, m->target));
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
	if (!has_mounts)
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
	struct view_mounts mounts;

	if (geteuid() == 0)
		view_check_sets(d);
	if (!image)
		return;
	mounts = view_read_mounts();
	if (!mounts.root_is_shared)
		view_check_root(d, image);
	for (uint32_t i = 0; mounts.has_autofs && i < image->table[POL_TABLE_POLICIES].count; i++)
		view_check_policy(d, image, policy_get(image, i));
}
