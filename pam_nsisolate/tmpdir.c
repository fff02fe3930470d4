/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/tmpdir.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "base/text.h"
#include "login/workdir.h"

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
