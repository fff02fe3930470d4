/* SPDX-License-Identifier: MIT */
/* The opening of a session: its steps, and what they share */
#ifndef NSI_OPEN_H
#define NSI_OPEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "policy/image.h"
#include "sets/set.h"
#include "setup/setup.h"
#include "wire/wire.h"

struct call;

/*
 * DOC: how a session is opened
 *
 * open.c has a table of steps.  A request goes through them in their order, leaving out those that neither
 * its policy nor its process makes necessary.  A step that has to wait ends the run; what it
 * waited for resumes the request at a step of its choice, mostly OPEN_RULE, as everything that was found may have
 * changed meanwhile.  It goes on by a job, with nothing else on the stack.
 */
enum open_step {
	OPEN_OFF,      /* is everything switched off? */
	OPEN_INSTANCE, /* does the module mean this helper? */
	OPEN_POLICY,   /* the files of the policy are read, if they have changed */
	OPEN_RULE,     /* the rule for the login, for which the module may be asked for accounts */
	OPEN_WITHIN,   /* nobody leaves a user namespace */
	OPEN_ROOT,     /* entering would lift a chroot */
	OPEN_LIMITS,   /* a child applies limits to the process */
	OPEN_FIND,     /* the set that the login shares */
	OPEN_GROUPS,   /* a user namespace needs the groups of the user */
	OPEN_NESTED,   /* nobody leaves a PID namespace */
	OPEN_CHANGE,   /* the set is of an older policy */
	OPEN_PROCESS,  /* a process is in one set at a time */
	OPEN_PLACE,    /* may there be one more set? */
	OPEN_HELD,     /* the same, for sets that something still uses */
	OPEN_BUILD,    /* there is no set: one is built */
	OPEN_VIEW,     /* the set is as its policy says */
	OPEN_IMPORT,   /* a child copies files into it */
	OPEN_COUNT,    /* may the user have one more session? */
	OPEN_MAPS,     /* does the set's user namespace map the user? */
	OPEN_ENTER,    /* the session is put on record, and the module is told to enter */
	OPEN_STEPS,
};

/* Outcome of a step; below zero: -errno, refused because of opening.fail. */
enum {
	OPEN_NEXT,
	OPEN_WAIT,     /* the request is resumed by what it waits for */
	OPEN_ANSWERED, /* the request has its answer and may be freed */
	OPEN_UNWANTED, /* of open_step_run(): the step is not on the way of this request */
};

/* An opening that is under way, with all that is known so far. */
struct open_run {
	struct call *call;
	const struct pol_image *image;
	bool is_host;             /* the rule's action is "host": it leads out of every set */
	bool has_policy;          /* @policy is known */
	struct pol_policy policy; /* the rule's, without what this login cannot have */
	struct set_key key;
	struct set *set; /* to be joined or entered; NULL: to be built */
	enum nsi_cause cause;
	struct nsi_fail fail;
};

/*
 * Has a request go on at @step, by a job: at OPEN_RULE or before, with all that is known found anew, or behind OPEN_BUILD with the
 * set that it has waited for, if that can be entered; else at OPEN_RULE.
 */
void open_resume(struct call *c, enum open_step step);

/* The job of a request that goes on, and the one of a request whose set has news. */
void open_on_turn(struct loop_job *job);
void open_on_set(struct loop_job *job);

/* Runs one step, if it is wanted. */
int open_step_run(struct open_run *o, enum open_step step);
const char *open_step_name(enum open_step step);

/* Returns the plan by which a set is built, or files are imported into it. */
struct setup_plan open_plan(const struct open_run *o);

/* Asks the module for the groups or for the caller (decide.c).  Returns OPEN_WAIT. */
int open_ask(struct call *c, enum nsi_need need);

/* Steps of enter.c. */
int enter_check_count(struct open_run *o);
int enter_session(struct open_run *o);

/* Repeats the answer of a login that was let in with a descriptor for each namespace, once. */
void enter_by_type(struct call *c);

/* The end of a login that was let in, or of its connection. */
void enter_acknowledged(struct call *c, bool entered);

/* Steps of decide.c: whether everything is switched off, and whether the module means this helper.  Return an outcome of a step. */
int decide_off(struct open_run *o);
int decide_instance(struct open_run *o);

/*
 * Finds the rule for the login and follows it: to a policy, to the host, or to no isolation, which answers the request.
 * Returns an outcome of a step.
 */
int decide_rule(struct open_run *o);

/*
 * Returns the key of a login of @user whose policy is that of @rule: the uid and the account's
 * name, which shows when a uid has been given to another account; or for scope = "group" a number
 * computed from the rule's lists, so that it is the same after a reload; or for scope = "job" the id
 * of the control group of @job, and the user.  It points to @user and @job.
 */
struct set_key decide_key(const struct pol_image *image, const struct pol_rule *rule, uid_t uid,
			  const char *user, const struct record_job *job);

/*
 * Starts a child that applies the policy's limits to the login, before its set is looked up, as the set takes the
 * login's control group.  Returns OPEN_NEXT if they are in force, OPEN_WAIT, or -errno.
 */
int limit_begin(struct open_run *o);

/* Moves the process of a session that did not begin, or closes, back to its former control group. */
void limit_return(const struct session *s);

/* Undoes the limits of a request that ends without a session. */
void limit_drop(struct call *c);

/*
 * Starts a child that copies the files into the set, which stays LIVE meanwhile.  The request waits
 * for the child, and then enters the set or is refused.  Returns OPEN_WAIT or -errno.
 */
int import_start(struct open_run *o);

/* Lets the child remove the originals, as the login is inside.  Does nothing without an import. */
void import_finish(struct call *c);

/* Ends the import and leaves the originals, as the login has failed.  Does nothing without an import. */
void import_drop(struct call *c);

/* Checks that the login can be represented by the maps of @set.  Returns 0 or -errno. */
int mapped_fits(struct call *c, const struct set *set, struct nsi_fail *f);

/* Positive outcome of mapped_check_peer(): the login is left in the set c->within. */
enum {
	MAPPED_STAYS = 1
};

/*
 * Decides about the message @m of a process in the user namespace @user.  Returns 0 if the request may go on, MAPPED_STAYS,
 * -EXDEV, or -EPERM.  A login from there that goes on may stay where it is, by a rule; mapped_check_leave() refuses all else.
 */
int mapped_check_peer(struct call *c, uint64_t user, const union nsi_message *m,
		      struct nsi_fail *f);

/* Refuses (-EXDEV) what would lead out of the user namespace that the request comes from, if it comes from one. */
int mapped_check_leave(const struct call *c, struct nsi_fail *f);

#endif /* NSI_OPEN_H */
