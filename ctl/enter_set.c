/* SPDX-License-Identifier: MIT */
/* The verb "enter" */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/ctl.h"
#include "ctl/delegated.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "login/place.h"
#include "wire/wire.h"

/* Moves into the set by its anchor, which must still be what the record says. */
static int enter_join(const struct view *v, struct nsi_fail *f)
{
	NSI_AUTO_FD int anchor =
		proc_open(v->rec.anchor_pid, v->rec.anchor_start, v->rec.types, &v->rec.ns);
	NSI_CLEANUP(place_done)
	struct place place = {.ns_dir = -EBADF, .rules = {.may_be_private = true}};
	struct nsi_reply to = {.to = v->rec.ns};
	int r;

	if (anchor < 0)
		return fail_set(f, ESRCH,
				"the anchor of set %" PRIu64
				" is gone; the helper makes a new one as soon as it runs",
				v->rec.id);
	r = place_look(&place, ns_bit(NS_TYPE_MAX) - 1, f);
	if (r < 0)
		return r;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((v->rec.types & ns_bit(type)) && place.ns.ino[type] != v->rec.ns.ino[type])
			to.types |= ns_bit(type);
	/* Types that the set shares with the host must be the host's here, too. */
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (!(v->rec.types & ns_bit(type)) && place.ns.ino[type] != v->rec.ns.ino[type])
			return fail_set(
				f, EXDEV,
				"call it from the host: this shell is in a %s namespace of its own",
				ns_types[type].brief);
	r = place_enter(&place, &to, &anchor, 1, f);
	return r > 0 ? -EXDEV : r;
}

/* Whose shell it is to be: the operand's if it is a name, or the one the set was built for. */
static int enter_find_who(const struct ctl *ctl, const struct view *v, const char *operand,
			  struct person *ret)
{
	struct nsi_fail f = {""};
	int r = PERSON_UNKNOWN;

	if (ctl->root) {
		r = person_find_uid(0, ret, &f);
	} else {
		if (strspn(operand, "0123456789") != strlen(operand))
			r = person_find(operand, ret, &f);
		if (r == PERSON_UNKNOWN)
			r = person_find_uid(v->rec.uid, ret, &f);
	}
	if (r == PERSON_UNKNOWN) {
		say_error("uid %u, whose set this is, is no user any more", v->rec.uid);
		return CTL_NOT_FOUND;
	}
	return r < 0 ? say_fail(r, &f) : CTL_OK;
}

static int enter_set(const struct view *v, const struct person *who, char **argv)
{
	struct nsi_fail f = {""};
	char id[24];
	const struct command command = {
		.who = who,
		.argv = argv,
		.set = id,
		.policy = v->rec.policy,
	};
	int r = enter_join(v, &f);

	text_fmt(id, sizeof(id), "%" PRIu64, v->rec.id);
	return r < 0 ? say_fail(r, &f) : command_run(&command);
}

int enter_verb(const struct ctl *ctl, int argc, char **argv)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	NSI_CLEANUP(person_done) struct person who = {0};
	struct nsi_fail f = {""};
	struct view *v = NULL;
	int r, code;

	(void)argc;
	if (geteuid() != 0 && ctl->root)
		return delegated_enter(argv[0], argv + 1);
	if (geteuid() != 0)
		return say_need_root(ctl->root ? "enter --root" : "enter");
	r = views_read(ctl, false, &list, &f);
	if (r < 0)
		return say_fail(r, &f);
	r = view_find(&list, argv[0], &v);
	if (r != 0)
		return r == VIEWS_NONE ? CTL_NOT_FOUND : CTL_REFUSED;
	code = enter_find_who(ctl, v, argv[0], &who);
	return code == CTL_OK ? enter_set(v, &who, argv + 1) : code;
}
