/* SPDX-License-Identifier: MIT */
/* The table of policy keys */
#ifndef NSI_POLICY_KEYS_H
#define NSI_POLICY_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/image.h"

/*
 * DOC: one table of keys
 *
 * A row of keys[] says all that is to be known about a key: where it may stand, what it
 * takes, where its value lies in the image, its default, and whether a session can notice
 * it.  Everything that does the same for every key walks this table: reading (read.c),
 * inheritance (extends.c), the check of what the loader hands back (image.c), the digest
 * (digest.c), the text and the JSON of "show" (format.c, ctl/traits.c), the check of the
 * manual and what the tests print.  docs/adding-a-key.md goes through it step by step.
 */

/* Where a key stands.  The keys of one block follow each other in enum key_id. */
enum key_block {
	KEY_TOP,
	KEY_POLICY,
	KEY_DIR, /* an element of "directories" */
	KEY_RULE,
	KEY_PROC, /* the groups of a policy */
	KEY_JOB,
	KEY_CLOCK,
	KEY_LIMITS,
	KEY_HOOK,
	KEY_NETWORK,
	KEY_BIND,        /* an element of "bind" */
	KEY_PROPAGATION, /* an element of "propagation" */
	KEY_BLOCK_MAX
};

enum key_type {
	TYPE_VERSION,  /* the integer 1 */
	TYPE_POLICIES, /* a group of groups */
	TYPE_RULES,    /* a list of groups */
	TYPE_NAME,     /* of a policy */
	TYPE_TEMPLATE,
	TYPE_WORD,     /* one of words, stored as its index */
	TYPE_NS_TYPES, /* a list of namespaces, stored as a mask */
	TYPE_DIRS,     /* a list of groups */
	TYPE_PATH,
	TYPE_RETAIN, /* one of words, or a time, which is the second value */
	TYPE_COUNT,
	TYPE_TIME,
	TYPE_SIZE, /* bytes; or percent, the second value */
	TYPE_MODE,
	TYPE_OPTIONS,  /* a list of mount options, stored as MOUNT_ATTR_* */
	TYPE_NAMES,    /* a list of names in a directory */
	TYPE_PATTERNS, /* the same, with patterns and templates */
	TYPE_MATCH,    /* one or a list of elements that a login may match */
	TYPE_BOOL,
	TYPE_SHIFT,       /* a time with a sign */
	TYPE_GROUP,       /* the keys of another block */
	TYPE_JOB,         /* the word for a resource manager, or a group */
	TYPE_JOB_GROUP,   /* a pattern of control groups, see job.h */
	TYPE_BINDS,       /* a list of groups */
	TYPE_PATHS,       /* a list of paths */
	TYPE_PROPAGATION, /* a word, or a list of groups */
	TYPE_SYSCTLS,     /* a list of "name=value" of an IPC or a network namespace */
	TYPE_IDMAP,       /* a list of words and ranges, see userns.h */
	TYPE_ON_ERROR, /* one of words; or a group with one for each namespace, the second value */
	TYPE_NETWORK,  /* a group that is a row of its own */
	TYPE_LIMIT,    /* a count that is not 0 */
	TYPE_BYTES,    /* a size that is not relative */
	TYPE_MEMORY,   /* a size of a megabyte at least; percent as the second value */
	TYPE_CPU,      /* "200%": of one processor */
	TYPE_MTU,
	TYPE_INTERFACE,
	TYPE_POOLS, /* lists, or one text; here and below */
	TYPE_ADDRESSES,
	TYPE_ROUTES,
	TYPE_SERVERS,
	TYPE_INTERFACES,
	TYPE_FORWARDS,
	TYPE_NET_SYSCTLS,
	TYPE_MAX,
};

/* How a value is kept, which says how it is checked, hashed and shown. */
enum key_shape {
	SHAPE_DRAFT,   /* not in an image */
	SHAPE_NUMBER,  /* width bytes; and a second value, where also_width is not 0 */
	SHAPE_BITS,    /* a mask, written as a list of words */
	SHAPE_TEXT,    /* a pol_str */
	SHAPE_TEXTS,   /* a pol_list of strings; a second value says that the key was there */
	SHAPE_GROUP,   /* a struct with the keys of another block */
	SHAPE_NETWORK, /* row in networks, and 1; 0 for none */
	SHAPE_MOUNTS,  /* a pol_list */
	SHAPE_DIRS,    /* a pol_list */
	SHAPE_MATCHES, /* a pol_list */
};

enum key_id {
	K_VERSION,
	K_POLICIES,
	K_RULES,
	K_AUDIT_ALL,
	K_RULES_FIRST,

	K_EXTENDS,
	K_SCOPE,
	K_JOB,
	K_NAMESPACES,
	K_DIRECTORIES,
	K_HOSTNAME,
	K_DOMAINNAME,
	K_ON_LAST_CLOSE,
	K_ON_CHANGE,
	K_ON_ERROR,
	K_MAX_SESSIONS,
	K_MAX_HELD,
	K_LINGER,
	K_KILL_GRACE,
	K_NETWORK,

	K_NESTED,
	K_BIND,
	K_HIDE,
	K_READONLY,
	K_UNMOUNT,
	K_PROPAGATION,
	K_PROC,
	K_HOME,
	K_CLOCK,
	K_USER_FORM,
	K_UID_MAP,
	K_GID_MAP,
	K_SYSCTL,
	K_ON_CREATE,
	K_ON_END,
	K_ROOT,
	K_ROOT_METHOD,
	K_LIMITS,

	K_PATH,
	K_METHOD,
	K_RETAIN,
	K_SIZE,
	K_INODES,
	K_MODE,
	K_OPTIONS,
	K_KEEP,
	K_KEEP_USERS,
	K_IMPORT,
	K_COPY,
	K_QUOTA,
	K_FILES,

	K_USER,
	K_GROUP,
	K_UID,
	K_SERVICE,
	K_TTY,
	K_RHOST,
	K_FROM_USER,
	K_FROM_GROUP,
	K_POLICY,
	K_ACTION,
	K_AUDIT,
	K_RULE_ON_ERROR,

	K_PROC_HIDEPID,
	K_PROC_SUBSET,

	K_JOB_CGROUP,

	K_CLOCK_BOOTTIME,
	K_CLOCK_MONOTONIC,

	K_LIMITS_TASKS,
	K_LIMITS_MEMORY,
	K_LIMITS_CPU,

	K_HOOK_RUN,
	K_HOOK_WHERE,
	K_HOOK_TIMEOUT,

	K_NET_MODE,
	K_NET_NAME,
	K_NET_CREATE,
	K_NET_PUBLISH,
	K_NET_BRIDGE,
	K_NET_POOL,
	K_NET_NAT,
	K_NET_ISOLATE_PEERS,
	K_NET_HOSTS,
	K_NET_FORWARD,
	K_NET_PARENT,
	K_NET_ADDRESS,
	K_NET_ROUTES,
	K_NET_MTU,
	K_NET_DNS,
	K_NET_INTERFACES,
	K_NET_FIREWALL,
	K_NET_SYSCTL,

	K_BIND_SOURCE,
	K_BIND_TARGET,
	K_BIND_OPTIONS,
	K_BIND_RECURSIVE,

	K_PROPAGATION_PATH,
	K_PROPAGATION_TYPE,
	K_MAX,
};

/* Whether a value is part of the digest of its policy: another value is then another view. */
enum key_notice {
	KEY_NOTICE_MISSING, /* no key says so; a test sees to it */
	KEY_NOTICED,        /* a session can notice it */
	KEY_UNNOTICED,      /* it holds from the next login on */
};

struct key {
	const char *name;
	enum key_block block;
	enum key_type type;
	enum key_notice notice;
	bool is_needed;  /* its block cannot be without it */
	uint16_t offset; /* of the value, in the draft_policy, draft_dir, ... and in the pol_... */
	uint16_t width;  /* of it: 1, 2, 4 or 8 bytes */
	uint16_t also;   /* offset of the second value that some types have; of the same row */
	uint16_t also_width;
	enum key_block of; /* of a TYPE_GROUP and the like: the block of its keys */
	const char *const *words;
	uint64_t first;      /* value of the first word */
	uint64_t values;     /* of words: the values of an image are below it */
	uint64_t initial;    /* the default */
	uint64_t max;        /* of a number; elements of a list */
	uint32_t modes;      /* of a KEY_NETWORK: 1u << NET_*, those that know it */
	uint8_t field;       /* of a TYPE_MATCH: enum pol_field */
	const char *instead; /* of a deprecated key: what to write instead, for a warning */
};

/* Every key there is, by its id. */
extern const struct key keys[K_MAX];

/* The number of a key in its block, and its bit in a mask of the keys there. */
unsigned key_index(enum key_id id);

static inline uint64_t key_bit(enum key_id id)
{
	return UINT64_C(1) << key_index(id);
}

/* Beside the bits of keys: there was one that is none. */
#define KEY_BIT_UNKNOWN (UINT64_C(1) << 63)

/* The key @name of @block, or NULL. */
const struct key *key_find(enum key_block block, const char *name);

/* The key that somebody who wrote @name into @block is most likely to mean, or NULL. */
const char *key_suggest(enum key_block block, const char *name);

/* The index of @word in @words, which NULL ends; -1 if it is not there. */
int word_find(const char *const *words, const char *word);

/* The one of @words that is nearest to @word, or NULL if none is near. */
const char *word_suggest(const char *const *words, const char *word);

/* The value of a SHAPE_NUMBER or SHAPE_BITS, and its second one where there is one. */
struct key_value {
	uint64_t value, also;
};

/* Stores @value where @key has it in @row; and the second one, if the key has one. */
void key_store(const struct key *key, void *row, struct key_value value);
struct key_value key_load(const struct key *key, const void *row);

/* The pol_str of a SHAPE_TEXT; the pol_list of a SHAPE_TEXTS or another list. */
uint32_t key_text(const struct key *key, const void *row);
struct pol_list key_list(const struct key *key, const void *row);

/* Where the keys of the group begin that @key, a SHAPE_GROUP, is in @row. */
static inline const void *key_group(const struct key *key, const void *row)
{
	return (const char *)row + key->offset;
}

/* Gives each key of @block, and of the groups in it, its default in @row. */
void key_defaults(enum key_block block, void *row);

#endif /* NSI_POLICY_KEYS_H */
