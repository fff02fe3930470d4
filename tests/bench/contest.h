/* SPDX-License-Identifier: MIT */
/* The contestants of the benchmark, and their turns */
#ifndef NSI_BENCH_CONTEST_H
#define NSI_BENCH_CONTEST_H

#include <stdbool.h>

#include "bench.h"
#include "child.h"
#include "instance.h"
#include "login.h"
#include "sample.h"

enum contest_kind {
	CONTEST_STACK, /* a PAM stack of others' modules */
	CONTEST_BARE,
	CONTEST_FIRST, /* ours, with no live set */
	CONTEST_ALONE, /* the same, and no spare anchor either */
	CONTEST_JOIN,  /* ours, with the user's set live */
	CONTEST_COLD,  /* ours, with no helper running */
	CONTEST_SKIP,  /* ours, with a rule that says skip */
};

struct contestant {
	const char *name;
	const char *label;
	enum contest_kind kind;
	const char *text;   /* the stack's lines, or the policy's */
	const char *module; /* that it needs; without it, it is absent */
	const char *namespace_conf;
	bool init_script;  /* /etc/security/namespace.init as Debian ships it */
	bool other;        /* of the build to compare with: bench.against */
	bool former;       /* of bench.former */
	bool never_closes; /* its close fails, or is none */
	child_fn bare;
	const char *user;
};

struct result {
	const struct contestant *who;
	struct instance instance;
	struct login login;
	char absent[160];                /* why there are no figures; "" */
	struct sample open, close, over; /* over: open less that of pam_permit, by rounds */
};

/* All contestants; the first one is pam_permit. */
extern const struct contestant contestants[];
extern const unsigned contestant_count;

/*
 * Measures @rounds turns of each, and calls @more while their instances are there.  @results has
 * room for all of them.  0 or -1.
 */
int contest_run(struct result *results, unsigned rounds,
		void (*more)(struct result *results, void *arg), void *arg);

/* One turn.  Returns 0 with the times in @t, or -1. */
int contest_turn(const struct result *r, struct timing *t);

/* Writes the configuration of pam_namespace.  0 or -1. */
int contest_namespaces(const char *text);

/* Whether a contestant is a line of bare system calls, of which pam_permit's time is no part. */
bool contest_is_bare(const char *name);

/* The result of a name; NULL if it is absent. */
const struct result *contest_find(const struct result *results, const char *name);

#endif /* NSI_BENCH_CONTEST_H */
