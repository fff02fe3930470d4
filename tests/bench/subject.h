/* SPDX-License-Identifier: MIT */
/* A user, a policy, and whether the user is in already. */
#ifndef NSI_BENCH_SUBJECT_H
#define NSI_BENCH_SUBJECT_H

#include "growth.h"
#include "instance.h"
#include "login.h"

/* The set of every figure, unless it says otherwise: mount, IPC, UTS, two tmpfs. */
#define SUBJECT_USUAL                                                                    \
	"namespaces = [ \"mount\", \"ipc\", \"uts\" ]; hostname = \"%{host}-%{user}\"; " \
	"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; }, "                     \
	"{ path = \"/dev/shm\"; method = \"tmpfs\"; } );"

struct subject {
	struct instance instance;
	struct login login;
	struct crowd holder;
	unsigned sets; /* that are live between turns */
};

/* With @live, the user has a session that stays.  0, or -1 with a word on stderr. */
int subject_make(struct subject *ret, const char *name, const char *policy, const char *rules,
		 const char *user, bool live);

/* The same with a session that stays, of another build; NULL: the one that is installed. */
int subject_make_of(struct subject *ret, const char *name, const char *policy, const char *user,
		    const char *build);

struct task subject_task(const struct subject *s, const char *label);

/* Ends the session that stays, and the helper. */
void subject_done(struct subject *s);

#endif /* NSI_BENCH_SUBJECT_H */
