/* SPDX-License-Identifier: MIT */
/*
 * For /etc/ld.so.preload of a rig: a kernel that refuses namespaces.  clone3(2) with one of the
 * flags in /run/rig/refuse (hexadecimal) fails with ENOSPC, as at a limit of /proc/sys/user.  The
 * limits themselves are the machine's, and tests leave those alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long long refused(void)
{
	unsigned long long flags = 0;
	FILE *f = fopen("/run/rig/refuse", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llx", &flags) != 1)
		flags = 0;
	(void)fclose(f); /* was only read */
	return flags;
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long args[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_clone3) {
		const struct clone_args *clone = (const struct clone_args *)(uintptr_t)args[0];

		if (clone->flags & refused()) {
			errno = ENOSPC;
			return -1;
		}
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	return next(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}
