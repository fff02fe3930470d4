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

struct server;
struct sets;
struct pol_policy;
struct pol_rule;

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
	struct call *next;
	struct server *server;
	struct sets *sets;
	enum call_state state;
	struct source sock; /* owned */
	int pid;            /* of the other side, as the kernel says */
	int peer;           /* a pidfd of it; owned */
	int pidfd;          /* of the process to be isolated; owned */
	struct nsi_open open;
	struct call_account user, caller;
	char *cgroups; /* /proc/PID/cgroup of the process, where a rule asks for it; owned */
	struct record_job job;  /* of the policy that holds for it; id 0: of none */
	struct set_waiter wait; /* CALL_SET: for its set */
	struct loop_job resume; /* CALL_POLICY: posted when the policy has been read */
	struct source import;   /* the pipe from the importing child; owned */
	int import_pidfd;       /* of that child, until its files are where they belong; owned */
	int import_go;          /* tells it that the login is inside; owned */
	uint64_t import_set;
	struct source limit;           /* CALL_LIMIT: the pidfd of the child; owned */
	int limit_out;                 /* the pipe from it; owned */
	struct limits_holder limits;   /* in force, or about to be */
	char came_from[RECORD_CGROUP]; /* the group that the process was moved out of, or "" */
	struct session *session;       /* while its reply is made */
	uint64_t within; /* the set whose user namespace it comes from (user = "map"); 0 for none */
	uint64_t session_set,
		session_id; /* CALL_REPLIED, CALL_CLOSING: found again by these, as it may end */
	char rule[NSI_PATH_SIZE];
	char policy[NSI_WORD_SIZE];
	bool allow;  /* the policy says on_error = "allow" */
	bool looked; /* the groups of the policy have been looked up again for it */
	bool joined;
	uint64_t instead_of; /* its set is new because the policy of this one has changed; 0: not */
	bool is_by_type; /* it was answered by descriptors of namespaces, as a pidfd was of no use */
	bool is_part;    /* of a login that counts already: see logins.h */
};

/* Takes over a connection.  @sock is closed if it cannot be served. */
void call_new(struct server *s, int sock);

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

/*
 * Reads the control groups of the process into c->cgroups (caller_job.c).  Returns 0 or -errno.
 */
int job_read_groups(struct call *c, struct nsi_fail *f);

/* Fills c->job by @policy, which has scope = "job".  Returns 0 or -errno. */
int job_of_call(struct call *c, const struct pol_image *image, const struct pol_policy *policy,
		struct nsi_fail *f);

/* Asks the module for the groups or for the caller; the call waits (decide.c). */
void open_ask(struct call *c, enum nsi_need need);

/* The steps of an open (open.c, decide.c): called with the request, and when a wait of it has ended. */
void open_begin(struct call *c);
void open_on_policy(struct loop_job *job);
void open_on_set(struct loop_job *job);
void open_decide(struct call *c);
void open_follow_policy(struct call *c, const struct pol_rule *rule);
void open_enter(struct call *c, struct set *set);
void open_enter_host(struct call *c);

/* Whether the user may have one more session of c->policy; else refuses, and frees the call. */
bool open_has_room(struct call *c, uint32_t max_sessions, bool is_to_build);
void open_acknowledged(struct call *c, bool entered);

/* Repeats the answer to an open or a close with a descriptor for each namespace, once. */
void open_enter_by_type(struct call *c);
void close_by_type(struct call *c);

/* The other requests (close.c); they answer and free the call. */
void close_session(struct call *c, const struct nsi_close *m);
void close_finished(struct call *c);
void close_set(struct call *c, const struct nsi_retire *m);
void collect_garbage(struct call *c);

/* The ways for a login from inside a PID namespace (nested.c). */
enum nested {
	NESTED_NOT,     /* it can enter that of @target (0: one yet to be made) */
	NESTED_SIBLING, /* it is in another PID namespace, which setns(2) cannot leave upwards */
};
enum nested nested_look(struct call *c, uint64_t target);

/*
 * Logins into a user namespace, and calls from within one (mapped.c).  Whether it is yet to
 * be asked which groups the user has; whether the maps of @set do for this login; and what
 * becomes of a call whose process is in the user namespace @user: 0 if it may go on,
 * MAPPED_STAYS for a login that is left in the set c->within, -EXDEV, -EPERM.  A login from
 * there that is let on may stay where it is, by a rule; mapped_check_leave() refuses all else (-EXDEV).
 */
enum {
	MAPPED_STAYS = 1
};
bool mapped_needs_groups(const struct call *c, const struct pol_policy *policy,
			 const struct set *set);
int mapped_fits(struct call *c, const struct set *set, struct nsi_fail *f);
int mapped_check_leave(const struct call *c, struct nsi_fail *f);
int mapped_check_peer(struct call *c, uint64_t user, const union nsi_message *m,
		      struct nsi_fail *f);

/*
 * Reads the namespaces in @types that a process has not reported itself (origin.c).  A process that
 * stayed outside of its set's PID namespace cannot see itself in the /proc that it has.
 */
void origin_complete(int pid, uint32_t types, struct ns_inodes *at);

/* Where a process comes from (origin.c); completes @from with what that takes. */
void origin_find(struct sets *sets, struct ns_inodes *from, int pid, uint32_t types,
		 struct origin *ret);

/* The namespaces that it stands in; the record of a session that outlived its helper has no inodes. */
struct ns_inodes origin_place(struct sets *sets, const struct origin *o);

/*
 * The way back: fills @fds and returns their count, 0 if there is none.  The
 * descriptors stay whose they are.
 */
unsigned origin_way(struct sets *sets, const struct origin *o, uint32_t types,
		    int fds[NS_TYPE_MAX]);

/*
 * The namespaces of process @pid, or the way back to @o, as one descriptor for each of @types in
 * their order.  The caller closes them (origin_close()).  Returns their count, 0 if one is missing.
 */
unsigned origin_open(int pid, uint32_t types, int fds[NS_TYPE_MAX]);
unsigned origin_open_way(struct sets *sets, const struct origin *o, uint32_t types,
			 int fds[NS_TYPE_MAX]);
void origin_close(int fds[], unsigned count);

#endif /* NSI_CALL_H */
