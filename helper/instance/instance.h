/* SPDX-License-Identifier: MIT */
/* Private directories on disk: their names, owners and states */
#ifndef NSI_INSTANCE_H
#define NSI_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "instance/meta.h"
#include "instance/quota.h"

struct nsi_fail;

#define OWNER_JOB_FILE ".owner"

/*
 * DOC: the statedir
 *
 *	<statedir>/u<uid>/owner		whose these are: guards against a uid that is used again
 *	<statedir>/u<uid>/<dir>		an instance, root:root with the policy's mode
 *	<statedir>/u<uid>/.meta-<dir>	how long it is kept, when it was last used, and its lock
 *	<statedir>/s<boot>-<set>/<dir>	an instance that ends with its set; <boot> starts the boot id
 *	<statedir>/s<boot>-<set>/.owner	beside one of a job that is retained beyond it, for an administrator; it
 *					has a .meta-<dir>, too
 *	<statedir>/g<number>/...	as u<uid>, for a set that a group shares
 *	<statedir>/projects		the last project id that was given: see quota.h
 *	<statedir>/reserve/...		for logins while the file system is full: see reserve.h
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
	const char *job; /* its name, of an instance that is retained beyond it; NULL for none */
};

struct instance_retention {
	bool until_boot; /* ends with this boot */
	uint64_t age;    /* seconds since the last use; 0: does not age */
	struct quota quota;
};

/*
 * Finds or makes the instance of @path for @key, with @mode.  An instance that has outlived its
 * retention and is not in use is moved to the trash and made anew; instances of a former owner of
 * the uid go into quarantine.  @ret_lock is the lock that marks it as in use for as long as the
 * descriptor or a copy of it is open; -EBADF for an instance that ends with its set and needs none.
 * Returns a descriptor (O_RDONLY|O_DIRECTORY) or -errno.
 */
int instance_open(int state_fd, const struct instance_key *key, const char *path, mode_t mode,
		  const struct instance_retention *retention, int *ret_lock, struct nsi_fail *f);

/*
 * That lock alone, for the next anchor of a set.  Returns a descriptor, -ENOENT if there is
 * nothing to lock, or another -errno.
 */
int instance_lock(int state_fd, const struct instance_key *key, const char *path);

/* The name of a key's directory below the statedir. */
void instance_parent_name(const struct instance_key *key, char buf[64]);

/* Whether @name below the statedir is of a set, of any boot, whose id is in @ret_set then. */
bool instance_is_of_set(const char *name, uint64_t *ret_set);

/* Whether @name below the statedir is of a user or a group, whose number is in @ret_number then. */
bool instance_is_of_owner(const char *name, uint64_t *ret_number);

/* Whether @name below the statedir is of a set of the boot @boot_id, whose id is in @ret_set then. */
bool instance_is_of_boot(const char *name, const char *boot_id, uint64_t *ret_set);

/* Writes the name of an instance's directory to @buf.  Returns 0 or -ENAMETOOLONG. */
int instance_name(const char *path, char *buf, size_t size);

/* Moves the instance @name below @dir_fd to the trash if it is over and not in use. */
int instance_end_if_over(int state_fd, int dir_fd, const char *name, const char *boot_id);

/*
 * The same for all instances of @parent, a set that has ended, those that end with it too.  Returns 0
 * if some are retained, 1 if there is none left, or -errno.
 */
int instance_end_set(int state_fd, const char *parent, const char *boot_id);

/*
 * Moves the instance @name of the owner @parent below the statedir into the trash, whatever its age,
 * if no set has its lock: a login that comes meanwhile gets a new one.
 * Returns 0, -EBUSY if it is in use, -ENOENT if it is not there, or -errno.
 */
int instance_remove(int state_fd, const char *parent, const char *name);

/* Moves @name below @dir_fd into the trash under a name of its own.  Returns 0 or -errno. */
int instance_discard(int state_fd, int dir_fd, const char *name);

/*
 * Whether @name is a name of the account @uid today: 1, 0, or -errno if a name service that
 * may know of it does not answer.  It waits for those.
 */
int owner_is_alias(const char *name, uid_t uid);

/*
 * Compares <state>/<name>/owner with @user.  Another name is taken for a second
 * name of the same account as long as it still resolves to @uid; otherwise the
 * account is gone, and its directory is moved to <state>/quarantine.
 * Returns 0 or -errno, which is also the answer where that cannot be found out.
 */
int owner_check(int state_fd, const char *name, uid_t uid, const char *user, struct nsi_fail *f);

/*
 * Records the owner's name below @dir_fd, a directory of the statedir, unless it has one; beside directories
 * that a job has left, in OWNER_JOB_FILE with a second line, "job " and @job, which is NULL for others.
 */
int owner_note(int state_fd, int dir_fd, const char *user, const char *job, struct nsi_fail *f);

#endif /* NSI_INSTANCE_H */
