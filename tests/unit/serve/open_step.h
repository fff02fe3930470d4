/* SPDX-License-Identifier: MIT */
/* An opening that stands before one of its steps, and what the step made of it */
#ifndef NSI_TEST_OPEN_STEP_H
#define NSI_TEST_OPEN_STEP_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "login/off.h"
#include "policy/load.h"
#include "serve/call.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/index.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct {
	struct sets sets;
	struct server server;
	struct call *call;
	struct open_run o;
	int module; /* the other end of the connection */
} x;

static char rundir[] = "/run/nsi-test", statedir[] = "/var/lib/nsi-test",
	    config[] = "/etc/nsi.conf";

static inline struct set *adopt(const struct set_record *rec)
{
	struct set *set = set_adopt(&x.sets, rec, -EBADF);

	assert_non_null(set);
	return set;
}

static inline int set_up(void **state __attribute__((unused)))
{
	int pair[2];

	memset(&x, 0, sizeof(x));
	if (loop_init(&x.sets.loop) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	x.sets.host.run_fd = -EBADF;
	x.sets.host.rundir = rundir;
	x.sets.host.statedir = statedir;
	x.sets.host.config = config;
	x.sets.host.ns.ino[NS_PID] = 1;
	x.sets.sentinels = (struct sentinels){.sets = &x.sets, .events = {.fd = -EBADF}};
	x.server.sets = &x.sets;
	x.call = call_new(&x.server, pair[0]);
	x.module = pair[1];
	if (!x.call)
		return -1;
	x.call->pid = getpid();
	x.call->open.uid = 1000;
	(void)snprintf(x.call->open.user, sizeof(x.call->open.user), "a");
	(void)snprintf(x.call->open.config, sizeof(x.call->open.config), "%s", config);
	(void)snprintf(x.call->open.statedir, sizeof(x.call->open.statedir), "%s", statedir);
	x.o.call = x.call;
	return 0;
}

static inline int tear_down(void **state __attribute__((unused)))
{
	if (!LIST_EMPTY(&x.server.calls))
		call_free(LIST_FIRST(&x.server.calls));
	while (!LIST_EMPTY(&x.sets.all))
		set_free(LIST_FIRST(&x.sets.all));
	free(x.sets.loader.image);
	loop_done(&x.sets.loop);
	close(x.module);
	return 0;
}

static inline void policy(const char *keys, const char *rules)
{
	struct pol_report report = {0};
	struct scratch s;
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { p = { %s }; };\nrules = ( %s );\n", keys, rules);
	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "p.conf", text), 0);
	assert_int_equal(policy_load(scratch_path(&s, 0, "p.conf"),
				     POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &x.sets.loader.image,
				     &report),
			 0);
	policy_report_done(&report);
	scratch_done(&s);
}

/* A policy whose rule has been found. */
static inline void policy_found(const char *keys)
{
	policy(keys, "{ policy = \"p\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_NEXT);
}

static inline void answer_is(uint32_t type, const char *text)
{
	union nsi_message m = {0};
	int fds[NSI_FDS_MAX];
	unsigned count = 0;

	assert_int_equal(wire_receive(x.module, &m, fds, &count), 1);
	assert_int_equal(m.h.type, type);
	if (text && !strstr(m.reply.text, text))
		fail_msg("the answer is \"%s\", not \"%s\"", m.reply.text, text);
}

static inline void refused(enum open_step step, int err, const char *text)
{
	x.o.fail.what[0] = '\0';
	assert_int_equal(open_step_run(&x.o, step), -err);
	if (!strstr(x.o.fail.what, text))
		fail_msg("%s says \"%s\", not \"%s\"", open_step_name(step), x.o.fail.what, text);
}

static inline void passes(enum open_step step)
{
	assert_int_equal(open_step_run(&x.o, step), OPEN_NEXT);
}

static inline void is_not_on_the_way(enum open_step step)
{
	if (open_step_run(&x.o, step) != OPEN_UNWANTED)
		fail_msg("the step %s is on the way", open_step_name(step));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif /* NSI_TEST_OPEN_STEP_H */
