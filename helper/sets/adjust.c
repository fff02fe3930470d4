/* SPDX-License-Identifier: MIT */
#include "sets/adjust.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "log/log.h"
#include "policy/image.h"
#include "sets/set.h"

void set_adjust(struct set *set, const struct pol_policy *policy)
{
	struct set_facts *rec = &set->rec;
	/* A set that lost sessions in a crash keeps the setting that kills nobody. */
	uint8_t on_last_close = rec->in_doubt ? rec->on_last_close : policy->on_last_close;
	bool same = rec->linger == policy->linger && rec->kill_grace == policy->kill_grace &&
		    rec->max_sessions == policy->max_sessions &&
		    rec->on_last_close == on_last_close;
	int r;

	if (same)
		return;
	rec->linger = policy->linger;
	rec->kill_grace = policy->kill_grace;
	rec->max_sessions = policy->max_sessions;
	rec->on_last_close = on_last_close;
	if (set->record_fd < 0) /* it is being built: its record is yet to come */
		return;
	r = set_write_record(set);
	if (r < 0)
		log_line(LOG_WARNING,
			 "cannot note the changed policy in the record of set %" PRIu64 ": %s",
			 rec->id, strerrordesc_np(-r));
}
