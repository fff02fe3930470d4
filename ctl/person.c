/* SPDX-License-Identifier: MIT */
#include "ctl/person.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "login/login_groups.h"

static int person_fill(const struct passwd *pw, struct person *ret, struct nsi_fail *f)
{
	*ret = (struct person){.uid = pw->pw_uid, .gid = pw->pw_gid};
	if (text_copy(ret->name, sizeof(ret->name), pw->pw_name) < 0 ||
	    text_copy(ret->home, sizeof(ret->home), pw->pw_dir ? pw->pw_dir : "") < 0 ||
	    text_copy(ret->shell, sizeof(ret->shell), pw->pw_shell ? pw->pw_shell : "") < 0)
		return fail_set(f, ENAMETOOLONG, "the user's name or home is too long");
	if (ret->shell[0] == '\0')
		(void)text_copy(ret->shell, sizeof(ret->shell), "/bin/sh"); /* passwd(5) */
	return groups_of(ret->name, ret->gid, &ret->groups, &ret->group_count, f);
}

static int person_found(const struct passwd *pw, struct person *ret, struct nsi_fail *f)
{
	int err = errno;

	*ret = (struct person){0};
	if (pw)
		return person_fill(pw, ret, f);
	/* getpwnam(3) lists what "not found" looks like. */
	if (err == 0 || err == ENOENT || err == ESRCH || err == EBADF || err == EPERM)
		return PERSON_UNKNOWN;
	return fail_errno(f, err, "cannot look the user up");
}

int person_find(const char *name, struct person *ret, struct nsi_fail *f)
{
	errno = 0;
	return person_found(getpwnam(name), ret, f);
}

int person_find_uid(uid_t uid, struct person *ret, struct nsi_fail *f)
{
	errno = 0;
	return person_found(getpwuid(uid), ret, f);
}

void person_done(struct person *p)
{
	free(p->groups);
	p->groups = NULL;
}

int person_become(const struct person *p, struct nsi_fail *f)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (setgroups((size_t)p->group_count, p->groups) < 0 ||
	    setresgid(p->gid, p->gid, p->gid) < 0 || setresuid(p->uid, p->uid, p->uid) < 0)
		return fail_errno(f, errno, "cannot become %.60s", p->name);
	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return fail_errno(f, errno, "cannot tell who this process is");
	if (ruid != p->uid || euid != p->uid || suid != p->uid || rgid != p->gid ||
	    egid != p->gid || sgid != p->gid || (p->uid != 0 && setuid(0) == 0))
		return fail_set(f, EPERM, "this process did not become %.60s", p->name);
	return 0;
}

/* The variables that are passed on from the caller, as su(1) and sshd(8) do. */
static const char *const kept[] = {"TERM",     "COLORTERM", "LANG",     "LC_ALL",
				   "LC_CTYPE", "TZ",        "NO_COLOR", NULL};

int person_settle(const struct person *p, const char *set, const char *policy, struct nsi_fail *f)
{
	const char *values[sizeof(kept) / sizeof(kept[0])] = {NULL};
	int r = 0;

	for (int i = 0; kept[i]; i++)
		values[i] = getenv(kept[i]);
	environ = NULL; /* clearenv(3), but what values points to stays */
	for (int i = 0; kept[i]; i++)
		r |= values[i] ? setenv(kept[i], values[i], 1) : 0;
	r |= setenv("HOME", p->home[0] ? p->home : "/", 1);
	r |= setenv("SHELL", p->shell, 1);
	r |= setenv("USER", p->name, 1);
	r |= setenv("LOGNAME", p->name, 1);
	r |= setenv("PATH",
		    p->uid == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
				: "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games",
		    1);
	if (set[0])
		r |= setenv("NSISOLATE_SET", set, 1) | setenv("NSISOLATE_POLICY", policy, 1);
	if (r != 0)
		return fail_set(f, ENOMEM, "no memory for the environment");
	if (chdir(p->home[0] ? p->home : "/") < 0 && chdir("/") < 0)
		return fail_errno(f, errno, "cannot go to /");
	return 0;
}

int person_find_or_say(const char *name, struct person *ret)
{
	struct nsi_fail f = {""};
	int r = person_find(name, ret, &f);

	if (r == PERSON_UNKNOWN) {
		say_error("there is no user %s", name);
		return CTL_NOT_FOUND;
	}
	return r < 0 ? say_fail(r, &f) : CTL_OK;
}

int login_find(const struct ctl *ctl, const char *name, struct login *ret)
{
	int code;

	*ret = (struct login){
		.service = ctl->service ? ctl->service : CTL_SERVICE,
		.tty = ctl->tty ? ctl->tty : "",
		.rhost = ctl->rhost ? ctl->rhost : "",
	};
	code = person_find_or_say(name, &ret->user);
	if (code == CTL_OK)
		code = person_find_or_say(ctl->from_user ? ctl->from_user : "root", &ret->caller);
	return code;
}

void login_done(struct login *l)
{
	person_done(&l->user);
	person_done(&l->caller);
}

static struct pol_account person_account(const struct pol_image *image, const struct person *p)
{
	gid_t groups[NSI_DIRECTORY_MAX];
	unsigned count = policy_directory_groups(image, groups, NSI_DIRECTORY_MAX);

	return (struct pol_account){
		.name = p->name,
		.uid = p->uid,
		.gid = p->gid,
		.groups = p->groups,
		.group_count = (size_t)p->group_count,
		.groups_may_lack =
			policy_asks_directory(image) &&
			groups_may_lack(p->name, p->groups, p->group_count, groups, count),
	};
}

struct pol_login login_for_rules(const struct pol_image *image, const struct login *l)
{
	return (struct pol_login){
		.user = person_account(image, &l->user),
		.caller = person_account(image, &l->caller),
		.service = l->service,
		.tty = l->tty,
		.rhost = l->rhost,
		.cgroups = l->cgroups ? l->cgroups : "",
	};
}
