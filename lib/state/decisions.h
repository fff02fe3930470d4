/* SPDX-License-Identifier: MIT */
/* Ring of the last decisions about logins */
#ifndef NSI_STATE_DECISIONS_H
#define NSI_STATE_DECISIONS_H

#include <stdint.h>

/*
 * DOC: the ring
 *
 * <rundir>/decisions holds DECISIONS_COUNT slots of DECISION_SIZE bytes.  The helper writes each
 * answer to a login into the next slot with one pwrite(2), so nothing is lost when it is killed,
 * and "nsisolate why" reads the file without asking it.  Each slot carries the totals since boot,
 * so the newest slot has them.  A slot whose checksum is wrong (never written, or being written) is
 * not used.  The directory is root's alone.  A failure here never refuses a login.
 */
#define DECISIONS_FILE "decisions"

enum {
	DECISIONS_COUNT = 1024,
	DECISION_SIZE = 1024, /* of a page: a slot lies in one */
	DECISION_CAUSES = 8,  /* room for enum nsi_cause */
};

enum decision_outcome {
	DECISION_ENTERED, /* isolated, in a new set */
	DECISION_JOINED,  /* isolated, in a set that was there */
	DECISION_HOST,    /* taken to the host's namespaces by a rule */
	DECISION_SKIPPED, /* not isolated: no rule, action = "skip", switched off */
	DECISION_ALLOWED, /* could not be isolated, and on_error = "allow" let it in */
	DECISION_REFUSED,
	DECISION_OUTCOMES,
};

struct decision {
	uint64_t number; /* from 1 on, since boot */
	uint64_t time;   /* seconds since the epoch */
	uint64_t set;    /* 0: none */
	uint32_t uid;
	uint32_t outcome; /* enum decision_outcome */
	uint32_t cause;   /* enum nsi_cause, of a refusal */
	uint32_t pad;
	uint64_t outcomes[DECISION_OUTCOMES]; /* totals, this one included */
	uint64_t causes[DECISION_CAUSES];     /* totals of what was refused or allowed, by cause */
	char user[96];                        /* cut short if it must be, as the texts below */
	char service[48];
	char tty[32];
	char rhost[80];
	char policy[64];
	char rule[144]; /* FILE:LINE */
	char text[384]; /* why */
	uint64_t check; /* hash of the fields before it */
};

/* The helper's handle of the ring. */
struct decisions {
	int fd; /* owned; -EBADF: decisions are not kept */
	struct decision last;
};

/*
 * Opens or makes the ring below @run_fd and continues behind its newest slot.  Returns 0, or
 * -errno; after that decisions_note() does nothing.
 */
int decisions_open(struct decisions *d, int run_fd);

/* Completes @new with its number and the totals, and writes it.  Returns 0 or -errno. */
int decisions_note(struct decisions *d, struct decision *new);

/*
 * Reads the decisions that are kept below @run_fd, oldest first.  Returns their number with the
 * array in *@ret (owned by the caller), 0 if there is no ring, or -errno.
 */
int decisions_read(int run_fd, struct decision **ret);

#endif /* NSI_STATE_DECISIONS_H */
