/* SPDX-License-Identifier: MIT */
#include "login.h"

#include <errno.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static ino_t own_mnt;

int login_write_service(const char *service, const char *lines)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", LOGIN_CONFDIR, service);
	file = fopen(path, "we");
	if (!file)
		return -1;
	(void)fprintf(file, "%s\n", lines); /* fclose() tells */
	return fclose(file);
}

static ino_t mnt_inode(void)
{
	struct stat st;

	return stat("/proc/self/ns/mnt", &st) == 0 ? st.st_ino : 0;
}

void login_warm(void)
{
	(void)getpwnam("root"); /* reads nsswitch.conf */
	syslog(LOG_AUTHPRIV | LOG_DEBUG, "bench begins");
	own_mnt = mnt_inode();
}

static int converse(int count, const struct pam_message **m, struct pam_response **ret, void *data)
{
	(void)m;
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void failed(struct timing *t, const char *what, pam_handle_t *pamh, int code)
{
	(void)snprintf(t->why, sizeof(t->why), "%s: %s", what, pam_strerror(pamh, code));
	t->code = code ? code : -1;
}

void login_warm_process(void)
{
	static bool is_warm;
	const struct pam_conv conv = {converse, NULL};
	pam_handle_t *pamh = NULL;
	volatile char stack[65536];
	struct passwd pw, *found;
	char text[4096];

	if (is_warm)
		return;
	is_warm = true;
	for (size_t i = 0; i < sizeof(stack); i += 512)
		stack[i] = 0;
	syslog(LOG_AUTHPRIV | LOG_DEBUG, "bench: a session of %d is next", (int)getpid());
	(void)getpwnam_r("root", &pw, text, sizeof(text), &found); /* to have asked is the point */
	if (pam_start_confdir("warm", "root", &conv, LOGIN_CONFDIR, &pamh) == PAM_SUCCESS) {
		(void)pam_open_session(pamh, PAM_SILENT); /* only to have been there */
		(void)pam_close_session(pamh, PAM_SILENT);
	}
	(void)pam_end(pamh, PAM_SUCCESS);
}

void login_run(const void *arg, struct timing *t, void (*hold)(struct timing *))
{
	const struct login *login = arg;
	const struct pam_conv conv = {converse, NULL};
	pam_handle_t *pamh = NULL;
	double begin, opened, closing;
	int r;

	login_warm_process();
	begin = child_now_ns();
	r = pam_start_confdir(login->service, login->user, &conv, LOGIN_CONFDIR, &pamh);

	if (r == PAM_SUCCESS)
		r = pam_open_session(pamh, PAM_SILENT);
	opened = child_now_ns();
	t->begin_ns = begin;
	t->open_ns = opened - begin;
	if (r != PAM_SUCCESS) {
		failed(t, "open", pamh, r);
		return;
	}
	if (login->must_isolate && mnt_inode() == own_mnt) {
		failed(t, "it was let in and not isolated", pamh, PAM_SYSTEM_ERR);
		return;
	}
	hold(t);
	if (login->must_not_close) {
		t->code = 0;
		return;
	}
	closing = child_now_ns();
	r = pam_close_session(pamh, PAM_SILENT);
	(void)pam_end(pamh, r); /* frees; nothing to fail */
	t->close_ns = child_now_ns() - closing;
	if (r != PAM_SUCCESS)
		failed(t, "close", NULL, r);
	else
		t->code = 0;
}
