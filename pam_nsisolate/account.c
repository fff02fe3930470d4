/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "pam_nsisolate/client.h"

/*
 * tty and rhost are what the peer and the application say.  One that does not
 * fit is as good as none: no device and no host name is that long.
 */
static int copy_item(pam_handle_t *pamh, int item, char *dst, size_t size)
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
	if (copy_item(pamh, PAM_SERVICE, open->service, sizeof(open->service)) != PAM_SUCCESS ||
	    copy_item(pamh, PAM_TTY, open->tty, sizeof(open->tty)) != PAM_SUCCESS ||
	    copy_item(pamh, PAM_RHOST, open->rhost, sizeof(open->rhost)) != PAM_SUCCESS) {
		(void)fail_set(f, EINVAL, "PAM does not tell about this session");
		return PAM_SYSTEM_ERR;
	}
	return PAM_SUCCESS;
}

/* All groups of an account, the primary one included; the caller frees the list. */
static int find_groups(const char *name, gid_t gid, gid_t **ret, int *ret_count, struct nsi_fail *f)
{
	int count = 64;

	for (;;) {
		NSI_AUTO_FREE gid_t *groups = calloc((size_t)count, sizeof(*groups));
		int room = count;

		if (!groups)
			return fail_set(f, ENOMEM, "no memory for the groups of the user");
		if (getgrouplist(name, gid, groups, &count) >= 0) {
			*ret = nsi_take_ptr(&groups);
			*ret_count = count;
			return 0;
		}
		if (room >= NSI_GROUPS_MAX)
			return fail_set(f, E2BIG, "the user is in more than %d groups",
					NSI_GROUPS_MAX);
		/* Some sources say how many there are, some do not. */
		count = count > room ? count : room * 4;
		if (count > NSI_GROUPS_MAX)
			count = NSI_GROUPS_MAX;
	}
}

static int send_account(struct call *c, enum nsi_need need, const char *name, gid_t gid,
			struct nsi_fail *f)
{
	NSI_AUTO_FREE gid_t *groups = NULL;
	struct nsi_account m = {.need = need, .gid = gid};
	int count = 0, r;

	if (text_copy(m.name, sizeof(m.name), name) < 0)
		return fail_set(f, ENAMETOOLONG, "a user's name is too long");
	r = find_groups(name, gid, &groups, &count, f);
	for (int sent = 0; r == 0 && !m.last;) {
		m.h = wire_header(NSI_ACCOUNT);
		m.count = (uint32_t)(count - sent < NSI_GROUPS_CHUNK ? count - sent
								     : NSI_GROUPS_CHUNK);
		memcpy(m.groups, groups + sent, m.count * sizeof(m.groups[0]));
		sent += (int)m.count;
		m.last = sent == count;
		r = client_send(c, &m.h, -EBADF, f);
	}
	return r;
}

int account_answer(pam_handle_t *pamh, struct call *c, const struct nsi_open *open,
		   struct nsi_fail *f)
{
	struct passwd *caller;
	int r = 0;

	if (c->reply.need & NSI_NEED_GROUPS)
		r = send_account(c, NSI_NEED_GROUPS, open->user, open->gid, f);
	if (r < 0 || !(c->reply.need & NSI_NEED_CALLER))
		return r;
	caller = pam_modutil_getpwuid(pamh, open->caller_uid);
	if (!caller)
		return fail_set(f, ESRCH, "a rule asks who calls, but uid %u has no name",
				open->caller_uid);
	return send_account(c, NSI_NEED_CALLER, caller->pw_name, caller->pw_gid, f);
}
