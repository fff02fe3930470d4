/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int fail_negative(int err)
{
	if (err == 0)
		return -EIO;
	return err < 0 ? err : -err;
}

int fail_set(struct nsi_fail *f, int err, const char *fmt, ...)
{
	va_list ap;

	if (f->what[0] == '\0') {
		va_start(ap, fmt);
		(void)vsnprintf(f->what, sizeof(f->what), fmt, ap); /* cut short is fine */
		va_end(ap);
	}
	return fail_negative(err);
}

int fail_errno(struct nsi_fail *f, int err, const char *fmt, ...)
{
	const char *text;
	va_list ap;
	size_t used;

	err = fail_negative(err);
	if (f->what[0] != '\0')
		return err;
	va_start(ap, fmt);
	(void)vsnprintf(f->what, sizeof(f->what), fmt, ap); /* cut short is fine */
	va_end(ap);

	/* Not strerror(): it may load a message catalogue (gettext) in other people's daemons. */
	text = err == -ENFILE ? "a limit is reached, see /proc/sys/fs/file-max"
			      : strerrordesc_np(-err);
	used = strlen(f->what);
	text_fmt(f->what + used, sizeof(f->what) - used, ": %s", text ? text : "unknown error");
	return err;
}
