/* SPDX-License-Identifier: MIT */
/* Configuration of pam_namespace, as namespace.conf(5) of Linux-PAM 1.5 to 1.7 describes it */
#ifndef NSI_NAMESPACE_CONF_H
#define NSI_NAMESPACE_CONF_H

#include <stdbool.h>

struct ctl;

#define NAMESPACE_CONF     "/etc/security/namespace.conf"
#define NAMESPACE_CONF_DIR "/etc/security/namespace.d"

enum namespace_method {
	NAMESPACE_USER,
	NAMESPACE_CONTEXT,
	NAMESPACE_LEVEL,
	NAMESPACE_TMPDIR,
	NAMESPACE_TMPFS,
	NAMESPACE_METHODS
};

/* One line: one directory. */
struct namespace_line {
	char *file; /* where it stands; owned */
	unsigned number;
	char **words; /* the fields, as they are written; owned */
	unsigned word_count;
	const char *dir, *prefix; /* the first two fields, without the slashes at the end of dir */
	enum namespace_method method;
	bool is_shared, noinit, has_create;
	const char *create; /* "MODE,OWNER,GROUP" or NULL */
	const char *script; /* iscript=, or NULL */
	const char *mount;  /* mntopts=, or NULL */
	bool is_exclusive;  /* "~": for the users of the list alone */
	char **users;       /* the names of the list, which point into words; owned */
	unsigned user_count;
};

struct namespace_conf {
	struct namespace_line *lines;
	unsigned count;
	unsigned errors;
};

/* The name of a method, as the file has it. */
const char *namespace_method_name(enum namespace_method method);

/*
 * Reads @path and appends its lines to @conf.  Says what is wrong with a line on stderr, as
 * "FILE:LINE: error: ...", and counts it in @conf->errors; such a line is left out.
 * Returns 0, or -errno if the file cannot be read or memory is short.
 */
int namespace_conf_read(struct namespace_conf *conf, const char *path);

/*
 * Reads what pam_namespace would read: namespace.conf, then the files *.conf of namespace.d in the order of
 * their names in the C locale.  Returns as namespace_conf_read().
 */
int namespace_conf_read_all(struct namespace_conf *conf);

void namespace_conf_done(struct namespace_conf *conf);

/*
 * Moves the content of the instance directories of the method "user" into the private directories of
 * the same users below ctl->statedir: one rename(2) for each entry, so both have to be on one file
 * system, and an entry that is there already stays.  The parents of the instances must be root's.
 * Reports on stderr what was moved and what was not.  Returns an exit code: CTL_REFUSED if an entry
 * was left.
 */
int convert_adopt(const struct ctl *ctl, const struct namespace_conf *conf);

#endif /* NSI_NAMESPACE_CONF_H */
