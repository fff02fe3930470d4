/* SPDX-License-Identifier: MIT */
#include "contest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"

/* pam_namespace knows one configuration, and runs a script if there is one. */
#define NAMESPACE_CONF "/etc/security/namespace.conf"
#define NAMESPACE_INIT "/etc/security/namespace.init"

static bool is_ours(const struct result *r)
{
	return r->who->kind >= CONTEST_FIRST;
}

int contest_namespaces(const char *text)
{
	FILE *file = fopen(NAMESPACE_CONF, "we");

	if (!file)
		return -1;
	(void)fputs(text, file); /* fclose() tells */
	return fclose(file);
}

/*
 * Others of the race mount on the host, and the first join of a set after that waits for a look at its view.
 * This is that join: the one that is measured joins a set whose view is known.
 */
static int join_once(const struct result *r)
{
	static struct timing *t;

	if (!t)
		t = child_memory(1);
	if (!t || child_time(login_run, &r->login, t) < 0)
		return -1;
	return instance_settle(&r->instance, 1);
}

/* Prepares a turn; this is not part of its time. */
static int prepare(const struct result *r)
{
	if (r->who->namespace_conf) {
		if (contest_namespaces(r->who->namespace_conf) < 0)
			return -1;
		return r->who->init_script ? rename(NAMESPACE_INIT ".off", NAMESPACE_INIT) : 0;
	}
	if (r->who->kind == CONTEST_COLD)
		instance_stop(&r->instance);
	if (r->who->kind == CONTEST_ALONE)
		instance_take_spare(&r->instance);
	if (r->who->kind == CONTEST_JOIN)
		return join_once(r);
	return 0;
}

static void tidy(const struct result *r)
{
	if (r->who->init_script)
		(void)rename(NAMESPACE_INIT, NAMESPACE_INIT ".off"); /* it was there before */
	if (!is_ours(r))
		(void)usleep(2000); /* time for the kernel's deferred work */
	else if (instance_settle(&r->instance, r->who->kind == CONTEST_JOIN ? 1 : 0) < 0)
		bench_say("%s does not settle", r->who->name);
}

int contest_turn(const struct result *r, struct timing *t)
{
	int code;

	if (prepare(r) < 0)
		return -1;
	if (r->who->bare)
		code = child_time(r->who->bare, NULL, t);
	else
		code = child_time(login_run, &r->login, t);
	tidy(r);
	return code;
}

static bool has_module(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", bench.modules, name);
	return access(path, R_OK) == 0;
}

static int set_up(struct result *r, struct crowd *holders)
{
	const struct contestant *c = r->who;

	if (c->bare)
		return 0;
	r->login.service = c->name;
	(void)snprintf(r->login.user, sizeof(r->login.user), "%s", c->user);
	r->login.must_isolate = c->kind != CONTEST_SKIP && (is_ours(r) || c->namespace_conf);
	r->login.must_not_close = c->never_closes;
	if (!is_ours(r))
		return login_write_service(c->name, c->text);
	if (instance_make(&r->instance, c->name, c->text,
			  c->kind == CONTEST_SKIP ? "{ action = \"skip\"; }" : NULL,
			  c->other    ? bench.against
			  : c->former ? bench.former
				      : NULL) < 0)
		return -1;
	return c->kind == CONTEST_JOIN ? crowd_enter(holders, login_run, &r->login) : 0;
}

static bool is_asked_for(const char *name)
{
	const char *at = bench.names;
	size_t len = strlen(name);

	while (at && (at = strstr(at, name)) != NULL && (at[-1] != ' ' || at[len] != ' '))
		at += len;
	return !bench.names || at || strcmp(name, "permit") == 0;
}

/* One turn that does not count: whoever cannot do it is not in the race. */
static void try_out(struct result *r, struct crowd *holders, struct timing *t)
{
	if (!is_asked_for(r->who->name))
		(void)snprintf(r->absent, sizeof(r->absent), "not asked for");
	else if (r->who->module && !has_module(r->who->module))
		(void)snprintf(r->absent, sizeof(r->absent), "%s is not installed", r->who->module);
	else if (r->who->other && !bench.against)
		(void)snprintf(r->absent, sizeof(r->absent), "no --against");
	else if (r->who->former && !bench.former)
		(void)snprintf(r->absent, sizeof(r->absent), "the former build is not there");
	else if (set_up(r, holders) < 0)
		(void)snprintf(r->absent, sizeof(r->absent), "cannot be set up");
	else if (contest_turn(r, t) < 0)
		(void)snprintf(r->absent, sizeof(r->absent), "%s", t->why);
	if (r->absent[0] && !r->who->other && !bench.names)
		bench_say("%s is absent: %s", r->who->name, r->absent);
}

static void shuffle(unsigned *order, unsigned count, unsigned *seed)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned j, kept;

		*seed = *seed * 1664525u + 1013904223u;
		j = (*seed >> 8) % i;
		kept = order[i - 1];
		order[i - 1] = order[j];
		order[j] = kept;
	}
}

/* Everybody once, in an order of this round's own. */
static void one_round(struct result *results, unsigned *seed, struct timing *t)
{
	unsigned order[64];
	double open[64] = {0};

	for (unsigned i = 0; i < contestant_count; i++)
		order[i] = i;
	shuffle(order, contestant_count, seed);
	for (unsigned n = 0; n < contestant_count; n++) {
		struct result *r = &results[order[n]];

		if (r->absent[0] || contest_turn(r, t) < 0) {
			if (!r->absent[0])
				bench_say("%s failed once: %s", r->who->name, t->why);
			continue;
		}
		open[order[n]] = t->open_ns;
		sample_add(&r->open, t->open_ns);
		if (t->close_ns > 0)
			sample_add(&r->close, t->close_ns);
	}
	for (unsigned i = 0; i < contestant_count; i++)
		if (open[i] > 0 && open[0] > 0)
			sample_add(&results[i].over,
				   results[i].who->bare ? open[i] : open[i] - open[0]);
}

int contest_run(struct result *results, unsigned rounds,
		void (*more)(struct result *results, void *arg), void *arg)
{
	struct timing *t = child_memory(1);
	struct crowd holders;
	unsigned seed = 1;

	if (crowd_init(&holders, contestant_count) < 0 || bare_start() < 0)
		return -1;
	(void)rename(NAMESPACE_INIT, NAMESPACE_INIT ".off"); /* absent: so be it */
	for (unsigned i = 0; i < contestant_count; i++) {
		results[i].who = &contestants[i];
		try_out(&results[i], &holders, t);
	}
	for (unsigned round = 0; round < rounds; round++) {
		one_round(results, &seed, t);
		if (round % 20 == 19)
			bench_say("contest: round %u of %u", round + 1, rounds);
	}
	more(results, arg);
	crowd_leave(&holders);
	bare_stop();
	for (unsigned i = 0; i < contestant_count; i++)
		if (is_ours(&results[i]))
			instance_stop(&results[i].instance);
	return results[0].absent[0] ? -1 : 0;
}

const struct result *contest_find(const struct result *results, const char *name)
{
	for (unsigned i = 0; i < contestant_count; i++)
		if (strcmp(results[i].who->name, name) == 0)
			return results[i].absent[0] ? NULL : &results[i];
	return NULL;
}

bool contest_is_bare(const char *name)
{
	for (unsigned i = 0; i < contestant_count; i++)
		if (strcmp(contestants[i].name, name) == 0)
			return contestants[i].bare;
	return false;
}
