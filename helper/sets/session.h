/* SPDX-License-Identifier: MIT */
/* Sessions: their begin and end */
#ifndef NSI_SESSION_H
#define NSI_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/nstype.h"

struct sets;
struct nsi_fail;
struct nsi_open;
struct origin;
struct session;
struct set;

/* The number and the times of a session, by which it is recognized. */
struct session_mark {
	uint64_t id;    /* random */
	uint64_t start; /* proc_now() */
	uint64_t since; /* seconds since the epoch */
};

/*
 * Records a session before its process may enter @set (NULL: the host's
 * namespaces): the record is written first, so that a helper that comes after
 * this one knows of it whatever happens in between.  Takes over @pidfd and the
 * descriptors of @origin.  @mark: of a session that began before, by the page of joins; or NULL.
 * Returns NULL with the reason in @f.
 */
struct session *session_new(struct sets *sets, struct set *set, const struct nsi_open *open,
			    int pid, int pidfd, struct origin *origin,
			    const struct session_mark *mark, struct nsi_fail *f);

/* Whether process @pid is in all of the namespaces of its set, or may not be looked at. */
bool session_is_inside(const struct session *s, int pid);

/* Another session that process @pid has open in the set of @s, or NULL. */
struct session *session_beside(const struct session *s, int pid);

/*
 * @from closes and its process stays in the set for @to: which then leads back to where @from
 * came from, if it was opened from within the set itself.
 */
void session_hand_over(struct session *from, struct session *to);

/* It has entered. */
void session_confirm(struct session *s);

/* Whether the end of its process is heard of. */
void session_watch(struct session *s);
void session_unwatch(struct session *s);

/* Ends it: closed, or its process is gone, or it never entered.  Frees @s and settles its set. */
void session_end(struct session *s);

/* The same without settling: its set is being taken over. */
void session_strike(struct session *s);

/* Frees without settling, for a set that goes away as a whole. */
void session_free(struct session *s);

/*
 * Opens the process @pid of a session that was on record with the start time @start (proc_start_time()).
 * Returns a pidfd, -ESRCH if it is gone, or -errno; one whose start may not be read counts as being there.
 */
int session_open_process(int pid, uint64_t start);

struct session *session_by_id(struct sets *sets, uint64_t set, uint64_t id);

/* Reads the sessions of an adopted set from its record, and drops those whose process is gone. */
void session_adopt_all(struct set *set);

#endif /* NSI_SESSION_H */
