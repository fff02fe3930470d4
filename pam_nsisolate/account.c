/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/account.h"

#include <errno.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "login/client.h"
#include "login/login_groups.h"

/*
 * tty and rhost come from the peer and the application.  A text that does not
 * fit is ignored: no device and no host name is that long.
 */
static int account_copy_item(pam_handle_t *pamh, int item, char *dst, size_t size)
{
	const void *value = NULL;
	int r = pam_get_item(pamh, item, &value);

	if (r != PAM_SUCCESS)
		return r;
	if (value)
		(void)text_copy(dst, size, value); /* too long: "" */
	return PAM_SUCCESS;
}

int account_fill(pam_handle_t *pamh, struct nsi_open *open, struct nsi_fail *f)
{
	const char *user = NULL;
	struct passwd *pw;
	int r = pam_get_user(pamh, &user, NULL);

	if (r != PAM_SUCCESS || !user || !*user) {
		(void)fail_set(f, EINVAL, "PAM has no user for this session");
		return r == PAM_BUF_ERR ? PAM_BUF_ERR : PAM_USER_UNKNOWN;
	}
	pw = pam_modutil_getpwnam(pamh, user);
	if (!pw) {
		/* The name may be a password that was typed too early: it is not logged. */
		(void)fail_set(f, ESRCH, "the user is not known to this system");
		return PAM_USER_UNKNOWN;
	}
	open->uid = pw->pw_uid;
	open->gid = pw->pw_gid;
	open->caller_uid = getuid();
	if (text_copy(open->user, sizeof(open->user), pw->pw_name) < 0) {
		(void)fail_set(f, ENAMETOOLONG, "the user's name is too long");
		return PAM_SYSTEM_ERR;
	}
	if (text_copy(open->home, sizeof(open->home), pw->pw_dir ? pw->pw_dir : "") < 0) {
		(void)fail_set(f, ENAMETOOLONG, "the path of the user's home is too long");
		return PAM_SYSTEM_ERR;
	}
	if (account_copy_item(pamh, PAM_SERVICE, open->service, sizeof(open->service)) !=
		    PAM_SUCCESS ||
	    account_copy_item(pamh, PAM_TTY, open->tty, sizeof(open->tty)) != PAM_SUCCESS ||
	    account_copy_item(pamh, PAM_RHOST, open->rhost, sizeof(open->rhost)) != PAM_SUCCESS) {
		(void)fail_set(f, EINVAL, "cannot read the PAM items of this session");
		return PAM_SYSTEM_ERR;
	}
	return PAM_SUCCESS;
}

int account_answer(pam_handle_t *pamh, struct client_call *c, const struct nsi_open *open,
		   struct nsi_fail *f)
{
	struct passwd *caller;
	int r = 0;

	if (c->reply.need & NSI_NEED_GROUPS)
		r = groups_send(c, NSI_NEED_GROUPS, open->user, open->gid, f);
	if (r < 0 || !(c->reply.need & NSI_NEED_CALLER))
		return r;
	caller = pam_modutil_getpwuid(pamh, open->caller_uid);
	if (!caller)
		return fail_set(f, ESRCH, "a rule matches the caller, but uid %u has no name",
				open->caller_uid);
	return groups_send(c, NSI_NEED_CALLER, caller->pw_name, caller->pw_gid, f);
}
