/* SPDX-License-Identifier: MIT */
/* The record of a set, which survives the helper: <rundir>/sets/<set> */
#ifndef NSI_STATE_RECORD_H
#define NSI_STATE_RECORD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nstype.h"

/*
 * DOC: records
 *
 * <rundir>/sets/<id> holds one live set: a head, written in one step (a new file
 * renamed into place) when the set is ready and not changed after, and behind it
 * a slot for each session, written in place before the session may begin.  A
 * record says what to look for; whether it is so is asked of the kernel (process,
 * start time, namespace inodes) each time.
 *
 * Head and slots are multiples of 512 bytes, so that no slot lies in two pages: the
 * kernel writes such a piece whole or not at all, whenever the writer is killed.
 *
 * The directory is root's alone.  Records are checked all the same, on every
 * read: magic, version, size, checksum, ranges, terminators.  format.h says how they
 * may change from one version of the program to the next.
 */
#define RECORD_MAGIC   "NSISET\n"
#define RECORD_VERSION 1u

enum {
	RECORD_DIRS = 32,
	RECORD_NAME = 512,
	RECORD_WORD = 128,
	RECORD_PATH = 256,
	RECORD_CGROUP = 192,
	RECORD_JOB = 112,
	RECORD_GROUP = 384,
	RECORD_SLOTS_MAX = 65536,
};

struct record_dir {
	char path[RECORD_PATH];
	uint8_t method;
	uint8_t retain;
	uint8_t pad[2];
	int32_t wd; /* the watch on its root; 0: none.  See watch_id */
	uint64_t retain_age;
	uint64_t dev; /* of the mounted instance: st_dev, unique for a tmpfs */
};

/* The program to run when the set has ended; run is "" for none. */
struct record_hook {
	char run[RECORD_PATH];
	uint32_t timeout;
	uint8_t is_inside;
	uint8_t pad[3];
};

/*
 * The states of a set: docs/lifecycle.md says who moves it from one to the next.  The numbers
 * stand in records.  BUILDING is never on record; an earlier version's 0 means LIVE.
 */
enum set_state {
	SET_BUILDING,  /* the anchor works; logins that want the set wait for it */
	SET_LIVE,      /* there are sessions */
	SET_LINGERING, /* the last session is gone, the policy's linger runs */
	SET_DRAINING,  /* processes are left; the anchor keeps the set for the next login */
	SET_KILLING,   /* the same, with signals */
	SET_LOST,      /* its anchor died and no other could take its place */
	SET_LEAVING, /* nobody is known to be left, and the anchor goes: the kernel's word is awaited */
	SET_HELD,   /* the anchor is gone, and something still uses the set */
	SET_ENDING, /* it is over: its resources are released */
	SET_STATE_MAX,
};

enum {
	RECORD_GROUPS = 8,
	RECORD_USERS = 23
};

#define RECORD_SENTINEL "sentinel" /* below the rundir: where each set has its sentinel mounted */

/*
 * By what the end of a set is recognized when its anchor is gone; written when that is told to
 * leave.  All 0 in records of earlier versions.
 */
struct record_end {
	uint64_t sentinel_dev;    /* st_dev of the set's sentinel; 0: it has none */
	uint32_t sentinel_blocks; /* its size, a random number, which tells it from a later one */
	uint8_t state;            /* enum set_state */
	uint8_t kills;            /* 1: processes that are left are to be killed */
	uint8_t is_over;          /* 1: HELD by users of its directories on disk, if at all */
	uint8_t pad;
	uint64_t ns_ids[NS_TYPE_MAX]; /* of file handles of its namespaces; 0: none (Linux 6.18) */
	uint64_t groups
		[RECORD_GROUPS]; /* ids of the cgroups that its sessions were opened in; 0: none */
	int32_t holder;          /* HELD: a process that was found inside; 0: none */
	uint32_t holder_types;   /* the set's namespaces that processes were found in */
};

/* The job that a login comes from, as the fields job_... of a record say it. */
struct record_job {
	uint64_t id;
	bool is_v2;
	char name[RECORD_JOB];
	char group[RECORD_GROUP];
};

struct set_record {
	char magic[8];
	uint32_t version;
	uint32_t size;     /* of this head */
	uint64_t checksum; /* of the head with this field 0 */
	char boot_id[40];
	uint64_t id;
	uint64_t owner;   /* uid; or what stands for the group or session, as the scope says */
	uint64_t digest;  /* of the policy it was built by */
	uint64_t created; /* seconds since the epoch, for show */
	uint64_t anchor_start;
	int32_t anchor_pid;
	uint32_t uid; /* of who came first */
	uint32_t gid;
	uint32_t types;
	uint32_t linger;
	uint32_t kill_grace;
	uint32_t max_sessions;
	uint32_t dir_count;
	uint8_t scope;
	uint8_t on_last_close;
	uint8_t shares_net; /* its network namespace has a name, and others may be in it */
	uint8_t nested;     /* without its policy's PID namespace */
	uint32_t missing;   /* types that the policy has and the kernel refused */
	struct ns_inodes ns;
	char policy[RECORD_WORD];
	char user[RECORD_NAME];
	char hostname[RECORD_WORD]; /* "" for the host's */
	char rule[RECORD_NAME];
	struct record_dir dirs[RECORD_DIRS];
	struct record_hook on_end;
	uint8_t in_doubt;    /* a session may be in it that is not known: nothing is killed */
	uint8_t has_limits;  /* and <rundir>/limits says what was done for them */
	uint8_t is_ending;   /* parts of it may have been taken away: nobody enters it any more */
	uint8_t view_lost;   /* a part of the view could not be put back: nobody joins */
	uint8_t is_retired;  /* no login joins it any more: "nsisolate refresh" */
	uint8_t is_orphaned; /* the opener of its session ended without closing it */
	uint8_t has_memory_limit; /* limits.memory is among them */
	uint8_t room[1];
	/*
	 * The kernel's number of the mount namespace (Linux 6.11), where that has no file handle, in end.ns_ids;
	 * 0: none, or in records of earlier versions.
	 */
	uint64_t mnt_id;
	uint8_t more_room[24];
	char program[32]; /* the version of the program that built it, for show */
	struct record_end end;
	char view[192];      /* the last change of a part of the view, or "" */
	uint64_t root_dev;   /* st_dev of the overlay that is its root; 0: it has none */
	uint32_t user_count; /* of users[] */
	uint32_t
		users[RECORD_USERS]; /* uids that have, or had, sessions in it; more are left out */
	uint64_t home_dev; /* st_dev of the overlay over the home directory; 0: it has none */
	/*
	 * The inotify instance that the helper watches the roots of the set's file systems with, a random
	 * number, and its watches there; 0: none.  It may outlive the helper: see sentinel_marks.h.
	 */
	uint64_t watch_id;
	int32_t sentinel_wd, root_wd, home_wd;
	uint8_t more[4];
	/* With scope "job", of the job; all 0 in others, and in records of earlier versions. */
	uint64_t job_id; /* of its control group: the inode of the directory, which is given once */
	uint64_t job_is_v2;        /* the group is of version 2, which reports when it is empty */
	char job_name[RECORD_JOB]; /* as the resource manager calls it */
	char job_group[RECORD_GROUP]; /* the directory */
};

enum slot_state {
	SLOT_FREE,
	SLOT_PENDING,
	SLOT_LIVE,
	SLOT_STATE_MAX
};

struct session_record {
	uint64_t checksum; /* of the slot with this field 0 */
	uint64_t id;
	uint64_t start; /* proc_now() when it was opened: its process has not started later */
	uint64_t since; /* seconds since the epoch, for show */
	int32_t pid;
	uint32_t uid;
	uint32_t state;  /* enum slot_state */
	uint32_t origin; /* where its process came from: enum origin_kind of the helper */
	uint64_t origin_set;
	char service[RECORD_WORD];
	char tty[RECORD_WORD];
	char cgroup[RECORD_CGROUP]; /* that its process was moved out of, for limits; or "" */
	uint8_t room[8];
};

/* Writes the head of a new record with its checksum.  Returns a descriptor for slots, or -errno. */
int record_create(int sets_fd, struct set_record *head);

/*
 * Replaces a record in one step by @head with @count slots behind it.
 * Returns a descriptor for its slots, or -errno.
 */
int record_replace(int sets_fd, struct set_record *head, struct session_record *slots,
		   unsigned count);

/* Reads a head, of any version that is known, from bytes.  Returns 0, -EBADMSG or -EPROTO. */
int record_parse(const void *raw, size_t size, struct set_record *ret);

/*
 * Opens the record of @id and reads its head.  Returns a descriptor for its slots,
 * -EBADMSG for one that is damaged, foreign or not a regular file, -EPROTO for one
 * of a version that is not known, or -errno.  If another version of the program
 * wrote it, the descriptor is that of a copy in the present form, for reading only.
 */
int record_open(int sets_fd, uint64_t id, struct set_record *ret);

/*
 * As record_open(), for a helper that goes on writing the record: a record of another form is
 * first rewritten in the present one.  Returns a descriptor for its slots, or -errno.
 */
int record_take_over(int sets_fd, uint64_t id, struct set_record *ret);

/* Writes a slot in place.  Returns 0 or -errno. */
int record_write_slot(int fd, unsigned slot, struct session_record *s);

/* Reads a slot.  Returns 1, 0 behind the last one, -EBADMSG if it is damaged, or -errno. */
int record_read_slot(int fd, unsigned slot, struct session_record *ret);

/* Removes a record if there is one.  Returns 0 or -errno. */
int record_remove(int sets_fd, uint64_t id);

/* Renames a record that cannot be read to ".bad-<name>".  Returns 0 or -errno. */
int record_set_aside(int sets_fd, const char *name);

/*
 * Calls @each with the name and id of every record, in no order; id 0 for a name
 * that is no record's.  Stops at the first non-zero answer and returns it, or
 * -errno, or 0.
 */
int record_each(int sets_fd, int (*each)(void *arg, const char *name, uint64_t id), void *arg);

/* Whether there is a record at all. */
bool record_any(int sets_fd);

static_assert(sizeof(struct set_record) % 512 == 0, "a slot would lie in two pages");
static_assert(sizeof(struct session_record) == 512, "a slot would lie in two pages");

#endif /* NSI_STATE_RECORD_H */
