/* SPDX-License-Identifier: MIT */
/* The page of joins: <rundir>/joins, decisions that a login may follow without the helper */
#ifndef NSI_JOIN_PAGE_H
#define NSI_JOIN_PAGE_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/nstype.h"

/*
 * DOC: the page
 *
 * The helper writes what it has decided for a login into an entry.  A login that is equal in all
 * that a rule asks for, and finds everything as the entry says, enters that set without a word to
 * the helper, and notes itself in a slot, from which the helper makes its session later.
 *
 *   module                                   helper
 *   copies its entry (entry.seq is even)     withdraws: entry.seq becomes odd
 *   takes a slot and fills it in             fence
 *   slot = ENTERING                          looks at all slots
 *   fence
 *   is entry.seq the same, the page open?
 *   setns(2)
 *   slot = INSIDE, or LEFT
 *
 * Each side stores first and loads then, with a fence of all memory between the two.  So either
 * the helper finds the slot and the set goes on, or the login finds its entry withdrawn and asks
 * the helper.  tests/unit/join/test_model.c tries every order of these steps.
 *
 * A session that is closed before the helper has made it leaves the same way:
 *
 *   module                                   helper
 *   setns(2), back to the host               makes a session of it: slot.known = 1
 *   slot = CLOSED, if it is INSIDE           fence
 *   fence                                    is the slot CLOSED by now?  Then no session
 *   is slot.known 0, the page open?          session
 *   if not: slot = TOLD, if it is CLOSED,    slot = FREE, if it is INSIDE
 *   and tells the helper
 *
 * The helper takes the slot if it is CLOSED, before it frees it.  So one of both finds it CLOSED: that one logs the close.
 *
 * The helper makes sessions of all slots before it finds that a set has none, and who is known is closed with the
 * helper.  So a slot that is not known behind its CLOSED is not the last session of the set: there is one that the
 * helper has made.  tests/unit/join/test_model_close.c tries every order of these steps.
 *
 * A login that is killed leaves its pid in the slot; a helper that is killed leaves the page,
 * whose lock has gone with it: nobody uses a page that is not locked, and the next
 * helper takes over the slots before it decides about any set.
 *
 * The file is root's, 0600, in a directory of root's, 0700.  It is allocated whole, is never
 * truncated, and is replaced by rename(2) alone, so a mapping of it cannot raise SIGBUS unless root
 * truncates it.  It is read with suspicion all the same: owner, size, magic, version, terminators.
 */
#define JOIN_FILE     "joins"
#define JOIN_OFF_FILE "joins.off"
#define JOIN_MAGIC    "NSIJOIN"
#define JOIN_VERSION  3u

enum {
	JOIN_FILES = 8,
	JOIN_PATH = 200,
	JOIN_CONFIG = 512,
	JOIN_KEY = 384,
	JOIN_RULE = 256,
	JOIN_WORD = 128,
	JOIN_HOST = 256,
	JOIN_USER = 128,
	JOIN_BUCKETS = 256,
	JOIN_WAYS = 4, /* entries of a bucket */
	JOIN_ENTRIES = JOIN_BUCKETS * JOIN_WAYS,
	JOIN_SLOTS = 256,
	JOIN_SLOTS_OPEN = 32, /* with more of them in use, sessions are closed with the helper */
	JOIN_MOUNTS = 1024,   /* more mounts in one namespace are not compared */
};

/* A file of the policy, as lstat(2) saw it; all 0 but the path if there was none. */
struct join_file {
	uint64_t dev, ino, size;
	uint64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
	uint32_t mode, uid;
	char path[JOIN_PATH];
};

struct join_files {
	uint32_t count, pad;
	struct join_file row[JOIN_FILES];
};

/* A login, as far as rules can tell it from others. */
struct join_key {
	uint32_t uid, gid, caller_uid;
	uint16_t asks;       /* enum join_asks: what is in the text */
	uint16_t size;       /* of the text */
	char text[JOIN_KEY]; /* user, service, tty and rhost, each with its end; zeros behind */
};

enum join_flag {
	JOIN_HOSTS_ROOT = 1u << 0, /* its root directory is the host's */
	JOIN_HOSTS_PROC = 1u << 1, /* and so is its /proc */
};

/* The set that such a login gets, and how it is recognized. */
struct join_view {
	struct join_key key;
	uint64_t set;
	uint64_t anchor_start; /* of /proc/PID/stat */
	uint64_t anchor_ino;   /* of its pidfd, where that is unique (Linux 6.9); 0: not */
	uint64_t mnt_id; /* of its mount namespace for listmount(2); 0: mounts are not compared */
	uint64_t mounts; /* hash of the ids of its mounts */
	struct ns_inodes ns;
	int32_t anchor_pid;
	uint32_t types;   /* of the set */
	uint32_t missing; /* types that its policy has and the kernel refused */
	uint32_t flags;   /* enum join_flag */
	uint64_t root_mnt, root_dev, root_ino; /* its root directory, by statx(2); 0: not known */
	char policy[JOIN_WORD];
	char rule[JOIN_RULE];
};

struct join_entry {
	_Atomic uint32_t seq; /* even and not 0: valid; odd or 0: not */
	uint32_t pad;
	struct join_view view;
	char room[88];
};

enum join_state {
	JOIN_FREE,
	JOIN_TAKEN,    /* being filled in */
	JOIN_ENTERING, /* a session, in doubt: about to enter, or to find its entry withdrawn */
	JOIN_INSIDE,
	JOIN_LEFT,   /* it did not enter */
	JOIN_CLOSED, /* it was inside, and has left */
	JOIN_TOLD,   /* the same, and the module has the line of the log */
};

/* The word of a slot: its state above, the pid of the login below. */
static inline uint64_t join_word(enum join_state state, int pid)
{
	return (uint64_t)state << 32 | (uint32_t)pid;
}

static inline enum join_state join_word_state(uint64_t word)
{
	return (enum join_state)(word >> 32);
}

static inline int join_word_pid(uint64_t word)
{
	return (int)(uint32_t)word;
}

/* The properties of a session that the helper has to know.  Texts are cut short if they must be. */
struct join_slot {
	uint64_t id;    /* of the session: random, put here by the helper */
	uint64_t start; /* proc_now() of the login */
	uint64_t since; /* seconds since the epoch */
	uint64_t set;
	uint32_t uid;
	uint32_t types, missing; /* of namespaces, as in the entry */
	uint32_t took_us;        /* the time of the whole open */
	char user[JOIN_USER];
	char service[JOIN_WORD];
	char tty[JOIN_WORD];
	char rhost[JOIN_HOST];
	char policy[JOIN_WORD];
	char rule[JOIN_RULE - 64];
	_Atomic uint32_t known; /* the helper has made a session of it */
	char room[12];
};

struct join_page {
	char magic[8];
	uint32_t version;
	uint32_t size;
	char boot_id[40];
	char config[JOIN_CONFIG]; /* that the helper serves: check_instance() of serve/open.c */
	char statedir[JOIN_CONFIG];
	struct ns_inodes host;
	uint64_t root_mnt, root_dev, root_ino; /* the host's root directory, by statx(2) */
	int32_t helper_pid;
	_Atomic uint32_t asks; /* of enum join_asks */
	_Atomic uint32_t closed;
	_Atomic uint32_t news; /* counts changes of slots by logins */
	_Atomic uint32_t seq;  /* of the files, as in an entry */
	uint32_t pad;
	struct join_files files;
	_Alignas(4096) _Atomic uint64_t words[JOIN_SLOTS];
	_Alignas(1024) struct join_entry entries[JOIN_ENTRIES];
	_Alignas(1024) struct join_slot slots[JOIN_SLOTS];
};

/* Properties of a login that some rule asks for, beside those that are always compared. */
enum join_asks {
	JOIN_ASKS_TTY = 1u << 0,
	JOIN_ASKS_RHOST = 1u << 1,
};

static_assert(sizeof(struct join_entry) == 1024, "entries do not share lines of the cache");
static_assert(sizeof(struct join_slot) == 1024, "slots do not share lines of the cache");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2, "it is shared memory");

struct nsi_open;

/* Fills the key of the login that asks @open; false for texts that do not fit. */
bool join_key_fill(struct join_key *key, const struct nsi_open *open, uint16_t asks);

/*
 * Maps the page @path, a file of @owner alone, for reading and writing.  Returns a descriptor of
 * it and the mapping in *@ret, both owned by the caller; -ENOENT, -EBADMSG for a file that is no page of
 * this version, or -errno.
 */
int join_page_open(int dirfd, const char *path, uid_t owner, struct join_page **ret);
void join_page_close(struct join_page *page);

/*
 * The process that holds the lock of the page, as it is called in the caller's PID namespace: the helper.
 * 0 if there is none, or it cannot be seen from here.
 */
int join_page_holder(int fd);

/* The module's side.  Finds the valid entry of @key and copies it; returns its number or -ENOENT. */
int join_find(const struct join_page *page, const struct join_key *key, struct join_view *ret,
	      uint32_t *ret_seq);

/* Takes a free slot for the process @pid and returns its number, or -EBUSY if there is none. */
int join_take(struct join_page *page, int pid);

/* Says that the slot is filled in, then whether the entry that it was filled in for is still valid. */
bool join_announce(struct join_page *page, int slot, int pid, unsigned entry, uint32_t seq);

/* Ends the slot as JOIN_INSIDE or JOIN_LEFT. */
void join_settle(struct join_page *page, int slot, int pid, enum join_state state);

/*
 * Whether the session @id of @set is in @slot, and the helper has not made it yet: then it is not the last one of its set,
 * and may be closed by the page.
 */
bool join_may_close(const struct join_page *page, int slot, int pid, uint64_t set, uint64_t id);

/* The side that puts @word in the place of JOIN_CLOSED of @pid logs that close.  Returns whether it is the caller. */
bool join_claim_close(struct join_page *page, unsigned slot, int pid, uint64_t word);

enum join_close {
	JOIN_CLOSE_ASK, /* the slot is as it was: the helper is to be asked */
	JOIN_CLOSE_TELL, /* it is closed, and the helper is to be told at once, which may have made a session of it */
	JOIN_CLOSE_DONE, /* it is closed, and the helper sees that when it looks the next time, or has seen it; and logs it */
};

/* Closes the session of a slot, whose process @pid has left the set. */
enum join_close join_close(struct join_page *page, int slot, int pid);

/* Copies the list of files; false if it is being written. */
bool join_read_files(const struct join_page *page, struct join_files *ret);

/* lstat(2) of @path into a row.  A file that is not there is a row, too. */
void join_file_look(const char *path, struct join_file *ret);

/*
 * A hash of the mounts of the namespace @mnt_id (Linux 6.11), or 0 if they cannot
 * be listed or are more than JOIN_MOUNTS.
 */
uint64_t join_mounts(uint64_t mnt_id);

/* The inode number of a pidfd, where no other process ever has the same (Linux 6.9); else 0. */
uint64_t join_pidfd_ino(int pidfd);

/*
 * The helper's side of a slot that is seen as ENTERING or INSIDE.  join_know() says that a session is about to be
 * made, and returns the word as it is now; join_take_back() takes the slot of a session that is
 * INSIDE, and returns false if it has been closed meanwhile.
 */
uint64_t join_know(struct join_page *page, unsigned slot);
bool join_take_back(struct join_page *page, unsigned slot, int pid);

/* The same: writes and withdraws entries, and the list of files. */
unsigned join_publish(struct join_page *page, const struct join_view *view);
void join_withdraw(struct join_page *page, unsigned entry);
void join_renew(struct join_page *page, unsigned entry, uint64_t mounts, uint32_t flags);
void join_put_files(struct join_page *page, const struct join_files *files);

#endif /* NSI_JOIN_PAGE_H */
