/* SPDX-License-Identifier: MIT */
/* The release of a set's resources */
#include "sets/life.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "hook/hook.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/limits.h"
#include "sets/set.h"
#include "sweep/remove.h"

/* <rundir>/etc/<id>: the files that stand in for the host's. */
void set_remove_files(const struct host *host, uint64_t id)
{
	struct remove_count count;
	NSI_AUTO_FD int dir = -EBADF;
	char name[24];

	text_fmt(name, sizeof(name), "%" PRIu64, id);
	dir = path_open(host->etc_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	if (dir < 0)
		return;
	if (remove_below(dir, 0, &count) < 0 || unlinkat(host->etc_fd, name, AT_REMOVEDIR) < 0)
		log_line(LOG_WARNING, "cannot remove the files of set %" PRIu64, id);
}

static bool end_has_disk(const struct set *set)
{
	for (uint32_t i = 0; i < set->rec.dir_count; i++)
		if (set->rec.dirs[i].method == POL_METHOD_DISK)
			return true;
	return false;
}

static void end_run_hook(const struct set *set, int place)
{
	const struct facts_hook *end = &set->rec.on_end;
	const struct hook hook = {
		.event = "end",
		.run = end->run,
		.timeout = end->timeout,
		.set = set->rec.id,
		.policy = set->rec.policy,
		.user = set->rec.user,
		.uid = set->rec.uid,
		.place = place,
	};
	int r = end->run[0] ? hook_spawn(&hook) : 0;

	if (r < 0)
		log_line(LOG_WARNING, "set %" PRIu64 ": cannot run the hook %s: %s", set->rec.id,
			 end->run, strerrordesc_np(-r));
}

bool end_run_inside(struct set *set)
{
	if (!set->rec.on_end.is_inside || !set->rec.on_end.run[0] || set->rec.is_ending)
		return false;
	end_put_on_record(set);
	if (set->record_fd >= 0 && set->anchor.pidfd >= 0)
		end_run_hook(set, set->anchor.pidfd);
	return true;
}

void end_put_on_record(struct set *set)
{
	int r;

	if (set->record_fd < 0 || set->rec.is_ending)
		return;
	if (!set->rec.on_end.is_inside && !network_is_there(set))
		return; /* there is nothing but the anchor to end, whose end the next helper sees */
	set->rec.is_ending = true;
	r = set_write_record(set);
	if (r < 0)
		log_line(LOG_WARNING, "set %" PRIu64 ": cannot write on record that it ends: %s",
			 set->rec.id, strerrordesc_np(-r));
}

static void end_release_limits(struct set *set)
{
	set->rec.has_limits = false;
	limits_release(&set->sets->limits, &set->limits);
}

void end_give_back_early(struct set *set)
{
	if (!set->rec.end.is_over && (set->found.is_partial || (set->found.types & ns_bit(NS_NET))))
		return;
	if (network_is_there(set)) {
		end_put_on_record(set);
		(void)network_end(set); /* SET_NETWORK_GONE is nothing to a held set */
	}
	if (set->rec.end.is_over || set->found.members == 0)
		end_release_limits(set);
}

/*
 * The record goes last: as long as it is there, a helper that comes after a crash takes up from
 * here.
 */
void set_gone(struct set *set)
{
	struct sets *sets = set->sets;
	const bool sweep = end_has_disk(set);
	const uint64_t id = set->rec.id;
	int r;

	if (network_end(set)) /* of a set that could not be built */
		return;
	if (set->record_fd >= 0 && !set->rec.on_end.is_inside)
		end_run_hook(set, -EBADF);
	set_remove_files(&sets->host, id);
	r = record_remove(sets->host.sets_fd, id);
	if (r < 0)
		log_line(LOG_WARNING, "cannot remove the record of set %" PRIu64 ": %s", id,
			 strerrordesc_np(-r));
	if (set->record_fd >= 0)
		set_log(set, LOG_INFO, "ended set=%" PRIu64 " uid=%u policy=%s", id, set->rec.uid,
			set->rec.policy);
	set_free(set);
	if (sweep)
		sweeper_start_soon(&sets->sweeper);
}
