/* SPDX-License-Identifier: MIT */
#include "subject.h"

#include <stdio.h>

#include "bench.h"

static int subject_begin(struct subject *ret, const char *name, const char *policy,
			 const char *rules, const char *user, bool live, const char *build)
{
	*ret = (struct subject){.sets = live ? 1 : 0};
	if (instance_make(&ret->instance, name, policy, rules, build) < 0 ||
	    crowd_init(&ret->holder, 1) < 0) {
		bench_say("%s cannot be set up", name);
		return -1;
	}
	ret->login = (struct login){.service = ret->instance.name, .must_isolate = true};
	(void)snprintf(ret->login.user, sizeof(ret->login.user), "%s", user);
	if (live && crowd_enter(&ret->holder, login_run, &ret->login) < 0) {
		bench_say("%s: %s", name, ret->holder.timings[0].why);
		return -1;
	}
	return 0;
}

int subject_make(struct subject *ret, const char *name, const char *policy, const char *rules,
		 const char *user, bool live)
{
	return subject_begin(ret, name, policy, rules, user, live, NULL);
}

int subject_make_of(struct subject *ret, const char *name, const char *policy, const char *user,
		    const char *build)
{
	return subject_begin(ret, name, policy, NULL, user, true, build);
}

struct task subject_task(const struct subject *s, const char *label)
{
	return (struct task){
		.label = label,
		.fn = login_run,
		.arg = &s->login,
		.settle = &s->instance,
		.sets = s->sets,
	};
}

void subject_done(struct subject *s)
{
	crowd_leave(&s->holder);
	(void)instance_settle(&s->instance, 0);
	instance_stop(&s->instance);
}
