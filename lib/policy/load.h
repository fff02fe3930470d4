/* SPDX-License-Identifier: MIT */
/* The loading of files into an image */
#ifndef NSI_POLICY_LOAD_H
#define NSI_POLICY_LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct draft;
struct pol_image;

enum pol_severity {
	POL_ERROR,
	POL_WARNING
};

struct pol_message {
	enum pol_severity severity;
	char *file;      /* owned */
	unsigned line;   /* 0: the file as a whole */
	char *text;      /* owned: one sentence, no newline */
	unsigned order;  /* of the file, among those that were read */
	unsigned serial; /* of the message, as it was found */
};

/* All that was found, in the order of files and lines.  Zero-initialised by the caller. */
struct pol_report {
	struct pol_message *messages;
	size_t count;
	size_t errors;
};

void policy_report_done(struct pol_report *report);

/* "FILE:LINE: error: TEXT", as compilers have it; returns @buf. */
const char *policy_message_format(const struct pol_message *m, char *buf, size_t size);

enum pol_load_flags {
	POL_LOAD_UNTRUSTED = 1u << 0,  /* do not ask who owns the files (tests, check of a draft) */
	POL_LOAD_NO_DROPINS = 1u << 1, /* the file alone */
};

/* The file that a vendor may ship; it is read where the administrator has none. */
#ifndef NSI_VENDOR_CONFIG
#define NSI_VENDOR_CONFIG "/usr/share/nsisolate/nsisolate.conf"
#endif

/* Another process that is asked for groups, as groups_ask() of groups.h. */
struct pol_names {
	int (*find_group)(void *arg, const char *name, gid_t *ret);
	void *arg;
};

/* Where a configuration comes from, and what it may not touch. */
struct pol_sources {
	const char *config;   /* the administrator's file */
	const char *vendor;   /* the vendor's, or NULL for none */
	const char *rundir;   /* never to be made private; NULL: the built-in one */
	const char *statedir; /* likewise */
	/* the former policy, whose numbers are used for groups that cannot be looked up; or NULL */
	const struct pol_image *last;
	const struct pol_names *names; /* NULL: the group database is asked from this process */
	/*
	 * The name of a drop-in of @config whose draft, NAME ".draft" beside it, is read in its place,
	 * to check it before it is put there; or NULL
	 */
	const char *draft;
};

#define POL_DRAFT_SUFFIX ".draft"

/*
 * The sources of @config: with the vendor's if it is the built-in path, else that
 * file and its drop-ins alone.
 */
struct pol_sources policy_sources(const char *config);

/*
 * Reads the file @config, then the *.conf files of its drop-in directory (the
 * path with ".conf" replaced by ".d") in the order of their names.  A vendor's file
 * is read in place of a missing @config.  A vendor's drop-ins are read too, except
 * those with the name of a drop-in of the administrator's, which may be empty or a
 * symbolic link to /dev/null to disable the vendor's.
 * The file itself may be missing if there is a drop-in.
 *
 * Asks the group database (getgrnam_r(3)) for the groups that rules name, and no
 * other name service.  If it does not answer, a warning is reported, and the group is unknown
 * (POL_MEMBERS_UNKNOWN) unless sources->last has its number.
 *
 * Returns 0 and an image (the caller frees it) with at most warnings in @report; -EINVAL with
 * at least one error in @report; -ENOMEM.
 */
int policy_load_from(const struct pol_sources *sources, unsigned flags, struct pol_image **ret,
		     struct pol_report *report);

/*
 * As policy_load_from(), and leaves the draft in @d for the caller to free by draft_done().  It
 * has the file and line of each key of each policy and directory.  Its rows of policies are
 * those of the image.
 */
int policy_load_draft(const struct pol_sources *sources, unsigned flags, struct draft *d,
		      struct pol_image **ret, struct pol_report *report);

/* As policy_load_from() with policy_sources(). */
int policy_load(const char *config, unsigned flags, struct pol_image **ret,
		struct pol_report *report);

/*
 * Returns a number that changes when a file of the configuration changes, is added
 * or removed, or when /etc/group does (its numbers are in the image).  It needs only
 * stat(2) (inode, size, mtime, ctime), so that each login can call it.
 * Does not fail: the errno of a file that cannot be read is part of the number.
 */
uint64_t policy_fingerprint_from(const struct pol_sources *sources);

/* A drop-in directory that was seen to be empty; all zero: none was. */
struct pol_empty {
	uint64_t dev, ino;
	uint64_t ctime_s, ctime_ns; /* nobody can set it back */
};

struct pol_looks {
	struct pol_empty config, vendor;
};

/* The same number for repeated calls: @looks caches directories that need not be listed again. */
uint64_t policy_fingerprint_again(const struct pol_sources *sources, struct pol_looks *looks);

/*
 * Makes each later look-up of a group in this process fail at the first source that does not answer.
 * Otherwise, with "group: sss files" in nsswitch.conf(5), the last source's "not found" would hide that
 * sssd is down.  To be called in our own processes only: it changes the name service of the whole process.
 * Does nothing where nsswitch.conf has no such line, or libc is not glibc.
 */
void sources_stop_at_failure(void);

/*
 * Copies @line, the text behind "group:" in nsswitch.conf(5), to @buf and adds these actions to
 * each source.  An action that the line has already stays.  Returns 0 or -ENAMETOOLONG.
 */
int sources_add_actions(const char *line, char *buf, size_t size);

/* More messages than this are counted, but not kept: nobody reads them. */
enum {
	REPORT_KEPT_MAX = 1000
};

/* Puts the messages into the order of files and lines. */
void report_sort(struct pol_report *report);

#endif /* NSI_POLICY_LOAD_H */
