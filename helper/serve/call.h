/* SPDX-License-Identifier: MIT */
/* A request: one connection and its progress */
#ifndef NSI_CALL_H
#define NSI_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "loop/loop.h"
#include "sets/set.h"
#include "wire/wire.h"
#include "work/work.h"

struct server;
struct sets;

enum call_state {
	CALL_FRESH,    /* nothing has come yet */
	CALL_POLICY,   /* an open waits for the policy to be read */
	CALL_ACCOUNTS, /* an open was asked for groups or the caller */
	CALL_SET,      /* an open waits for its set */
	CALL_IMPORT,   /* an open waits for files to be moved in */
	CALL_LIMIT,    /* an open waits for its limits to be in force */
	CALL_REPLIED,  /* an open may enter; its acknowledgement is due */
	CALL_CLOSING,  /* a close was answered; the end of its connection is awaited */
};

/* The accounts and groups from NSI_ACCOUNT messages. */
struct call_account {
	bool known;
	char name[NSI_NAME_SIZE];
	gid_t gid;
	gid_t *groups; /* owned */
	uint32_t count;
	bool may_lack; /* a source of groups did not answer */
};

struct call {
	LIST_ENTRY(call) link;
	struct server *server;
	struct sets *sets;
	enum call_state state;
	struct source sock; /* owned */
	struct timer rest;  /* armed: its login has its answer, and goes first */
	int pid;            /* of the other side, as the kernel says */
	int peer;           /* a pidfd of it; owned */
	int pidfd;          /* of the process to be isolated; owned */
	struct nsi_open open;
	uint64_t since_us; /* when it came */
	struct call_account user, caller;
	char *cgroups; /* /proc/PID/cgroup of the process, where a rule asks for it; owned */
	struct record_job job;       /* of the policy that holds for it; id 0: of none */
	struct set_waiter wait;      /* CALL_SET: for its set */
	struct loop_job resume;      /* goes on at @step */
	unsigned step;               /* enum open_step */
	struct work work;            /* CALL_LIMIT, CALL_IMPORT: the child that it waits for */
	int import_go;               /* tells the importing child that the login is inside; owned */
	uint64_t import_set;         /* 0: no import is under way */
	bool is_copied;              /* the files are in the set, and still on the host */
	struct limits_holder limits; /* in force, or about to be */
	char came_from[RECORD_CGROUP]; /* the group that the process was moved out of, or "" */
	uint64_t within; /* the set whose user namespace it comes from (user = "map"); 0 for none */
	uint64_t session_set,
		session_id; /* CALL_REPLIED, CALL_CLOSING: found again by these, as it may end */
	char rule[NSI_PATH_SIZE];
	char policy[NSI_WORD_SIZE];
	bool allow;          /* the policy says on_error = "allow" */
	bool looked;         /* the groups of the policy have been looked up again for it */
	bool joined;         /* it enters a set that was there */
	uint64_t instead_of; /* its set is new because the policy of this one has changed; 0: not */
	const struct set *
		closes_in; /* the set that its process leaves, while a close is answered; else NULL */
	bool is_by_type; /* it was answered by descriptors of namespaces, as a pidfd was of no use */
	bool is_part;    /* of a login that counts already: see logins.h */
};

/* A request without a message yet, over the connection @sock.  Returns NULL without memory. */
struct call *call_new(struct server *s, int sock);

/*
 * Lets a login go on whose open or close has been answered: its next message, or the end of its
 * connection, is read 2 ms later, as the helper would be woken and run in its place.
 * call_attend_others() reads it before @c is decided, which is @open or (NULL) a request that is neither open nor
 * close; opens of other users in sets of their own stay at rest then, as all that is written about them would be
 * in the way of a login that has nothing to do with it.  call_attend_process() reads those of other
 * sessions of the process of @c before it closes one by @m: one that is closed is not one for which it stays.
 */
void call_rest(struct call *c);
void call_attend_others(struct call *c, const struct nsi_open *open);
void call_attend_process(struct call *c, const struct nsi_close *m);

/* Frees a request in any state; a session that was not acknowledged is checked again. */
void call_free(struct call *c);

/* Sends a reply with descriptors; a peer that is gone or does not read is ignored. */
void call_reply(struct call *c, const struct nsi_reply *reply, const int *fds, unsigned count);

/*
 * Refuses with f->what and frees the call.  NSI_CAUSE_POLICY is for refusals by the policy itself,
 * and for failures that a user can cause: on_error = "allow" does not apply to these.
 */
void call_refuse(struct call *c, enum nsi_cause cause, const struct nsi_fail *f);

/* Answers that there is nothing to enter, with one sentence, and frees the call. */
void call_skip(struct call *c, const char *why);

/* Takes over a connection (requests.c).  @sock is closed if it cannot be served. */
void request_new(struct server *s, int sock);

/* Of close.c.  Each answers the request and frees it; but a close lasts until its process has left, which close_finished() is told. */
void close_session(struct call *c, const struct nsi_close *m);
void close_finished(struct call *c);

/* Repeats the answer with a descriptor for each namespace, once. */
void close_by_type(struct call *c);

void close_set(struct call *c, const struct nsi_retire *m);
void collect_garbage(struct call *c);

#endif /* NSI_CALL_H */
