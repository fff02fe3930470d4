/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/session_data.h"

#include <inttypes.h>
#include <limits.h>
#include <security/pam_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "login/workdir.h"

#define DATA_NAME "pam_nsisolate_session"

/*
 * Runs in whichever process ends the handle: in su and login also in the forked
 * child, as the user (PAM_DATA_SILENT).  It frees memory and does nothing else.
 */
static void session_data_free(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	free(data);
}

struct pam_session *session_get(pam_handle_t *pamh)
{
	const void *data = NULL;
	struct pam_session *s;

	if (pam_get_data(pamh, DATA_NAME, &data) != PAM_SUCCESS || !data)
		return NULL;
	memcpy(&s, &data, sizeof(s)); /* libpam says const, but it is ours */
	return s;
}

static int session_put_env(pam_handle_t *pamh, const char *name, const char *value)
{
	char entry[NSI_WORD_SIZE + 32];
	int n;

	if (!value) /* pam_putenv(3) logs an error for a name that is not there */
		return pam_getenv(pamh, name) ? pam_putenv(pamh, name) : PAM_SUCCESS;
	n = snprintf(entry, sizeof(entry), "%s=%s", name, value);
	if (n < 0 || (size_t)n >= sizeof(entry))
		return PAM_BUF_ERR;
	return pam_putenv(pamh, entry);
}

/* The name of before: display managers file the X server's cookie under it. */
static int session_put_host(pam_handle_t *pamh)
{
	char host[HOST_NAME_MAX + 1];

	if (gethostname(host, sizeof(host)) < 0)
		return PAM_SYSTEM_ERR;
	return session_put_env(pamh, "NSISOLATE_HOST", host);
}

void session_drop(pam_handle_t *pamh)
{
	(void)session_put_env(pamh, "NSISOLATE_SET", NULL); /* may not have been put */
	(void)session_put_env(pamh, "NSISOLATE_POLICY", NULL);
	(void)session_put_env(pamh, "NSISOLATE_HOST", NULL);
	session_forget(pamh);
}

void session_forget(pam_handle_t *pamh)
{
	(void)pam_set_data(pamh, DATA_NAME, NULL, NULL); /* frees what was there */
}

int session_put(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply,
		const struct workdir *origin)
{
	NSI_AUTO_FREE struct pam_session *s = calloc(1, sizeof(*s));
	char set[24];
	int r;

	if (!s)
		return PAM_BUF_ERR;
	s->set = reply->set;
	s->id = reply->session;
	s->uid = open->uid;
	s->depth = 1;
	memcpy(s->user, open->user, sizeof(s->user));
	s->origin = *origin;
	r = pam_set_data(pamh, DATA_NAME, s, session_data_free);
	if (r != PAM_SUCCESS)
		return r;
	(void)nsi_take_ptr(&s);
	if (reply->set == 0) /* the host's namespaces are no set */
		return PAM_SUCCESS;
	text_fmt(set, sizeof(set), "%" PRIu64, reply->set); /* 20 digits at most */
	r = session_put_env(pamh, "NSISOLATE_SET", set);
	if (r == PAM_SUCCESS)
		r = session_put_env(pamh, "NSISOLATE_POLICY", reply->policy);
	if (r == PAM_SUCCESS && (reply->types & ns_bit(NS_UTS)))
		r = session_put_host(pamh);
	return r;
}

/* All that pam_tmpdir sets; programs ask for one or the other. */
static const char *const tmpdir_names[] = {"TMPDIR", "TMP", "TEMP", "TEMPDIR"};

void tmpdir_look(pam_handle_t *pamh, struct workdir *ret)
{
	const char *path = pam_getenv(pamh, tmpdir_names[0]);

	workdir_look_at(path ? path : "", ret);
}

void tmpdir_settle(pam_handle_t *pamh, const struct workdir *before)
{
	char shown[256];

	if (!before->path[0] || before->inode == 0 || workdir_is_there(before))
		return;
	for (size_t i = 0; i < sizeof(tmpdir_names) / sizeof(tmpdir_names[0]); i++) {
		const char *value = pam_getenv(pamh, tmpdir_names[i]);

		if (value && strcmp(value, before->path) == 0)
			(void)pam_putenv(pamh, tmpdir_names[i]); /* a name that is there goes */
	}
	pam_syslog(pamh, LOG_INFO,
		   "TMPDIR=%s is not there in the namespaces that were entered: left out",
		   text_escape(shown, sizeof(shown), before->path));
}
