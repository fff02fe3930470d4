/* SPDX-License-Identifier: MIT */
/* A PAM library that answers as a test says, for the module's own functions */
#ifndef NSI_TEST_STANDIN_H
#define NSI_TEST_STANDIN_H

#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

struct pam_handle {
	const char *user; /* NULL: none */
	int user_code;    /* of pam_get_user() */
	struct passwd account;
	bool is_known;           /* whether the account exists */
	const char *caller;      /* its name; NULL: none */
	const char *items[16];   /* by PAM_SERVICE and the like */
	int item_codes[16];      /* of pam_get_item() */
	int data_code;           /* of pam_set_data() */
	const char *env_refused; /* the start of the variable that cannot be set */
	const char *vars[8];     /* "NAME=VALUE" of those that are set; NULL behind the last */
	int drop_code, regain_code;
	/* Of the module: */
	void *data;
	void (*data_free)(pam_handle_t *pamh, void *data, int status);
	char env[256];   /* the last one that was set, or removed */
	char envs[1024]; /* all of them, with a space behind each */
	char log[2048];  /* all lines */
	char said[1024]; /* to the user */
};

int pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
	(void)prompt;
	*user = pamh->user;
	return pamh->user_code;
}

int pam_get_item(const pam_handle_t *pamh, int item, const void **ret)
{
	*ret = pamh->items[item];
	return pamh->item_codes[item];
}

int pam_set_data(pam_handle_t *pamh, const char *name, void *data,
		 void (*cleanup)(pam_handle_t *pamh, void *data, int status))
{
	(void)name;
	if (data && pamh->data_code != PAM_SUCCESS)
		return pamh->data_code;
	if (pamh->data)
		pamh->data_free(pamh, pamh->data, 0);
	pamh->data = data;
	pamh->data_free = cleanup;
	return PAM_SUCCESS;
}

int pam_get_data(const pam_handle_t *pamh, const char *name, const void **ret)
{
	(void)name;
	*ret = pamh->data;
	return pamh->data ? PAM_SUCCESS : PAM_NO_MODULE_DATA;
}

int pam_putenv(pam_handle_t *pamh, const char *entry)
{
	if (pamh->env_refused && strchr(entry, '=') &&
	    strncmp(entry, pamh->env_refused, strlen(pamh->env_refused)) == 0)
		return PAM_BUF_ERR;
	(void)snprintf(pamh->env, sizeof(pamh->env), "%s", entry);
	(void)snprintf(pamh->envs + strlen(pamh->envs), sizeof(pamh->envs) - strlen(pamh->envs),
		       "%s ", entry);
	return PAM_SUCCESS;
}

const char *pam_getenv(pam_handle_t *pamh, const char *name)
{
	const size_t len = strlen(name);

	for (unsigned i = 0; pamh->vars[i]; i++)
		if (strncmp(pamh->vars[i], name, len) == 0 && pamh->vars[i][len] == '=')
			return pamh->vars[i] + len + 1;
	return NULL;
}

struct passwd *pam_modutil_getpwnam(pam_handle_t *pamh, const char *user)
{
	(void)user;
	return pamh->is_known ? &pamh->account : NULL;
}

struct passwd *pam_modutil_getpwuid(pam_handle_t *pamh, uid_t uid)
{
	static struct passwd caller;

	caller = (struct passwd){.pw_uid = uid};
	memcpy(&caller.pw_name, &pamh->caller, sizeof(caller.pw_name));
	return pamh->caller ? &caller : NULL;
}

int pam_modutil_drop_priv(pam_handle_t *pamh, struct pam_modutil_privs *p, const struct passwd *pw)
{
	(void)p, (void)pw;
	return pamh->drop_code;
}

int pam_modutil_regain_priv(pam_handle_t *pamh, struct pam_modutil_privs *p)
{
	(void)p;
	return pamh->regain_code;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	pam_handle_t *h = NULL;
	size_t used = strlen(pamh->log);
	va_list ap;

	(void)priority;
	memcpy(&h, &(const pam_handle_t *){pamh}, sizeof(h));
	va_start(ap, fmt);
	(void)vsnprintf(h->log + used, sizeof(h->log) - used, fmt, ap);
	va_end(ap);
	(void)strncat(h->log, "\n", sizeof(h->log) - strlen(h->log) - 1);
}

int pam_prompt(pam_handle_t *pamh, int style, char **response, const char *fmt, ...)
{
	va_list ap;

	(void)style, (void)response;
	va_start(ap, fmt);
	(void)vsnprintf(pamh->said, sizeof(pamh->said), fmt, ap);
	va_end(ap);
	return PAM_SUCCESS;
}

/* Alice, who logs in by the service "rig". */
static inline pam_handle_t standin_of_alice(void)
{
	static char name[] = "alice", home[] = "/home/alice";

	return (pam_handle_t){
		.user = name,
		.is_known = true,
		.account = {.pw_name = name, .pw_uid = 2001, .pw_gid = 2001, .pw_dir = home},
		.items = {[PAM_SERVICE] = "rig", [PAM_TTY] = "pts/1", [PAM_RHOST] = "there"},
	};
}

static inline void standin_done(pam_handle_t *pamh)
{
	(void)pam_set_data(pamh, "", NULL, NULL);
}

static inline void expect_logged(const pam_handle_t *pamh, const char *text)
{
	if (!strstr(pamh->log, text))
		fail_msg("\"%s\" is not in the log: %s", text, pamh->log);
}

#endif /* NSI_TEST_STANDIN_H */
