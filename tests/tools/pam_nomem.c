/* SPDX-License-Identifier: MIT */
/*
 * A shortage of memory.  Preloaded, fails one allocation: number NOMEM_AT of the process and
 * its children, counted from the start or, with NOMEM_FROM=module, between the module's first call
 * of libpam and its line in the log.
 */
#include <dlfcn.h>
#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void *malloc(size_t size);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *old, size_t size);

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static unsigned long fail_at, seen;
static int counting;

static int fails(void)
{
	if (!counting || !fail_at || ++seen != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("NOMEM_AT"), *from = getenv("NOMEM_FROM");

	fail_at = at ? strtoul(at, NULL, 10) : 0;
	counting = !from;
}

EXPORT void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

EXPORT int pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
	static int (*real)(pam_handle_t *, const char **, const char *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pam_get_user");
	counting = 1;
	return real(pamh, user, prompt);
}

EXPORT void pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	va_list args;

	counting = 0;
	if (seen)
		fprintf(stderr, "allocations %lu\n", seen);
	va_start(args, fmt);
	pam_vsyslog(pamh, priority, fmt, args);
	va_end(args);
}
