/* SPDX-License-Identifier: MIT */
/* The verb "enter" */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/ctl.h"
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

static bool enter_is_own(const char *operand)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *set = getenv("NSISOLATE_SET");

	return (pw && strcmp(operand, pw->pw_name) == 0) || (set && strcmp(operand, set) == 0);
}

static bool enter_is_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino;
}

/*
 * The user namespace that owns one of this session's namespaces, if it is the
 * caller's.  The kernel tells no more than that: NS_GET_USERNS (ioctl_ns(2)) leads to
 * nothing above the caller's own.
 */
static int enter_find_owner(void)
{
	static const char *const kinds[] = {"/proc/self/ns/uts", "/proc/self/ns/ipc",
					    "/proc/self/ns/net"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		NSI_AUTO_FD int ns = open(kinds[i], O_RDONLY | O_CLOEXEC);
		NSI_AUTO_FD int owner = ns < 0 ? -1 : ioctl(ns, NS_GET_USERNS);
		uid_t uid = (uid_t)-1;

		if (owner < 0 || enter_is_same(owner, "/proc/self/ns/user"))
			continue;
		if (ioctl(owner, NS_GET_OWNER_UID, &uid) == 0 && uid == geteuid())
			return nsi_take_fd(&owner);
	}
	return -ENOENT;
}

static int enter_go_in(int owner, struct nsi_fail *f)
{
	if (setns(owner, CLONE_NEWUSER) < 0)
		return fail_errno(f, errno, "cannot enter the user namespace");
	/* The copy's mounts are locked together, as they come from more privileged hands. */
	if (unshare(CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot copy the mounts");
	return 0;
}

/*
 * "enter --root" by an ordinary user, in a session whose policy says user = "delegate":
 * enters the user namespace that owns the session's and that is the user's own, takes a
 * copy of the mounts, and runs @argv there, or a shell.  Returns an exit status; with
 * @operand not the caller's, CTL_NOT_PERMITTED.
 */
static int enter_delegated(const char *operand, char **argv)
{
	NSI_AUTO_FD int owner = -EBADF;
	char shell[] = "/bin/sh", *shell_argv[] = {shell, NULL};
	struct nsi_fail f = {""};
	int r, err;

	if (!enter_is_own(operand))
		return say_need_root("enter --root of another's set");
	owner = enter_find_owner();
	if (owner < 0) {
		say_error("this session has no namespaces of yours: its policy must say "
			  "user = \"delegate\", and it must be called in the session");
		return CTL_NOT_FOUND;
	}
	r = enter_go_in(owner, &f);
	if (r < 0)
		return say_fail(r, &f);
	if (argv[0] && strcmp(argv[0], "--") == 0)
		argv++;
	if (!argv[0])
		argv = shell_argv;
	(void)execvp(argv[0], argv);
	err = errno;
	say_error("cannot run %s: %s", argv[0], strerrordesc_np(err));
	return err == ENOENT ? CTL_NO_COMMAND : CTL_CANNOT_EXEC;
}

int enter_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	NSI_CLEANUP(person_done) struct person who = {0};
	struct nsi_fail f = {""};
	struct view *v = NULL;
	int r, code;

	if (geteuid() != 0 && ctl->root)
		return enter_delegated(ctl->operands[0], ctl->operands + 1);
	if (geteuid() != 0)
		return say_need_root(ctl->root ? "enter --root" : "enter");
	r = views_read(ctl, false, &list, &f);
	if (r < 0)
		return say_fail(r, &f);
	code = view_find(&list, ctl->operands[0], &v);
	if (code == CTL_OK)
		code = enter_find_who(ctl, v, ctl->operands[0], &who);
	return code == CTL_OK ? enter_set(v, &who, ctl->operands + 1) : code;
}
