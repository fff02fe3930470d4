/* SPDX-License-Identifier: MIT */
/* The image: policies that have been read, checked and resolved */
#ifndef NSI_POLICY_IMAGE_H
#define NSI_POLICY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nstype.h"
#include "policy/rows.h"

/*
 * DOC: the image
 *
 * The loader reads the configuration in a process of its own, without a
 * capability, and hands back one flat block: a header, tables of fixed-size
 * rows, and a pool of strings.  Nothing in it is a pointer, so it can cross a
 * pipe; everything in it is checked by policy_image_check() before the first
 * use, so a loader that was taken over can at worst hand back another valid
 * policy.  "extends", defaults and names of groups are resolved: the image
 * contains final values only.
 */

/* A hole in one of these does not compile; as in rows.h. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* As much as the records and anchors of the helper have room for. */
enum {
	POL_DIRS_MAX = 32,
	POL_KEEP_MAX = 32,  /* of one "keep" or "import" */
	POL_PATH_MAX = 255, /* bytes of a directory's path */
};

enum pol_scope {
	POL_SCOPE_USER,
	POL_SCOPE_SESSION,
	POL_SCOPE_GROUP,
	POL_SCOPE_JOB,
	POL_SCOPE_MAX
};
enum pol_method {
	POL_METHOD_TMPFS,
	POL_METHOD_DISK,
	POL_METHOD_OVERLAY,
	POL_METHOD_MAX
};
enum pol_retain {
	POL_RETAIN_SESSION,
	POL_RETAIN_BOOT,
	POL_RETAIN_AGE,
	POL_RETAIN_FOREVER,
	POL_RETAIN_MAX
};
enum pol_last_close {
	POL_LAST_WAIT,
	POL_LAST_KILL,
	POL_LAST_MAX
};
enum pol_on_change {
	POL_CHANGE_NEW,
	POL_CHANGE_JOIN,
	POL_CHANGE_DENY,
	POL_CHANGE_MAX
};
enum pol_on_error {
	POL_ERROR_DENY,
	POL_ERROR_ALLOW,
	POL_ERROR_MAX
};
enum pol_action {
	POL_ACTION_POLICY,
	POL_ACTION_SKIP,
	POL_ACTION_HOST,
	POL_ACTION_MAX
};
enum pol_nested {
	POL_NESTED_DENY,
	POL_NESTED_WITHOUT_PID,
	POL_NESTED_MAX
};
enum pol_home {
	POL_HOME_HOST,
	POL_HOME_OVERLAY,
	POL_HOME_MAX
};
enum pol_propagation {
	POL_PROPAGATION_SLAVE,
	POL_PROPAGATION_PRIVATE,
	POL_PROPAGATION_SHARED,
	POL_PROPAGATION_UNBINDABLE,
	POL_PROPAGATION_MAX
};
enum pol_hidepid {
	POL_HIDEPID_OFF,
	POL_HIDEPID_NOACCESS,
	POL_HIDEPID_INVISIBLE,
	POL_HIDEPID_PTRACEABLE,
	POL_HIDEPID_MAX
};
enum pol_subset {
	POL_SUBSET_ALL,
	POL_SUBSET_PID,
	POL_SUBSET_MAX
};
enum pol_user {
	POL_USER_NONE,
	POL_USER_DELEGATE,
	POL_USER_MAP,
	POL_USER_MAX
};
enum pol_root_method {
	POL_ROOT_READONLY,
	POL_ROOT_OVERLAY,
	POL_ROOT_METHOD_MAX
};
enum pol_hook_place {
	POL_HOOK_OUTSIDE,
	POL_HOOK_INSIDE,
	POL_HOOK_PLACE_MAX
};

/* A program that is run when a set comes or goes; run is "" for none. */
struct pol_hook {
	pol_str run;
	uint32_t timeout; /* seconds */
	uint8_t place;    /* enum pol_hook_place */
	uint8_t pad[3];
};

/* One thing that is done to a path of the view. */
struct pol_mount {
	pol_str source; /* of a bind; "" otherwise */
	pol_str target;
	uint32_t attrs;      /* of a bind: MOUNT_ATTR_*, set before it is attached */
	uint8_t propagation; /* enum pol_propagation, in the list of those */
	uint8_t recursive;   /* of a bind: with the mounts below its source */
	uint16_t pad;
	struct pol_where where;
};

/* The resource manager whose jobs have sets of their own. */
struct pol_job {
	pol_str cgroup; /* the manager's word, or a pattern: see job.h; "" for none */
};

struct pol_clock {
	int64_t boottime; /* seconds ahead of the host's */
	int64_t monotonic;
};

struct pol_proc {
	uint8_t hidepid; /* enum pol_hidepid */
	uint8_t subset;  /* enum pol_subset */
};

/* The view of a session, beside its private directories. */
struct pol_view {
	struct pol_clock clock;
	struct pol_list binds; /* mounts, in this and the next four */
	struct pol_list hidden;
	struct pol_list readonly;
	struct pol_list unmounts;
	struct pol_list propagations;
	struct pol_list sysctls; /* strings: "kernel.shmmax=65536", "net.core.somaxconn=9" */
	struct pol_list uid_map; /* strings, as userns.h reads them; empty without POL_USER_MAP */
	struct pol_list gid_map;
	struct pol_hook on_create;
	struct pol_hook on_end;
	pol_str root; /* another root file system; "" for the host's */
	struct pol_proc proc;
	uint8_t nested;      /* enum pol_nested */
	uint8_t home;        /* enum pol_home */
	uint8_t user;        /* enum pol_user */
	uint8_t root_method; /* enum pol_root_method */
	uint8_t pad[6];
};

/*
 * In attrs of directories and binds beside MOUNT_ATTR_*: "exec" was written.  Without it, what
 * cannot be executed from on the host cannot be in what covers it.
 */
#define POL_ATTR_EXEC (1u << 30)

/* One polyinstantiated directory. */
struct pol_dir {
	pol_str path;
	uint8_t method;         /* enum pol_method */
	uint8_t retain;         /* enum pol_retain; POL_RETAIN_SESSION for a tmpfs */
	uint16_t mode;          /* of the instance's top, such as 01777 */
	uint32_t attrs;         /* MOUNT_ATTR_* of mount_setattr(2), set before it is attached */
	uint32_t size_percent;  /* of the memory, instead of size; 0: not given so */
	uint64_t size;          /* bytes; 0: no limit of ours */
	uint64_t inodes;        /* 0: no limit of ours */
	uint64_t retain_age;    /* seconds, for POL_RETAIN_AGE */
	struct pol_list keep;   /* strings: names below path, bound from the host's */
	struct pol_list import; /* strings: patterns of names below path (fnmatch), moved in */
	struct pol_list copy;   /* likewise, copied in */
	struct pol_list
		keep_users; /* strings: names of users whose sockets may be kept, beside root's */
	uint64_t quota, files; /* bytes and inodes of one on disk; 0: no limit of ours */
	struct pol_where where;
};

struct pol_policy {
	pol_str name;
	pol_str hostname;   /* templates; "" leaves the host's */
	pol_str domainname; /* NIS */
	uint32_t types;     /* mask of ns_bit() */
	uint8_t scope;      /* enum pol_scope */
	uint8_t on_last_close;
	uint8_t on_change;
	uint8_t on_error;
	uint32_t max_sessions; /* logins of one user; 0: no limit of ours */
	uint32_t linger;       /* seconds */
	uint32_t kill_grace;   /* seconds between SIGTERM and SIGKILL */
	uint32_t optional;     /* mask of ns_bit(): of kinds, those that may be missing */
	uint32_t network;      /* row in networks, and 1; 0: none was given */
	uint32_t max_held;     /* sets of one user that are held; 0: no limit of ours */
	struct pol_job job;
	uint64_t digest;      /* of all that a session can notice: changed means another view */
	struct pol_list dirs; /* dirs */
	struct pol_view view;
	struct pol_limits limits;
	struct pol_where where;
};

/* The properties of a login that a rule can match. */
enum pol_field {
	POL_USER,
	POL_GROUP,
	POL_UID,
	POL_SERVICE,
	POL_TTY,
	POL_RHOST,
	POL_FROM_USER,
	POL_FROM_GROUP,
	POL_FIELD_MAX,
};

enum pol_match_kind {
	POL_MATCH_TEXT,  /* text is the value, to the letter */
	POL_MATCH_GLOB,  /* text is a pattern of fnmatch(3), FNM_NOESCAPE */
	POL_MATCH_RANGE, /* low <= id <= high: uids, and the gids of named groups */
	POL_MATCH_NET,   /* an address whose first low bits are those of net */
	POL_MATCH_MAX,
};

/* Who says which accounts are in the group that an element names. */
enum pol_members {
	POL_MEMBERS_LOCAL,     /* /etc/group has it; also of elements that are no groups */
	POL_MEMBERS_DIRECTORY, /* any source of the name service switch */
	POL_MEMBERS_UNKNOWN,   /* its number could not be looked up: low and high are none */
	POL_MEMBERS_MAX,
};

/* One element of a field's list. */
struct pol_match {
	uint8_t kind; /* enum pol_match_kind */
	uint8_t negate;
	uint8_t members;   /* enum pol_members */
	uint8_t addresses; /* a pattern of addresses, which says nothing about names */
	pol_str text;      /* as written, without the "!"; for a group its name, for show */
	uint32_t low;
	uint32_t high;
	uint8_t net[16]; /* see address.h */
};

struct pol_rule {
	struct pol_where where;
	uint8_t action;   /* enum pol_action */
	uint8_t audit;    /* say what would be done, do nothing */
	uint8_t on_error; /* enum pol_on_error, or POL_ERROR_MAX: the policy's */
	uint8_t pad;
	uint32_t policy; /* row in policies, for POL_ACTION_POLICY */
	uint32_t pad2;
	struct pol_list match[POL_FIELD_MAX]; /* matches; an empty list matches everything */
};

/* The tables of an image, in the order in which they lie behind its header. */
enum pol_table {
	POL_TABLE_POLICIES,
	POL_TABLE_RULES,
	POL_TABLE_MATCHES,
	POL_TABLE_DIRS,
	POL_TABLE_MOUNTS,
	POL_TABLE_NETWORKS,
	POL_TABLE_STRINGS, /* rows of pol_str, for lists of strings */
	POL_TABLE_POOL,    /* bytes */
	POL_TABLE_MAX,
};

struct pol_image {
	uint32_t magic;
	uint32_t version;
	uint64_t size; /* of all of it */
	struct {
		uint64_t offset; /* from the start of the image, a multiple of 8 */
		uint64_t count;  /* rows; bytes for the pool */
	} table[POL_TABLE_MAX];
};

#pragma GCC diagnostic pop

#define POL_IMAGE_MAGIC   0x4e534950u /* "NSIP" */
#define POL_IMAGE_VERSION 6u
#define POL_IMAGE_MAX     (64u << 20)

/*
 * Whether the @size bytes at @image are an image of which every offset, count,
 * string, enum and namespace bit is in bounds.  Returns 0 or -EBADMSG.
 */
int policy_image_check(const struct pol_image *image, size_t size);

/*
 * A number for all that a session can notice of @policy: its name, and each key that is
 * KEY_NOTICED.  @image has been checked, or comes from compile_draft().
 */
uint64_t policy_digest(const struct pol_image *image, const struct pol_policy *policy);

static inline const void *policy_table(const struct pol_image *image, enum pol_table table)
{
	return (const char *)image + image->table[table].offset;
}

static inline const struct pol_policy *policy_get(const struct pol_image *image, uint32_t row)
{
	return (const struct pol_policy *)policy_table(image, POL_TABLE_POLICIES) + row;
}

static inline const struct pol_rule *policy_rule(const struct pol_image *image, uint32_t row)
{
	return (const struct pol_rule *)policy_table(image, POL_TABLE_RULES) + row;
}

static inline const struct pol_dir *policy_dir(const struct pol_image *image, uint32_t row)
{
	return (const struct pol_dir *)policy_table(image, POL_TABLE_DIRS) + row;
}

/* Whether a login brings files of the host along into @dir, by "import" or "copy". */
static inline bool policy_dir_imports(const struct pol_dir *dir)
{
	return dir->import.count > 0 || dir->copy.count > 0;
}

/* Whether it does so into any directory of @policy. */
static inline bool policy_imports(const struct pol_image *image, const struct pol_policy *policy)
{
	for (uint32_t i = 0; i < policy->dirs.count; i++)
		if (policy_dir_imports(policy_dir(image, policy->dirs.first + i)))
			return true;
	return false;
}

static inline const struct pol_mount *policy_mount(const struct pol_image *image, uint32_t row)
{
	return (const struct pol_mount *)policy_table(image, POL_TABLE_MOUNTS) + row;
}

static inline const struct pol_network *policy_network_row(const struct pol_image *image,
							   uint32_t row)
{
	return (const struct pol_network *)policy_table(image, POL_TABLE_NETWORKS) + row;
}

/* The network of a policy, or NULL for one that says nothing about it. */
static inline const struct pol_network *policy_network(const struct pol_image *image,
						       const struct pol_policy *policy)
{
	return policy->network ? policy_network_row(image, policy->network - 1) : NULL;
}

static inline const char *policy_str(const struct pol_image *image, pol_str str)
{
	return (const char *)policy_table(image, POL_TABLE_POOL) + str;
}

/* String @i of a list of strings. */
static inline const char *policy_list_str(const struct pol_image *image, struct pol_list list,
					  uint32_t i)
{
	const pol_str *rows = policy_table(image, POL_TABLE_STRINGS);

	return policy_str(image, rows[list.first + i]);
}

#endif /* NSI_POLICY_IMAGE_H */
