/* SPDX-License-Identifier: MIT */
/* Which keys are there, and what does each of them take? */
#ifndef NSI_POLICY_KEYS_H
#define NSI_POLICY_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum key_block {
	KEY_TOP,
	KEY_POLICY,
	KEY_DIR,
	KEY_RULE,
	KEY_BLOCK_MAX
};

enum key_type {
	TYPE_VERSION,  /* the integer 1 */
	TYPE_POLICIES, /* a group of groups */
	TYPE_RULES,    /* a list of groups */
	TYPE_NAME,     /* of a policy */
	TYPE_TEMPLATE,
	TYPE_WORD,  /* one of words, stored as its index */
	TYPE_KINDS, /* a list of namespaces, stored as a mask */
	TYPE_DIRS,  /* a list of groups */
	TYPE_PATH,
	TYPE_RETAIN, /* one of words, or a time */
	TYPE_COUNT,
	TYPE_TIME,
	TYPE_SIZE,
	TYPE_MODE,
	TYPE_OPTIONS,  /* a list of mount options */
	TYPE_NAMES,    /* a list of names in a directory */
	TYPE_PATTERNS, /* the same, with patterns and templates */
	TYPE_MATCH,    /* one or a list of elements that a login may match */
	TYPE_BOOL,
	TYPE_SHIFT,       /* a time with a sign */
	TYPE_GROUP,       /* a group of keys of its own, see read_view.c */
	TYPE_BINDS,       /* a list of groups */
	TYPE_PATHS,       /* a list of paths */
	TYPE_PROPAGATION, /* a word, or a list of groups */
	TYPE_SYSCTLS,     /* a list of "name=value" */
	TYPE_IDMAP,       /* a list of words and ranges, see userns.h */
	TYPE_ON_ERROR,    /* one of words, or a group with one for each namespace */
	TYPE_NETWORK,     /* a group of keys of its own, see network.h */
	TYPE_LIMIT,       /* a count that is not 0 */
	TYPE_BYTES,       /* a size that is not relative */
	TYPE_MEMORY,      /* a size, of a pol_limits */
	TYPE_CPU,         /* "200%": of one processor */
	TYPE_MAX,
};

enum key_id {
	K_VERSION,
	K_POLICIES,
	K_RULES,
	K_AUDIT_ALL,

	K_EXTENDS,
	K_SCOPE,
	K_NAMESPACES,
	K_DIRECTORIES,
	K_HOSTNAME,
	K_DOMAINNAME,
	K_ON_LAST_CLOSE,
	K_ON_CHANGE,
	K_ON_ERROR,
	K_MAX_SESSIONS,
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
	K_IMPORT,
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
	K_MAX,
};

struct key {
	const char *name;
	enum key_block block;
	enum key_type type;
	uint16_t offset; /* of the value, in the draft_policy, draft_dir or draft_rule */
	uint16_t width;  /* of it: 1, 2, 4 or 8 bytes */
	const char *const *words;
	uint64_t
		max; /* of a number; of words: the value of the first; of a match: its enum pol_field */
};

/* Every key there is, by its id. */
extern const struct key keys[K_MAX];

static inline uint64_t key_bit(enum key_id id)
{
	return UINT64_C(1) << id;
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

/* Stores @value where @key has it in @row. */
void key_store(const struct key *key, void *row, uint64_t value);

#endif /* NSI_POLICY_KEYS_H */
