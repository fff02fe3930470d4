/* SPDX-License-Identifier: MIT */
/* Which modules does a service call for a session, and from which lines? */
#ifndef NSI_CTL_PAMD_H
#define NSI_CTL_PAMD_H

#include <stdbool.h>

struct nsi_fail;

enum {
	PAMD_SUBSTACKS = 64,
	PAMD_DEPTH = 32 /* libpam's own bound on includes */
};

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

/* What a service's file comes to with all that it includes. */
struct pamd_stack {
	struct pamd_line *lines; /* owned */
	unsigned count;
	unsigned parent[PAMD_SUBSTACKS]; /* of each substack */
	unsigned subs;
	char included[1024]; /* " NAME" of each file that is included */
	char missing[256];   /* one of those that is not there */
};

/*
 * Reads the session stack of @service below @dir.  Returns 0, or -errno; a file
 * that is included and not there is no failure (libpam then refuses everybody).
 */
int pamd_read(const char *dir, const char *service, struct pamd_stack *ret, struct nsi_fail *f);
void pamd_done(struct pamd_stack *s);

/* Whether ending substack @outer early keeps what is in @inner from being reached. */
bool pamd_is_within(const struct pamd_stack *s, unsigned inner, unsigned outer);

/* Whether the stack includes a file that @is_it says yes to. */
bool pamd_includes(const struct pamd_stack *s, bool (*is_it)(const char *name));

/* The file name of a module or a stack, without its directory. */
const char *pamd_base(const char *path);

#endif /* NSI_CTL_PAMD_H */
