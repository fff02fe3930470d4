/* SPDX-License-Identifier: MIT */
/* The anchor after its set is built */
#ifndef NSI_STAY_H
#define NSI_STAY_H

#include <stdint.h>
#include <sys/types.h>

struct setup_held;
struct set_record;

/*
 * DOC: the program of an anchor
 *
 * An anchor is a fork of the helper until its set is built.  Then it executes
 * nsisolate-anchor (anchor/main.c), which lies beside the helper: what it has copied of the
 * helper's memory is freed, and of its page tables.  It waits STAY_PAUSE_MS first, so that
 * the login that waits for the set has the processor.  The anchor of a job waits STAY_JOB_MS: most jobs
 * of a node that has many are over by then, and it would execute the program to exit.
 *
 * It goes on as a fork of the helper where it cannot execute that (it was removed, or a policy
 * of AppArmor or SELinux forbids it), and in a set with a user namespace: there it would
 * belong to that namespace, whose root could trace it and act with the host's uid 0.
 */
enum {
	STAY_LOGIN_MS = 5, /* for which it does nothing at all: the login is about to enter */
	STAY_PAUSE_MS = 100,
	STAY_JOB_MS = 3000
};

/* The area of argv and environment of this process, over which a title is written. */
void stay_set_title_area(char *start, unsigned long size);

/* Gives this process a name of at most 15 characters, and a line for ps(1); both are cut. */
void stay_title(const char *name, const char *line);
void stay_title_of_set(uint64_t id, uid_t uid);

/* Finds nsisolate-anchor, before privileges are reduced.  Without one, anchors stay as they are. */
void stay_find_program(void);

/* Its path; "" if there is none. */
const char *stay_program(void);

/* Opens it in the present mount namespace.  Returns a descriptor (O_PATH), or -errno. */
int stay_open_program(void);

/*
 * Keeps a sealed copy of @rec and the descriptors of @held open, waits for SIGTERM, and exits.
 * @program is from stay_open_program(), or below zero.  No capability is needed, and all
 * signals are blocked.
 */
void stay_until_end(const struct set_record *rec, const char *rundir, int program,
		    const struct setup_held *held) __attribute__((noreturn));

/* The name of that copy for memfd_create(2), and its seals. */
enum {
	STAY_COPY_SIZE = 200,
	STAY_COPY_SEALS = 0xf
};
void stay_copy_name(char buf[STAY_COPY_SIZE], const char *rundir);

#endif /* NSI_STAY_H */
