/* SPDX-License-Identifier: MIT */
/* The opening of a session: its steps, and what they share */
#ifndef NSI_OPEN_H
#define NSI_OPEN_H

#include <stdbool.h>

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

#endif /* NSI_OPEN_H */
