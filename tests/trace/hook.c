/* SPDX-License-Identifier: MIT */
/* The hook of -finstrument-functions: writes which functions the helper enters and leaves; see tools/trace-login */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define TRACE_FILE "/run/nsisolate-trace"

enum {
	TRACE_ROOM = 1 << 20
};

extern const char __executable_start[]; /* of ld(1) */

static char room[TRACE_ROOM]; /* lines "+HEX" and "-HEX", an address in the program each */
static unsigned used, depth;
static pid_t owner; /* children of the helper are not traced */

void __cyg_profile_func_enter(void *function, void *from);
void __cyg_profile_func_exit(void *function, void *from);

/* Opened each time: the helper closes descriptors that it does not know. */
static void flush(void)
{
	int fd = open(TRACE_FILE, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd >= 0 && write(fd, room, used) < 0)
		used = 0;
	if (fd >= 0)
		close(fd);
	used = 0;
}

static void note(char sign, const void *function)
{
	uintptr_t at = (uintptr_t)function - (uintptr_t)__executable_start;

	if (used + 10 > sizeof(room))
		flush();
	room[used] = sign;
	for (int i = 8; i > 0; i--, at >>= 4)
		room[used + (unsigned)i] = "0123456789abcdef"[at & 15];
	room[used + 9] = '\n';
	used += 10;
}

void __cyg_profile_func_enter(void *function, void *from)
{
	(void)from;
	if (!owner)
		owner = getpid();
	if (getpid() != owner)
		return;
	depth++;
	note('+', function);
}

void __cyg_profile_func_exit(void *function, void *from)
{
	(void)from;
	if (getpid() != owner)
		return;
	note('-', function);
	if (--depth <= 2) /* a turn of the loop is over */
		flush();
}
