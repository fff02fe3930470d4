/* SPDX-License-Identifier: MIT */
/* The indexes of sets and sessions */
#ifndef NSI_INDEX_H
#define NSI_INDEX_H

#include <stdint.h>
#include <sys/queue.h>

struct session;
struct set;

LIST_HEAD(session_list, session);
LIST_HEAD(set_list, set);

enum {
	INDEX_BUCKETS = 512
};

/*
 * The sets of struct sets once more, by their owners and by their ids, and the
 * sessions of them all by their users and by the processes that opened them: a login looks for each of these, and a list of
 * a thousand sets is a thousand cache lines to fetch.
 */
struct set_index {
	struct set_list by_owner[INDEX_BUCKETS];
	struct set_list by_id[INDEX_BUCKETS];
	struct session_list by_user[INDEX_BUCKETS];
	struct session_list by_process[INDEX_BUCKETS];
	unsigned without_mounts; /* sets that share the host's mount namespace */
};

/* Of a set whose record says whose it is and which. */
void index_add(struct set_index *index, struct set *set);

/* An element that is not in the index is ignored. */
void index_remove(struct set_index *index, struct set *set);

/* The first of those among which the sets of @owner are; owner_link leads on. */
struct set *index_owner(const struct set_index *index, uint64_t owner);

struct set *index_id(const struct set_index *index, uint64_t id);

/* Of a session whose record says whose it is and which process opened it. */
void index_add_session(struct set_index *index, struct session *session);
void index_remove_session(struct session *session);

/* The first of those among which the sessions of @uid are; user_link leads on. */
struct session *index_user(const struct set_index *index, uint32_t uid);

/* The first of those among which the sessions opened by process @pid are; process_link leads on. */
struct session *index_process(const struct set_index *index, int pid);

#endif /* NSI_INDEX_H */
