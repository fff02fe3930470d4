/* SPDX-License-Identifier: MIT */
/* The session stacks of PAM services, with the files and lines that they come from. */
#ifndef NSI_CTL_PAMD_H
#define NSI_CTL_PAMD_H

#include <limits.h>
#include <stdbool.h>

struct nsi_fail;

enum {
	PAMD_DIRS = 3,
	PAMD_SUBSTACKS = 64,
	PAMD_DEPTH = 32 /* libpam's own bound on includes */
};

/*
 * Where libpam looks for a service: in each directory, the first file wins; where there
 * is none of the directories, in one file for all services (pam.conf(5)).
 */
struct pamd_places {
	const char *dirs[PAMD_DIRS + 1]; /* ended by NULL */
	const char *conf;                /* NULL: none */
};

/* The places of this system, or @dir alone. */
struct pamd_places pamd_places_of(const char *dir);

/* The names of the services that have a file or lines, sorted. */
struct pamd_names {
	char **names; /* owned */
	unsigned count;
};

/*
 * Lists them, without what packages and editors leave behind and without files that are
 * only there for others to include.  Returns 0; -ENOENT if there is neither a directory
 * nor a file; another -errno.
 */
int pamd_list(const struct pamd_places *places, struct pamd_names *ret);
void pamd_names_done(struct pamd_names *n);
bool pamd_names_have(const struct pamd_names *n, const char *name);

/* One line of type session, as pam.conf(5) has them. */
struct pamd_line {
	char *file; /* owned, like the others */
	unsigned line;
	char *control; /* "required" or "[success=1 default=ignore]" */
	char *module;
	char *args;    /* separated by one space each */
	bool is_quiet; /* "-session": no word when the module is not there */
	unsigned sub;  /* which substack it is in; 0 for none */
};

/* The stack of a service, with all files that it includes. */
struct pamd_stack {
	struct pamd_line *lines; /* owned */
	unsigned count;
	unsigned parent[PAMD_SUBSTACKS]; /* of each substack */
	unsigned subs;
	char path[PATH_MAX]; /* the file of the service itself */
	char included[1024]; /* " NAME" of each file that is included */
	char missing[256];   /* one of those that is not there */
};

/*
 * Reads the session stack of @service.  Returns 0, or -errno; a file that is included
 * and not there is no failure (libpam then refuses everybody).
 */
int pamd_read(const struct pamd_places *places, const char *service, struct pamd_stack *ret,
	      struct nsi_fail *f);
void pamd_done(struct pamd_stack *s);

/* Whether ending substack @outer early keeps what is in @inner from being reached. */
bool pamd_is_within(const struct pamd_stack *s, unsigned inner, unsigned outer);

/* Whether the stack includes a file for which @is_it returns true. */
bool pamd_includes(const struct pamd_stack *s, bool (*is_it)(const char *name));

/* Whether @line has the argument @word. */
bool pamd_has_argument(const struct pamd_line *line, const char *word);

/* The file name of a module or a stack, without its directory. */
const char *pamd_base(const char *path);

/*
 * Whether a session goes on although pam_nsisolate refused it, by the control field
 * of its line (pam.conf(5)): one word, or "[value=action ...]".
 */
bool control_fails_open(const char *control);

/* Whether no module behind the line runs once pam_nsisolate has refused. */
bool control_is_final(const char *control);

/* Whether the session fails although pam_nsisolate allowed it. */
bool control_fails_closed(const char *control);

/* Whether success, or anything else that is no failure, ends the stack here. */
bool control_can_end(const char *control);

/* How many modules behind it may be jumped over. */
unsigned control_jump(const char *control);

#endif /* NSI_CTL_PAMD_H */
