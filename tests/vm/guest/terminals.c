/* SPDX-License-Identifier: MIT */
/*
 * Virtual terminals for a program in a container that has none: /dev/ttyN is a new pseudo-terminal, and what is asked
 * of a console succeeds and changes nothing.  Load it by LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/kd.h>
#include <linux/vt.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

typedef int (*open_fn)(const char *path, int flags, ...);
typedef int (*ioctl_fn)(int fd, unsigned long request, ...);

static unsigned short active = 1;

/* A new pseudo-terminal's side for programs; the other side stays open as long as the process. */
static int terminal_open(int flags)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *name;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	name = ptsname(master);
	return name ? ((open_fn)dlsym(RTLD_NEXT, "open"))(name, flags & ~O_CREAT) : -1;
}

static int terminal_is(const char *path)
{
	return fnmatch("/dev/tty[0-9]*", path, FNM_PATHNAME) == 0;
}

#define TERMINAL_OPEN(name)                                                                       \
	int name(const char *path, int flags, ...)                                                \
	{                                                                                         \
		va_list ap;                                                                       \
		int mode;                                                                         \
                                                                                                  \
		va_start(ap, flags);                                                              \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;                       \
		va_end(ap);                                                                       \
		return terminal_is(path) ? terminal_open(flags)                                   \
					 : ((open_fn)dlsym(RTLD_NEXT, #name))(path, flags, mode); \
	}

TERMINAL_OPEN(open)
TERMINAL_OPEN(open64)
TERMINAL_OPEN(__open_2)
TERMINAL_OPEN(__open64_2)

/* The session has no terminal for logind: older ones refuse a session on a terminal that the seat does not have. */
int pam_set_item(pam_handle_t *pamh, int item_type, const void *item)
{
	int (*next)(pam_handle_t *, int, const void *) = dlsym(RTLD_NEXT, "pam_set_item");

	return item_type == PAM_TTY && item && terminal_is(item) ? PAM_SUCCESS
								 : next(pamh, item_type, item);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	switch (request) {
	case VT_OPENQRY:
		*(int *)arg = 7;
		return 0;
	case VT_GETSTATE:
		*(struct vt_stat *)arg = (struct vt_stat){.v_active = active};
		return 0;
	case VT_ACTIVATE:
		active = (unsigned short)(unsigned long)arg;
		return 0;
	case VT_GETMODE:
		memset(arg, 0, sizeof(struct vt_mode)); /* VT_AUTO */
		return 0;
	case KDGETMODE:
		*(int *)arg = KD_TEXT;
		return 0;
	case VT_WAITACTIVE:
	case VT_SETMODE:
	case VT_RELDISP:
	case VT_DISALLOCATE:
	case KDSETMODE:
	case KDSKBMODE:
		return 0;
	default:
		return ((ioctl_fn)dlsym(RTLD_NEXT, "ioctl"))(fd, request, arg);
	}
}
