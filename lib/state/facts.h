/* SPDX-License-Identifier: MIT */
/* The record of a set in the helper's memory */
#ifndef NSI_STATE_FACTS_H
#define NSI_STATE_FACTS_H

#include <stdint.h>

#include "state/record.h"

/*
 * DOC: facts
 *
 * A record has room for the longest texts and for 32 directories: 13 KiB, of which a set uses a
 * few hundred bytes.  A helper with a thousand sets keeps what is used.
 *
 * The fields have the names and types that they have in struct set_record, but for texts and
 * directories.  FACTS_SAME lists those that are the same; tests/unit/state/test_facts.c fails if
 * a field of the record is in neither list.
 */
#define FACTS_SAME(X)       \
	X(id)               \
	X(owner)            \
	X(digest)           \
	X(created)          \
	X(anchor_start)     \
	X(anchor_pid)       \
	X(uid)              \
	X(gid)              \
	X(types)            \
	X(linger)           \
	X(kill_grace)       \
	X(max_sessions)     \
	X(dir_count)        \
	X(scope)            \
	X(on_last_close)    \
	X(shares_net)       \
	X(nested)           \
	X(missing)          \
	X(ns)               \
	X(in_doubt)         \
	X(has_limits)       \
	X(is_ending)        \
	X(view_lost)        \
	X(is_retired)       \
	X(is_orphaned)      \
	X(has_memory_limit) \
	X(mnt_id)           \
	X(end)              \
	X(root_dev)         \
	X(job_id)           \
	X(job_is_v2)        \
	X(user_count)       \
	X(home_dev)         \
	X(watch_id)         \
	X(sentinel_wd)      \
	X(root_wd)          \
	X(home_wd)

#define FACTS_TEXTS(X) \
	X(policy)      \
	X(user)        \
	X(hostname)    \
	X(rule)        \
	X(program)     \
	X(view)        \
	X(job_name)    \
	X(job_group)

struct facts_dir {
	const char *path;
	uint64_t retain_age;
	uint64_t dev;
	int32_t wd;
	uint8_t method;
	uint8_t retain;
};

struct facts_hook {
	const char *run; /* "" for none */
	uint32_t timeout;
	uint8_t is_inside;
};

struct set_facts {
#define FACTS_FIELD(name) __typeof__(((struct set_record *)0)->name) name;
	FACTS_SAME(FACTS_FIELD)
#undef FACTS_FIELD
#define FACTS_FIELD(name) const char *name;
	FACTS_TEXTS(FACTS_FIELD)
#undef FACTS_FIELD
	uint32_t users[RECORD_USERS];
	struct facts_hook on_end;
	struct facts_dir *dirs; /* dir_count rows; owned, with all texts behind them */
};

/* Replaces what is in @f ({0} at first) by what @rec says.  Returns 0, or -ENOMEM with @f unchanged. */
int facts_load(struct set_facts *f, const struct set_record *rec);

/* Writes @f to @ret, all of it, as a record of the boot @boot_id; it has no checksum yet. */
void facts_store(const struct set_facts *f, const char *boot_id, struct set_record *ret);

void facts_free(struct set_facts *f);

#endif /* NSI_STATE_FACTS_H */
