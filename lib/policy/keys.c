/* SPDX-License-Identifier: MIT */
#include "policy/keys.h"

#include <assert.h>
#include <string.h>

#include "policy/draft.h"
#include "policy/suggest.h"

static_assert((int)K_MAX < 64, "a mask of keys is 64 bits wide, one of them taken");

static const char *const scope_words[] = {"user", "session", "group", NULL};
static const char *const last_close_words[] = {"wait", "kill", NULL};
static const char *const change_words[] = {"new", "join", "deny", NULL};
static const char *const error_words[] = {"deny", "allow", NULL};
static const char *const method_words[] = {"tmpfs", "disk", "overlay", "none", NULL};
static const char *const retain_words[] = {"session", "boot", "forever", NULL};
static const char *const nested_words[] = {"deny", "without-pid", NULL};
static const char *const user_words[] = {"none", "delegate", "map", NULL};
static const char *const root_words[] = {"readonly", "overlay", NULL};
static const char *const home_words[] = {"host", "overlay", NULL};
/* enum pol_action without its first: that one is said by "policy". */
static const char *const action_words[] = {"skip", "host", NULL};

/* The index of a word is the value that is stored. */
#define LENGTH(words) (sizeof(words) / sizeof((words)[0]) - 1)
static_assert(LENGTH(scope_words) == POL_SCOPE_MAX, "one word for each scope");
static_assert(LENGTH(last_close_words) == POL_LAST_MAX, "one word for each way to end");
static_assert(LENGTH(change_words) == POL_CHANGE_MAX, "one word for each answer to a change");
static_assert(LENGTH(error_words) == POL_ERROR_MAX, "one word for each answer to an error");
static_assert(LENGTH(method_words) == POL_METHOD_MAX + 1, "one word for each method, and none");
static_assert(LENGTH(nested_words) == POL_NESTED_MAX, "one word for each answer to nesting");
static_assert(LENGTH(user_words) == POL_USER_MAX, "one word for each user namespace");
static_assert(LENGTH(root_words) == POL_ROOT_METHOD_MAX, "one word for each kind of root");
static_assert(LENGTH(home_words) == POL_HOME_MAX, "one word for each home");
static_assert(LENGTH(action_words) == POL_ACTION_MAX - 1, "one word for each other action");

enum {
	DAY = 86400
};

#define AT(row, member) .offset = offsetof(row, member), .width = sizeof(((row *)0)->member)
#define TOP(n, t)                                          \
	{                                                  \
		.name = (n), .block = KEY_TOP, .type = (t) \
	}
#define POLICY(n, t, member, ...)                                                               \
	{                                                                                       \
		.name = (n), .block = KEY_POLICY, .type = (t), AT(struct draft_policy, member), \
		__VA_ARGS__                                                                     \
	}
#define DIR(n, t, member, ...)                                                                \
	{                                                                                     \
		.name = (n), .block = KEY_DIR, .type = (t), AT(struct draft_dir, row.member), \
		__VA_ARGS__                                                                   \
	}
#define RULE(n, t, member, ...)                                                             \
	{                                                                                   \
		.name = (n), .block = KEY_RULE, .type = (t), AT(struct draft_rule, member), \
		__VA_ARGS__                                                                 \
	}
#define MATCH(n, field) RULE(n, TYPE_MATCH, row.match[field], .max = (field))

const struct key keys[K_MAX] = {
	[K_VERSION] = TOP("version", TYPE_VERSION),
	[K_POLICIES] = TOP("policies", TYPE_POLICIES),
	[K_RULES] = TOP("rules", TYPE_RULES),
	[K_AUDIT_ALL] = {.name = "audit",
			 .block = KEY_TOP,
			 .type = TYPE_BOOL,
			 AT(struct draft, audit)},

	[K_EXTENDS] = POLICY("extends", TYPE_NAME, extends, ),
	[K_SCOPE] = POLICY("scope", TYPE_WORD, row.scope, .words = scope_words),
	[K_NAMESPACES] = POLICY("namespaces", TYPE_KINDS, row.kinds, ),
	[K_DIRECTORIES] = POLICY("directories", TYPE_DIRS, row.dirs, ),
	[K_HOSTNAME] = POLICY("hostname", TYPE_TEMPLATE, row.hostname, ),
	[K_DOMAINNAME] = POLICY("domainname", TYPE_TEMPLATE, row.domainname, ),
	[K_ON_LAST_CLOSE] =
		POLICY("on_last_close", TYPE_WORD, row.on_last_close, .words = last_close_words),
	[K_ON_CHANGE] = POLICY("on_change", TYPE_WORD, row.on_change, .words = change_words),
	[K_ON_ERROR] = POLICY("on_error", TYPE_ON_ERROR, row.on_error, .words = error_words),
	[K_MAX_SESSIONS] = POLICY("max_sessions", TYPE_COUNT, row.max_sessions, .max = 1000000),
	[K_LINGER] = POLICY("linger", TYPE_TIME, row.linger, .max = 365 * DAY),
	[K_KILL_GRACE] = POLICY("kill_grace", TYPE_TIME, row.kill_grace, .max = 3600),
	[K_NETWORK] = POLICY("network", TYPE_NETWORK, row.network, ),

	[K_NESTED] = POLICY("nested", TYPE_WORD, row.view.nested, .words = nested_words),
	[K_BIND] = POLICY("bind", TYPE_BINDS, row.view.binds, ),
	[K_HIDE] = POLICY("hide", TYPE_PATHS, row.view.hidden, ),
	[K_READONLY] = POLICY("readonly", TYPE_PATHS, row.view.readonly, ),
	[K_UNMOUNT] = POLICY("unmount", TYPE_PATHS, row.view.unmounts, ),
	[K_PROPAGATION] = POLICY("propagation", TYPE_PROPAGATION, row.view.propagations, ),
	[K_PROC] = POLICY("proc", TYPE_GROUP, row.view.proc, ),
	[K_HOME] = POLICY("home", TYPE_WORD, row.view.home, .words = home_words),
	[K_CLOCK] = POLICY("clock", TYPE_GROUP, row.view.clock, ),
	[K_USER_FORM] = POLICY("user", TYPE_WORD, row.view.user, .words = user_words),
	[K_UID_MAP] = POLICY("uid_map", TYPE_IDMAP, row.view.uid_map, ),
	[K_GID_MAP] = POLICY("gid_map", TYPE_IDMAP, row.view.gid_map, ),
	[K_SYSCTL] = POLICY("sysctl", TYPE_SYSCTLS, row.view.sysctls, ),
	[K_ON_CREATE] = POLICY("on_create", TYPE_GROUP, row.view.on_create, ),
	[K_ON_END] = POLICY("on_end", TYPE_GROUP, row.view.on_end, ),
	[K_ROOT] = POLICY("root", TYPE_PATH, row.view.root, ),
	[K_ROOT_METHOD] =
		POLICY("root_method", TYPE_WORD, row.view.root_method, .words = root_words),
	[K_LIMITS] = POLICY("limits", TYPE_GROUP, row.limits, ),

	[K_PATH] = DIR("path", TYPE_PATH, path, ),
	[K_METHOD] = DIR("method", TYPE_WORD, method, .words = method_words),
	[K_RETAIN] =
		DIR("retain", TYPE_RETAIN, retain, .words = retain_words, .max = 3650ull * DAY),
	[K_SIZE] = DIR("size", TYPE_SIZE, size, ),
	[K_INODES] = DIR("inodes", TYPE_COUNT, inodes, .max = UINT32_MAX),
	[K_MODE] = DIR("mode", TYPE_MODE, mode, ),
	[K_OPTIONS] = DIR("options", TYPE_OPTIONS, attrs, ),
	[K_KEEP] = DIR("keep", TYPE_NAMES, keep, ),
	[K_IMPORT] = DIR("import", TYPE_PATTERNS, import, ),
	[K_QUOTA] = DIR("quota", TYPE_BYTES, quota, .max = INT64_MAX),
	[K_FILES] = DIR("files", TYPE_LIMIT, files, .max = UINT32_MAX),

	[K_USER] = MATCH("user", POL_USER),
	[K_GROUP] = MATCH("group", POL_GROUP),
	[K_UID] = MATCH("uid", POL_UID),
	[K_SERVICE] = MATCH("service", POL_SERVICE),
	[K_TTY] = MATCH("tty", POL_TTY),
	[K_RHOST] = MATCH("rhost", POL_RHOST),
	[K_FROM_USER] = MATCH("from_user", POL_FROM_USER),
	[K_FROM_GROUP] = MATCH("from_group", POL_FROM_GROUP),
	[K_POLICY] = RULE("policy", TYPE_NAME, policy, ),
	[K_ACTION] = RULE("action", TYPE_WORD, row.action, .words = action_words, .max = 1),
	[K_AUDIT] = RULE("audit", TYPE_BOOL, row.audit, ),
	[K_RULE_ON_ERROR] = RULE("on_error", TYPE_WORD, row.on_error, .words = error_words),
};

const struct key *key_find(enum key_block block, const char *name)
{
	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block == block && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

const char *key_suggest(enum key_block block, const char *name)
{
	const char *words[K_MAX + 1];
	size_t count = 0;

	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block == block)
			words[count++] = keys[i].name;
	}
	words[count] = NULL;
	return word_suggest(words, name);
}

int word_find(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

const char *word_suggest(const char *const *words, const char *word)
{
	const char *best = NULL;
	unsigned best_far = UINT32_MAX;

	for (; *words; words++) {
		unsigned far = suggest_distance(*words, word);

		/* "policy" is three slips from "policies"; in a short word, one is a lot. */
		if (far > (strlen(*words) >= 8 ? 3 : 2) || far * 2 > strlen(*words) ||
		    far >= best_far)
			continue;
		best_far = far;
		best = *words;
	}
	return best;
}

void key_store(const struct key *key, void *row, uint64_t value)
{
	const uint8_t u8 = (uint8_t)value;
	const uint16_t u16 = (uint16_t)value;
	const uint32_t u32 = (uint32_t)value;
	char *to = (char *)row + key->offset;

	switch (key->width) {
	case sizeof(u8):
		memcpy(to, &u8, sizeof(u8));
		break;
	case sizeof(u16):
		memcpy(to, &u16, sizeof(u16));
		break;
	case sizeof(u32):
		memcpy(to, &u32, sizeof(u32));
		break;
	default:
		memcpy(to, &value, sizeof(value));
		break;
	}
}
