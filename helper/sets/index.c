/* SPDX-License-Identifier: MIT */
#include "sets/index.h"

#include <stddef.h>

#include "sets/set.h"

/* Uids come in runs, group numbers are hashes: both are spread by a multiplication (Knuth, 6.4). */
static unsigned index_bucket(uint64_t number)
{
	return (unsigned)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % INDEX_BUCKETS;
}

void index_add(struct set_index *index, struct set *set)
{
	struct set **owner = &index->by_owner[index_bucket(set->rec.owner)];
	struct set **id = &index->by_id[index_bucket(set->rec.id)];

	set->next_of_owner = *owner;
	*owner = set;
	set->next_of_id = *id;
	*id = set;
	set->is_without_mounts = !(set->rec.types & ns_bit(NS_MNT));
	index->without_mounts += set->is_without_mounts;
}

void index_remove(struct set_index *index, struct set *set)
{
	struct set **owner = &index->by_owner[index_bucket(set->rec.owner)];
	struct set **id = &index->by_id[index_bucket(set->rec.id)];

	while (*owner && *owner != set)
		owner = &(*owner)->next_of_owner;
	if (*owner)
		*owner = set->next_of_owner;
	while (*id && *id != set)
		id = &(*id)->next_of_id;
	if (*id) {
		*id = set->next_of_id;
		index->without_mounts -= set->is_without_mounts;
	}
}

struct set *index_owner(const struct set_index *index, uint64_t owner)
{
	return index->by_owner[index_bucket(owner)];
}

struct set *index_id(const struct set_index *index, uint64_t id)
{
	struct set *set = index->by_id[index_bucket(id)];

	while (set && set->rec.id != id)
		set = set->next_of_id;
	return set;
}

void index_add_session(struct set_index *index, struct session *session)
{
	struct session **user = &index->by_user[index_bucket(session->rec.uid)];
	struct session **process = &index->by_process[index_bucket((uint64_t)session->rec.pid)];

	session->next_of_user = *user;
	*user = session;
	session->next_of_process = *process;
	*process = session;
}

void index_remove_session(struct set_index *index, struct session *session)
{
	struct session **user = &index->by_user[index_bucket(session->rec.uid)];
	struct session **process = &index->by_process[index_bucket((uint64_t)session->rec.pid)];

	while (*process && *process != session)
		process = &(*process)->next_of_process;
	if (*process)
		*process = session->next_of_process;
	while (*user && *user != session)
		user = &(*user)->next_of_user;
	if (*user)
		*user = session->next_of_user;
}

struct session *index_user(const struct set_index *index, uint32_t uid)
{
	return index->by_user[index_bucket(uid)];
}

struct session *index_process(const struct set_index *index, int pid)
{
	return index->by_process[index_bucket((uint64_t)pid)];
}
