/* SPDX-License-Identifier: MIT */
/* Where do private directories on disk live, and whose are they? */
#ifndef NSI_INSTANCE_H
#define NSI_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "instance/quota.h"

struct nsi_fail;

/*
 * DOC: the statedir
 *
 *	<statedir>/u<uid>/owner		whose these are: guards against a uid that is used again
 *	<statedir>/u<uid>/<dir>		an instance, root:root with the policy's mode
 *	<statedir>/u<uid>/.meta-<dir>	how long it is kept, and when it was last used
 *	<statedir>/s<boot>-<set>/<dir>	an instance that ends with its set; <boot> starts the boot id
 *	<statedir>/g<number>/...	as u<uid>, for a set that a group shares
 *	<statedir>/projects		the last project id that was given: see quota.h
 *	<statedir>/trash/...		on its way out (see sweep/)
 *	<statedir>/quarantine/...	of a former owner of a uid; an administrator's to look at
 *
 * Every directory above an instance is root's with mode 0700, so what a user puts
 * into an instance cannot be reached from outside, and protected_symlinks and its
 * kin go on working inside, because the instance is a sticky directory of root.
 * <dir> is the path with "/" as "-" and everything unusual as "\xNN": one name
 * for one path.
 */
struct instance_key {
	char kind;        /* 'u', 's' or 'g' */
	uint64_t number;  /* uid, set id or group's number */
	const char *user; /* the owner's name, for 'u' */
	uid_t uid;
	const char *boot_id;
};

struct instance_retention {
	bool until_boot; /* ends with this boot */
	uint64_t age;    /* seconds since the last use; 0: does not age */
	struct quota quota;
};

/*
 * Finds or makes the instance of @path for @key, gives it @mode, and takes a shared lock on it,
 * which says that it is in use for as long as the descriptor or a copy is open.
 * One that has outlived its retention is put into the trash and made anew; those
 * of a former owner of the uid go into quarantine.
 * Returns a descriptor (O_RDONLY|O_DIRECTORY) or -errno.
 */
int instance_open(int state_fd, const struct instance_key *key, const char *path, mode_t mode,
		  const struct instance_retention *retention, struct nsi_fail *f);

/* The name of a key's directory below the statedir. */
void instance_parent_name(const struct instance_key *key, char buf[64]);

/* The name of an instance's directory; -ENAMETOOLONG if it does not fit. */
int instance_name(const char *path, char *buf, size_t size);

/* What a meta file says. */
struct instance_meta {
	bool until_boot;
	uint64_t age;
	uint64_t used; /* seconds since the epoch */
	char boot_id[40];
};

int instance_meta_read(int dir_fd, const char *name, struct instance_meta *ret);
int instance_meta_write(int dir_fd, const char *name, const struct instance_meta *meta);

/* Whether an instance has outlived its retention.  A clock that went backwards ends nothing. */
bool instance_is_over(const struct instance_meta *meta, const char *boot_id, uint64_t now);

/* Puts the instance @name below @dir_fd into the trash if it is over and nobody has it open. */
int instance_end_if_over(int state_fd, int dir_fd, const char *name, const char *boot_id);

/* Moves @name below @dir_fd into the trash under a name of its own.  Returns 0 or -errno. */
int instance_discard(int state_fd, int dir_fd, const char *name);

#endif /* NSI_INSTANCE_H */
