/* SPDX-License-Identifier: MIT */
/*
 * For /etc/ld.so.preload of a rig: clocks that jump while programs run.  /run/rig/clock has two numbers
 * of 64 bits in this machine's order: seconds to add to the wall clock, and to those that count from
 * the boot, as if the machine had slept.  The clocks themselves are the machine's.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct shifts {
	int64_t wall;
	int64_t boot;
};

static const struct shifts none;
static const volatile struct shifts *shifts = &none;
static int (*next_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void map_shifts(void)
{
	int fd = open("/run/rig/clock", O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;

	*(void **)&next_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	if (fd >= 0)
		map = mmap(NULL, sizeof(*shifts), PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		shifts = map;
	if (fd >= 0)
		close(fd);
}

static int64_t shift_of(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return shifts->wall;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		return shifts->boot;
	default:
		return 0;
	}
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r = next_gettime(clock, ts);

	if (r == 0)
		ts->tv_sec += shift_of(clock);
	return r;
}

__attribute__((visibility("default"))) time_t time(time_t *ret)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail with this clock */
	if (ret)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict tv,
							void *restrict zone)
{
	struct timespec ts = {0};

	if (zone)
		memset(zone, 0, sizeof(struct timezone));
	(void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail with this clock */
	*tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
	return 0;
}
