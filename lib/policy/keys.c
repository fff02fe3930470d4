/* SPDX-License-Identifier: MIT */
#include "policy/keys.h"

#include <assert.h>
#include <string.h>

#include "policy/check.h"
#include "policy/draft.h"
#include "policy/userns.h"
#include "policy/values.h"

static const char *const scope_words[] = {"user", "session", "group", "job", NULL};
static const char *const last_close_words[] = {"wait", "kill", NULL};
static const char *const change_words[] = {"new", "join", "deny", NULL};
static const char *const error_words[] = {"deny", "allow", NULL};
static const char *const method_words[] = {"tmpfs", "disk", "overlay", "none", NULL};
static const char *const retain_words[] = {"session", "boot", "forever", NULL};
static const char *const nested_words[] = {"deny", "without-pid", NULL};
static const char *const user_words[] = {"none", "delegate", "map", NULL};
static const char *const root_words[] = {"readonly", "overlay", NULL};
static const char *const home_words[] = {"host", "overlay", NULL};
static const char *const action_words[] = {"skip", "host", NULL};
static const char *const hidepid_words[] = {"off", "noaccess", "invisible", "ptraceable", NULL};
static const char *const subset_words[] = {"all", "pid", NULL};
static const char *const place_words[] = {"outside", "inside", NULL};
static const char *const propagation_words[] = {"slave", "private", "shared", "unbindable", NULL};
static const char *const peers_words[] = {"peers", NULL};

enum {
	DAY = 86400,
	MOUNTS_MAX = 256,
	PEERS_MAX = 2, /* values of pol_network.peers */
};

#define CENTURY (100 * 365 * UINT64_C(86400))

/*
 * The words of an enum of @count values, of which the first @from have no word, and @more
 * words that no image may have.  As many as there are values, or it does not compile.
 */
#define WORDS_FROM(list, count, from, more)                                                  \
	.words = (list), .first = (from),                                                    \
	.values = (count) + 0 * sizeof(struct {                                              \
				    static_assert(sizeof(list) / sizeof((list)[0]) - 1 ==    \
							  (size_t)(count) - (from) + (more), \
						  "one word for each value");                \
				    int one;                                                 \
			    })
#define WORDS(list, count) WORDS_FROM(list, count, 0, 0)

#define AT(row, member)    .offset = offsetof(row, member), .width = sizeof(((row *)0)->member)
#define ALSO(row, member)  .also = offsetof(row, member), .also_width = sizeof(((row *)0)->member)
#define KEY(b, n, t, row, member, about, ...)                                                   \
	{                                                                                       \
		.name = (n), .block = (b), .type = (t), AT(row, member), .notice = KEY_##about, \
		__VA_ARGS__                                                                     \
	}

/* A key of these blocks must state NOTICED or UNNOTICED: enum key_notice. */
#define POLICY(n, t, member, about, ...) \
	KEY(KEY_POLICY, n, t, struct draft_policy, member, about, __VA_ARGS__)
#define DIR(n, t, member, about, ...) \
	KEY(KEY_DIR, n, t, struct draft_dir, row.member, about, __VA_ARGS__)

/* Of a group it is the group's own key that says so. */
#define PART(b, n, t, row, member, ...) KEY(b, n, t, row, member, NOTICED, __VA_ARGS__)
#define NET(n, t, member, ...)          PART(KEY_NETWORK, n, t, struct pol_network, member, __VA_ARGS__)

/* No view comes from these. */
#define TOP(n, t)                                                                   \
	{                                                                           \
		.name = (n), .block = KEY_TOP, .type = (t), .notice = KEY_UNNOTICED \
	}
#define RULE(n, t, member, ...) \
	KEY(KEY_RULE, n, t, struct draft_rule, member, UNNOTICED, __VA_ARGS__)
#define MATCH(n, f) RULE(n, TYPE_MATCH, row.match[f], .field = (f))

/* The modes of a network that know a key. */
#define M(mode) (1u << NET_##mode)
#define MADE    (M(NONE) | M(BRIDGE) | M(MACVLAN) | M(USER))

const struct key keys[K_MAX] = {
	[K_VERSION] = TOP("version", TYPE_VERSION),
	[K_POLICIES] = TOP("policies", TYPE_POLICIES),
	[K_RULES] = TOP("rules", TYPE_RULES),
	[K_AUDIT_ALL] = KEY(KEY_TOP, "audit", TYPE_BOOL, struct draft, audit, UNNOTICED),
	[K_RULES_FIRST] =
		KEY(KEY_TOP, "rules_first", TYPE_BOOL, struct draft, rules_first, UNNOTICED),

	[K_EXTENDS] = POLICY("extends", TYPE_NAME, extends, UNNOTICED),
	[K_SCOPE] =
		POLICY("scope", TYPE_WORD, row.scope, NOTICED, WORDS(scope_words, POL_SCOPE_MAX)),
	[K_JOB] = POLICY("job", TYPE_JOB, row.job, UNNOTICED, .of = KEY_JOB),
	[K_NAMESPACES] =
		POLICY("namespaces", TYPE_NS_TYPES, row.types, NOTICED, .max = NS_TYPE_MAX),
	[K_DIRECTORIES] = POLICY("directories", TYPE_DIRS, row.dirs, NOTICED, .of = KEY_DIR,
				 .max = POL_DIRS_MAX),
	[K_HOSTNAME] = POLICY("hostname", TYPE_TEMPLATE, row.hostname, NOTICED),
	[K_DOMAINNAME] = POLICY("domainname", TYPE_TEMPLATE, row.domainname, NOTICED),
	[K_ON_LAST_CLOSE] = POLICY("on_last_close", TYPE_WORD, row.on_last_close, UNNOTICED,
				   WORDS(last_close_words, POL_LAST_MAX)),
	[K_ON_CHANGE] = POLICY("on_change", TYPE_WORD, row.on_change, UNNOTICED,
			       WORDS(change_words, POL_CHANGE_MAX)),
	[K_ON_ERROR] =
		POLICY("on_error", TYPE_ON_ERROR, row.on_error, UNNOTICED,
		       WORDS(error_words, POL_ERROR_MAX), ALSO(struct draft_policy, row.optional)),
	[K_MAX_SESSIONS] = POLICY("max_sessions", TYPE_COUNT, row.max_sessions, UNNOTICED,
				  .initial = 1000, .max = 1000000),
	[K_MAX_HELD] = POLICY("max_held", TYPE_COUNT, row.max_held, UNNOTICED, .initial = 16,
			      .max = 1000000),
	[K_LINGER] = POLICY("linger", TYPE_TIME, row.linger, UNNOTICED, .max = 365 * DAY),
	[K_KILL_GRACE] = POLICY("kill_grace", TYPE_TIME, row.kill_grace, UNNOTICED, .initial = 5,
				.max = 3600),
	[K_NETWORK] = POLICY("network", TYPE_NETWORK, row.network, NOTICED, .of = KEY_NETWORK),
	[K_NESTED] = POLICY("nested", TYPE_WORD, row.view.nested, UNNOTICED,
			    WORDS(nested_words, POL_NESTED_MAX)),
	[K_BIND] = POLICY("bind", TYPE_BINDS, row.view.binds, NOTICED, .of = KEY_BIND,
			  .max = MOUNTS_MAX),
	[K_HIDE] = POLICY("hide", TYPE_PATHS, row.view.hidden, NOTICED, .max = MOUNTS_MAX),
	[K_READONLY] =
		POLICY("readonly", TYPE_PATHS, row.view.readonly, NOTICED, .max = MOUNTS_MAX),
	[K_UNMOUNT] = POLICY("unmount", TYPE_PATHS, row.view.unmounts, NOTICED, .max = MOUNTS_MAX),
	[K_PROPAGATION] = POLICY("propagation", TYPE_PROPAGATION, row.view.propagations, NOTICED,
				 .of = KEY_PROPAGATION, .max = MOUNTS_MAX),
	[K_PROC] = POLICY("proc", TYPE_GROUP, row.view.proc, NOTICED, .of = KEY_PROC),
	[K_HOME] =
		POLICY("home", TYPE_WORD, row.view.home, NOTICED, WORDS(home_words, POL_HOME_MAX)),
	[K_CLOCK] = POLICY("clock", TYPE_GROUP, row.view.clock, NOTICED, .of = KEY_CLOCK),
	[K_USER_FORM] =
		POLICY("user", TYPE_WORD, row.view.user, NOTICED, WORDS(user_words, POL_USER_MAX)),
	[K_UID_MAP] = POLICY("uid_map", TYPE_IDMAP, row.view.uid_map, NOTICED,
			     .max = USERNS_ELEMENTS_MAX),
	[K_GID_MAP] = POLICY("gid_map", TYPE_IDMAP, row.view.gid_map, NOTICED,
			     .max = USERNS_ELEMENTS_MAX),
	[K_SYSCTL] = POLICY("sysctl", TYPE_SYSCTLS, row.view.sysctls, NOTICED, .max = MOUNTS_MAX),
	[K_ON_CREATE] =
		POLICY("on_create", TYPE_GROUP, row.view.on_create, UNNOTICED, .of = KEY_HOOK),
	[K_ON_END] = POLICY("on_end", TYPE_GROUP, row.view.on_end, UNNOTICED, .of = KEY_HOOK),
	[K_ROOT] = POLICY("root", TYPE_PATH, row.view.root, NOTICED),
	[K_ROOT_METHOD] = POLICY("root_method", TYPE_WORD, row.view.root_method, NOTICED,
				 WORDS(root_words, POL_ROOT_METHOD_MAX)),
	[K_LIMITS] = POLICY("limits", TYPE_GROUP, row.limits, NOTICED, .of = KEY_LIMITS),

	[K_PATH] = DIR("path", TYPE_PATH, path, NOTICED, .is_needed = true),
	[K_METHOD] = DIR("method", TYPE_WORD, method, NOTICED,
			 WORDS_FROM(method_words, POL_METHOD_MAX, 0, 1), /* "none" */
			 .is_needed = true),
	[K_RETAIN] = DIR("retain", TYPE_RETAIN, retain, NOTICED, .words = retain_words,
			 .values = POL_RETAIN_MAX, ALSO(struct draft_dir, row.retain_age),
			 .max = 3650 * UINT64_C(86400)),
	[K_SIZE] = DIR("size", TYPE_SIZE, size, NOTICED, ALSO(struct draft_dir, row.size_percent),
		       .max = INT64_MAX),
	[K_INODES] = DIR("inodes", TYPE_COUNT, inodes, NOTICED, .max = UINT32_MAX),
	[K_MODE] = DIR("mode", TYPE_MODE, mode, NOTICED, .initial = 01777, .max = 07777),
	[K_OPTIONS] = DIR("options", TYPE_OPTIONS, attrs, NOTICED, .initial = CHECK_ATTRS_DEFAULT,
			  .max = POL_KEEP_MAX),
	[K_KEEP] = DIR("keep", TYPE_NAMES, keep, NOTICED, .max = POL_KEEP_MAX),
	[K_KEEP_USERS] = DIR("keep_users", TYPE_NAMES, keep_users, NOTICED, .max = POL_KEEP_MAX),
	[K_IMPORT] = DIR("import", TYPE_PATTERNS, import, NOTICED, .max = POL_KEEP_MAX),
	[K_COPY] = DIR("copy", TYPE_PATTERNS, copy, NOTICED, .max = POL_KEEP_MAX),
	[K_QUOTA] = DIR("quota", TYPE_BYTES, quota, NOTICED, .max = INT64_MAX),
	[K_FILES] = DIR("files", TYPE_LIMIT, files, NOTICED, .max = UINT32_MAX),

	[K_USER] = MATCH("user", POL_USER),
	[K_GROUP] = MATCH("group", POL_GROUP),
	[K_UID] = MATCH("uid", POL_UID),
	[K_SERVICE] = MATCH("service", POL_SERVICE),
	[K_TTY] = MATCH("tty", POL_TTY),
	[K_RHOST] = MATCH("rhost", POL_RHOST),
	[K_FROM_USER] = MATCH("from_user", POL_FROM_USER),
	[K_FROM_GROUP] = MATCH("from_group", POL_FROM_GROUP),
	[K_POLICY] = RULE("policy", TYPE_NAME, policy),
	[K_ACTION] =
		RULE("action", TYPE_WORD, row.action,
		     WORDS_FROM(action_words, POL_ACTION_MAX, 1, 0)), /* "policy" says the first */
	[K_AUDIT] = RULE("audit", TYPE_BOOL, row.audit),
	[K_RULE_ON_ERROR] = RULE("on_error", TYPE_WORD, row.on_error, .words = error_words,
				 .initial = POL_ERROR_MAX, .values = POL_ERROR_MAX + 1),

	[K_PROC_HIDEPID] = PART(KEY_PROC, "hidepid", TYPE_WORD, struct pol_proc, hidepid,
				WORDS(hidepid_words, POL_HIDEPID_MAX)),
	[K_PROC_SUBSET] = PART(KEY_PROC, "subset", TYPE_WORD, struct pol_proc, subset,
			       WORDS(subset_words, POL_SUBSET_MAX)),

	[K_JOB_CGROUP] =
		PART(KEY_JOB, "cgroup", TYPE_JOB_GROUP, struct pol_job, cgroup, .is_needed = true),

	[K_CLOCK_BOOTTIME] =
		PART(KEY_CLOCK, "boottime", TYPE_SHIFT, struct pol_clock, boottime, .max = CENTURY),
	[K_CLOCK_MONOTONIC] = PART(KEY_CLOCK, "monotonic", TYPE_SHIFT, struct pol_clock, monotonic,
				   .max = CENTURY),

	[K_LIMITS_TASKS] = PART(KEY_LIMITS, "tasks", TYPE_LIMIT, struct pol_limits, tasks,
				.max = POL_LIMIT_TASKS_MAX),
	[K_LIMITS_MEMORY] = PART(KEY_LIMITS, "memory", TYPE_MEMORY, struct pol_limits, memory,
				 ALSO(struct pol_limits, memory_percent), .max = INT64_MAX),
	[K_LIMITS_CPU] =
		PART(KEY_LIMITS, "cpu", TYPE_CPU, struct pol_limits, cpu, .max = POL_LIMIT_CPU_MAX),

	[K_HOOK_RUN] = PART(KEY_HOOK, "run", TYPE_PATH, struct pol_hook, run, .is_needed = true),
	[K_HOOK_WHERE] = PART(KEY_HOOK, "where", TYPE_WORD, struct pol_hook, place,
			      WORDS(place_words, POL_HOOK_PLACE_MAX)),
	[K_HOOK_TIMEOUT] = PART(KEY_HOOK, "timeout", TYPE_TIME, struct pol_hook, timeout,
				.initial = 10, .max = 60),

	[K_NET_MODE] =
		NET("mode", TYPE_WORD, mode, WORDS(net_mode_words, NET_MODE_MAX),
		    .initial = NET_MODE_MAX, .is_needed = true, .modes = M(HOST) | M(NETNS) | MADE),
	[K_NET_NAME] = NET("name", TYPE_TEMPLATE, name, .modes = M(NETNS) | MADE),
	[K_NET_CREATE] = NET("create", TYPE_BOOL, create, .modes = M(NETNS) | M(BRIDGE)),
	[K_NET_PUBLISH] = NET("publish", TYPE_BOOL, publish, .modes = MADE),
	[K_NET_BRIDGE] = NET("bridge", TYPE_INTERFACE, bridge, .modes = M(BRIDGE)),
	[K_NET_POOL] = NET("pool", TYPE_POOLS, pools, .max = 2, .modes = M(BRIDGE)),
	[K_NET_NAT] = NET("nat", TYPE_BOOL, nat, .modes = M(BRIDGE)),
	[K_NET_ISOLATE_PEERS] = NET("isolate_peers", TYPE_BOOL, isolate_peers, .modes = M(BRIDGE)),
	[K_NET_HOSTS] = NET("hosts", TYPE_WORD, peers, WORDS_FROM(peers_words, PEERS_MAX, 1, 0),
			    .modes = M(BRIDGE)),
	[K_NET_FORWARD] =
		NET("forward", TYPE_FORWARDS, forwards, .max = NET_FORWARDS, .modes = M(BRIDGE)),
	[K_NET_PARENT] = NET("parent", TYPE_INTERFACE, parent, .modes = M(MACVLAN)),
	[K_NET_ADDRESS] = NET("address", TYPE_ADDRESSES, addresses, .max = 2, .modes = M(MACVLAN)),
	[K_NET_ROUTES] = NET("routes", TYPE_ROUTES, routes, ALSO(struct pol_network, has_routes),
			     .max = NET_ROUTES, .modes = M(BRIDGE) | M(MACVLAN)),
	[K_NET_MTU] = NET("mtu", TYPE_MTU, mtu, .max = 65535, .modes = M(BRIDGE) | M(MACVLAN)),
	[K_NET_DNS] = NET("dns", TYPE_SERVERS, dns, ALSO(struct pol_network, has_dns),
			  .max = NET_DNS, .modes = M(NETNS) | MADE),
	[K_NET_INTERFACES] = NET("interfaces", TYPE_INTERFACES, interfaces, .max = NET_INTERFACES,
				 .modes = MADE),
	[K_NET_FIREWALL] = NET("firewall", TYPE_PATH, firewall, .modes = MADE),
	[K_NET_SYSCTL] = NET("sysctl", TYPE_NET_SYSCTLS, sysctls, .max = NET_SYSCTLS, .modes = MADE,
			     .instead = "'sysctl' of the policy"),

	[K_BIND_SOURCE] =
		PART(KEY_BIND, "source", TYPE_PATH, struct pol_mount, source, .is_needed = true),
	[K_BIND_TARGET] = PART(KEY_BIND, "target", TYPE_PATH, struct pol_mount, target),
	[K_BIND_OPTIONS] = PART(KEY_BIND, "options", TYPE_OPTIONS, struct pol_mount, attrs,
				.initial = CHECK_ATTRS_DEFAULT, .max = POL_KEEP_MAX),
	[K_BIND_RECURSIVE] = PART(KEY_BIND, "recursive", TYPE_BOOL, struct pol_mount, recursive),

	[K_PROPAGATION_PATH] = PART(KEY_PROPAGATION, "path", TYPE_PATH, struct pol_mount, target,
				    .is_needed = true),
	[K_PROPAGATION_TYPE] =
		PART(KEY_PROPAGATION, "type", TYPE_WORD, struct pol_mount, propagation,
		     WORDS(propagation_words, POL_PROPAGATION_MAX), .is_needed = true),
};

unsigned key_index(enum key_id id)
{
	int first = id;

	while (first > 0 && keys[first - 1].block == keys[id].block)
		first--;
	return (unsigned)id - (unsigned)first;
}

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

static void key_put(char *to, size_t width, uint64_t value)
{
	const uint16_t u16 = (uint16_t)value;
	const uint32_t u32 = (uint32_t)value;

	if (width == 1)
		*(uint8_t *)to = (uint8_t)value;
	else if (width == sizeof(u16))
		memcpy(to, &u16, sizeof(u16));
	else if (width == sizeof(u32))
		memcpy(to, &u32, sizeof(u32));
	else if (width == sizeof(value))
		memcpy(to, &value, sizeof(value));
}

static uint64_t key_get(const char *from, size_t width)
{
	uint16_t u16 = 0;
	uint32_t u32 = 0;
	uint64_t u64 = 0;

	if (width == 1)
		return *(const uint8_t *)from;
	if (width == sizeof(u16)) {
		memcpy(&u16, from, sizeof(u16));
		return u16;
	}
	if (width == sizeof(u32)) {
		memcpy(&u32, from, sizeof(u32));
		return u32;
	}
	if (width == sizeof(u64))
		memcpy(&u64, from, sizeof(u64));
	return u64;
}

void key_store(const struct key *key, void *row, struct key_value value)
{
	key_put((char *)row + key->offset, key->width, value.value);
	key_put((char *)row + key->also, key->also_width, value.also);
}

struct key_value key_load(const struct key *key, const void *row)
{
	return (struct key_value){
		.value = key_get((const char *)row + key->offset, key->width),
		.also = key_get((const char *)row + key->also, key->also_width),
	};
}

uint32_t key_text(const struct key *key, const void *row)
{
	return (uint32_t)key_get((const char *)row + key->offset, sizeof(pol_str));
}

struct pol_list key_list(const struct key *key, const void *row)
{
	struct pol_list list;

	memcpy(&list, (const char *)row + key->offset, sizeof(list));
	return list;
}

void key_defaults(enum key_block block, void *row)
{
	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block != block)
			continue;
		if (keys[i].type == TYPE_GROUP)
			key_defaults(keys[i].of, (char *)row + keys[i].offset);
		else if (keys[i].initial)
			key_store(&keys[i], row, (struct key_value){.value = keys[i].initial});
	}
}
