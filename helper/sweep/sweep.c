/* SPDX-License-Identifier: MIT */
#include "sweep/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "confine/confine.h"
#include "host/host.h"
#include "instance/instance.h"
#include "instance/reserve.h"
#include "log/log.h"
#include "priv/priv.h"
#include "sweep/remove.h"

/* ioprio_set(2) has neither a wrapper nor a header of its own in glibc. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE        (3 << 13)

static const uint64_t day_us = UINT64_C(24) * 3600 * 1000000;
static const uint64_t retry_us = UINT64_C(10) * 1000000;
static const uint64_t full_us =
	UINT64_C(60) * 1000000; /* until there may be room for the reserve */
static const uint64_t round_us = UINT64_C(1) * 1000000; /* for all entries of the trash together */
static const uint64_t turn_least_us = 2000;
static const uint64_t soon_us = 1000; /* one sweep is for all sets that end in a turn of the loop */

/* How the child ends: its exit status. */
enum sweep_end {
	SWEEP_DONE,
	SWEEP_FAILED,
	SWEEP_MORE, /* another is to go on, with what has ended meanwhile */
	SWEEP_FULL, /* there was no room for the whole reserve */
};

/* "s<boot>-<id>": over when it is of another boot, or of a set that is no more. */
static bool sweep_is_ended_set(const struct sweeper *s, const char *name)
{
	uint64_t id;

	if (!instance_is_of_set(name, &id)) /* an administrator's, as "s0123abcd-7.old" */
		return false;
	if (!instance_is_of_boot(name, s->host->boot_id, &id))
		return true;
	return id <= s->host->last_set && !s->owner.is_live(s->owner.arg, 's', id);
}

/* "u<uid>", "g<number>": of no live set, which holds a lock unless its anchor was killed. */
static bool sweep_is_unused_owner(const struct sweeper *s, const char *name)
{
	uint64_t number;

	return instance_is_of_owner(name, &number) &&
	       !s->owner.is_live(s->owner.arg, name[0], number);
}

static void sweep_end_instances(const struct sweeper *s, int state_fd, const char *owner)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, owner);
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		int r;

		if (e->d_name[0] == '.' || e->d_type == DT_REG)
			continue;
		r = instance_end_if_over(state_fd, dirfd(dir), e->d_name, s->host->boot_id);
		if (r < 0)
			log_line(LOG_WARNING, "cannot end the instance %s/%s: %s", owner, e->d_name,
				 strerrordesc_np(-r));
	}
}

/* The directories of a set that has ended, but for those of a job that are retained beyond it. */
static void sweep_end_set(const struct sweeper *s, int state_fd, const char *name)
{
	int r = instance_end_set(state_fd, name, s->host->boot_id);

	if (r > 0)
		r = instance_discard(state_fd, state_fd, name);
	if (r < 0)
		log_line(LOG_WARNING, "cannot discard %s: %s", name, strerrordesc_np(-r));
}

static void sweep_collect(const struct sweeper *s, int state_fd)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, ".");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		if (sweep_is_ended_set(s, e->d_name))
			sweep_end_set(s, state_fd, e->d_name);
		else if (sweep_is_unused_owner(s, e->d_name))
			sweep_end_instances(s, state_fd, e->d_name);
	}
}

/* One entry of the trash, until @deadline_us.  Returns as remove_below(). */
static int sweep_entry(int trash, const char *name, uint64_t deadline_us,
		       struct remove_count *total)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct remove_count count = {0};
	int r;

	if (unlinkat(trash, name, 0) == 0)
		return 0;
	fd = path_open(trash, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	r = fd < 0 ? fd : remove_below(fd, deadline_us, &count);
	if (r == 0 && unlinkat(trash, name, AT_REMOVEDIR) < 0 && count.stuck == 0)
		r = -errno;
	if (r == -ENOENT)
		return 0;
	if (r < 0 && count.stuck++ == 0)
		(void)text_escape(count.first_stuck, sizeof(count.first_stuck), name);
	if (r != REMOVE_LATE && count.stuck) {
		if (total->stuck == 0)
			memcpy(total->first_stuck, count.first_stuck, sizeof(count.first_stuck));
		total->stuck += count.stuck;
	}
	return r;
}

/*
 * Each entry of the trash has its turn, and all of them together a time: who left a million
 * files, or goes on making them, delays nobody else.  Returns whether there is more.
 */
static bool sweep_empty_trash(int trash)
{
	NSI_AUTO_DIR DIR *dir = path_list(trash, ".");
	struct remove_count total = {0};
	struct dirent *e;
	uint64_t entries = 0, turn_us;
	bool more = false;

	if (!dir)
		return false;
	while ((e = readdir(dir)) != NULL)
		entries++;
	turn_us =
		round_us / (entries + 1) > turn_least_us ? round_us / (entries + 1) : turn_least_us;
	rewinddir(dir);
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' &&
		    sweep_entry(trash, e->d_name, clock_now_us() + turn_us, &total) == REMOVE_LATE)
			more = true;
	if (total.stuck)
		log_line(LOG_WARNING,
			 "%" PRIu64
			 " entries of ended instances cannot be removed, such as %s: immutable, or "
			 "mounted on? They are in the trash of the statedir",
			 total.stuck, total.first_stuck);
	return more;
}

static enum sweep_end sweep_fail(const struct nsi_fail *f)
{
	log_line(LOG_WARNING, "%s", f->what);
	return SWEEP_FAILED;
}

/* From here on, nothing but what has ended, and the reserve. */
static int sweep_limit_to_trash(int trash, int state, struct nsi_fail *f)
{
	NSI_AUTO_FD int reserve =
		path_open(state, "reserve", O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	const struct landlock_place places[] = {
		{.fd = trash, .access = LANDLOCK_TO_WRITE},
		{.fd = reserve, .access = LANDLOCK_TO_WRITE},
	};

	return landlock_limit(places, reserve < 0 ? 1 : 2, LANDLOCK_MOVES, f);
}

/* All that a sweep does.  Returns how the child ends. */
static enum sweep_end sweep_once(const struct sweeper *s, int state)
{
	NSI_AUTO_FD int trash = -EBADF;
	struct nsi_fail f = {""};
	int r = reserve_fill(state); /* first: who fills the file system next may be quick */
	bool more;

	sweep_collect(s, state);
	trash = path_open(state, "trash", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	if (trash >= 0 && sweep_limit_to_trash(trash, state, &f) < 0)
		return sweep_fail(&f);
	more = trash >= 0 && sweep_empty_trash(trash);
	if (r == -ENOSPC || r == -EDQUOT)
		r = reserve_fill(state);
	if (more)
		return SWEEP_MORE;
	return r == -ENOSPC || r == -EDQUOT ? SWEEP_FULL : SWEEP_DONE;
}

/* From here on, nothing outside of the statedir. */
static int sweep_limit(int state, struct nsi_fail *f)
{
	const struct landlock_place place = {.fd = state, .access = LANDLOCK_TO_WRITE};

	return landlock_limit(&place, 1, LANDLOCK_MOVES, f);
}

/* The child's part. */
static int sweep_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	const struct sweeper *s = arg;
	const struct sched_param idle = {0};
	NSI_AUTO_FD int state = -EBADF;

	(void)fds;
	(void)out;
	if (priv_become(PRIV_SWEEPER, f) < 0)
		return SWEEP_FAILED;
	/* Politeness only: a kernel that declines is no reason to keep the files. */
	(void)sched_setscheduler(0, SCHED_IDLE, &idle);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	state = path_open_trusted(s->host->statedir, O_RDONLY | O_DIRECTORY, PATH_ROOT_OWNED, f);
	if (state < 0)
		return state == -ENOENT ? SWEEP_DONE : SWEEP_FAILED;
	if (sweep_limit(state, f) < 0 || confine_become(CONFINE_SWEEPER, f) < 0)
		return sweep_fail(f);
	return sweep_once(s, state);
}

static void sweep_on_done(struct work *w)
{
	struct sweeper *s = loop_owner(w, struct sweeper, work);

	if (w->status < 0 || w->status == SWEEP_FAILED)
		log_line(LOG_WARNING, "the sweeper of %s ended unexpectedly", s->host->statedir);
	if (w->status == SWEEP_FULL)
		loop_arm(s->loop, &s->daily, full_us);
	if (s->again || w->status == SWEEP_MORE)
		sweeper_start(s);
}

static void sweep_on_daily(struct timer *t)
{
	sweeper_start(loop_owner(t, struct sweeper, daily));
}

void sweeper_init(struct sweeper *s, struct loop *loop, const struct host *host,
		  struct sweep_owner owner)
{
	*s = (struct sweeper){
		.loop = loop,
		.host = host,
		.owner = owner,
		.work = WORK_NONE,
		.daily = {.fire = sweep_on_daily},
	};
}

void sweeper_start(struct sweeper *s)
{
	int r;

	if (sweeper_is_busy(s)) {
		s->again = true;
		return;
	}
	s->again = false;
	r = work_start(&s->work, s->loop,
		       &(struct work_order){.run = sweep_run, .arg = s, .done = sweep_on_done});
	if (r < 0)
		log_line(LOG_WARNING, "cannot start the sweeper: %s; it is tried again",
			 strerrordesc_np(-r));
	loop_arm(s->loop, &s->daily, r < 0 ? retry_us : day_us);
}

void sweeper_start_soon(struct sweeper *s)
{
	if (sweeper_is_busy(s))
		s->again = true;
	else
		loop_arm(s->loop, &s->daily, soon_us);
}
