/* SPDX-License-Identifier: MIT */
/* The building of a set from inside: its plan and its order */
#ifndef NSI_SETUP_H
#define NSI_SETUP_H

#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "base/nstype.h"
#include "policy/image.h"
#include "state/record.h"
#include "wire/wire.h"

struct cover_list;
struct host;
struct instance_key;
struct net_config;

/* Descriptors that the anchor keeps open as long as its set lives: locks. */
struct setup_held {
	int fds[RECORD_DIRS];
	unsigned count;
};

/* The plan of a set; all pointers belong to the caller. */
struct setup_plan {
	const struct host *host;
	const struct pol_image *image;
	const struct pol_policy *policy;
	uint64_t id;
	bool nested;    /* of the key, too */
	uint64_t owner; /* of the key: uid, group's number or session */
	int helper_fd;  /* pidfd of the helper, in the anchor: the way back to the host */
	pid_t pid;      /* of the login's process, whose cgroup it is */
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* of the user; of logins into a user namespace alone */
	uint32_t group_count;
	const char *user;
	const char *home;
	const char *service;
	const struct record_job *job; /* NULL: of no job */
	const struct net_config *net; /* of its network */
	int ask;                      /* in the anchor: to the helper, see setup_network.h */
	struct setup_held *held;      /* in the anchor: what is to stay open */
};

/* The marks of a set by which its end is recognized: the fields of struct record_end of these names. */
struct setup_end {
	bool is_known; /* all of it is here, as far as the kernel tells it */
	uint32_t sentinel_blocks;
	uint64_t sentinel_dev;
	uint64_t ns_ids[NS_TYPE_MAX];
	uint64_t mnt_id; /* for the field of this name in struct set_record */
};

/* The result of a build; it crosses a socket in one message. */
struct setup_report {
	int32_t err; /* 0, -errno, or SETUP_ASKS: it is no report yet */
	uint32_t pad;
	struct nsi_fail fail;
	char warnings[1024]; /* lines: done, but not all of it */
	struct ns_inodes ns;
	char hostname[RECORD_WORD];
	char netns[RECORD_WORD]; /* the policy's name of the network namespace */
	uint64_t dev[RECORD_DIRS];
	uint64_t root_dev; /* st_dev of an overlay over another root; 0: there is none */
	struct setup_end end;
};

/*
 * The types that the anchor of @policy is cloned into; the others it makes itself, first
 * thing in setup_set().
 */
uint32_t setup_types_cloned(const struct pol_policy *policy);

/*
 * The key of a directory on disk that is retained as @retain says, in the set @id with the key's @owner:
 * without names and boot, which are the caller's to add.
 */
struct instance_key setup_key_of(uint8_t scope, uint8_t retain, uint64_t id, uint64_t owner);

/*
 * Runs in the anchor, already in its new namespaces, with the helper's
 * capabilities effective.  Fills in @report.  A failure leaves nothing that does
 * not end with the process, but for instances in the statedir, which the sweeper
 * finds by the set's id.
 */
void setup_set(const struct setup_plan *plan, struct setup_report *report);

/*
 * Runs in a spare anchor, in new namespaces of @types: does the work that does not depend on the
 * user, for the policy with this digest (0: for none).  An error here occurs again, and is
 * reported, when the result is needed.
 */
void setup_prepare(const struct host *host, const struct pol_image *image, uint32_t types,
		   uint64_t digest);

/*
 * A plan in one piece, for a socket between a helper and a child that was forked from it: what
 * host and image are, the child has in its own copy of the helper's memory.
 */
struct setup_order {
	struct setup_plan plan; /* its pointers mean nothing on the other side */
	struct pol_policy policy;
	char user[NSI_NAME_SIZE];
	char home[NSI_PATH_SIZE];
	char service[NSI_WORD_SIZE];
	struct record_job job; /* id 0: of none */
};

/* Packs @plan, which has no network and no user namespace.  Returns 0 or -ENAMETOOLONG. */
int setup_order_pack(struct setup_order *order, const struct setup_plan *plan);

/* The plan again; it points into @order, @host and @image. */
struct setup_plan setup_order_unpack(const struct setup_order *order, const struct host *host,
				     const struct pol_image *image);

/*
 * Lists what setup_set() mounts for @plan, in its order, as view/cover.h has it.  Runs in the
 * helper; @ret is the caller's.  Returns 0, with an empty list for a set without a mount
 * namespace, or -errno.
 */
int setup_list_covers(const struct setup_plan *plan, struct cover_list *ret);

/* Adds the files that the network namespace @name has in /etc/netns; "" has none.  Returns 0 or -errno. */
int setup_list_netns(const char *name, struct cover_list *list);

#endif /* NSI_SETUP_H */
