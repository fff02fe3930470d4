/* SPDX-License-Identifier: MIT */
/* The draft: policies and rules while their files are being read */
#ifndef NSI_POLICY_DRAFT_H
#define NSI_POLICY_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/image.h"

struct pol_names;
struct pol_report;

enum {
	DRAFT_POLICIES_MAX = 4096,
	DRAFT_RULES_MAX = 20000,
	DRAFT_POLICY_KEYS = 64, /* room for the keys of a block */
	DRAFT_DIR_KEYS = 32,
};

/* Rows of one size that grow.  A table of zeros with a width is empty. */
struct table {
	void *rows;
	size_t count;
	size_t room;
	size_t width;
};

/* The keys that a block has itself, before inheritance, and which of them are wrong. */
struct draft_seen {
	uint64_t given; /* key_bit() of each key */
	uint64_t bad;   /* the same, of keys whose value was refused: they get no second message */
};

struct draft_dir {
	struct pol_dir row; /* method is POL_METHOD_MAX for "none": drop an inherited one */
	struct draft_seen seen;
	struct pol_where at[DRAFT_DIR_KEYS]; /* by key_index(): where each was written */
	bool is_inherited;
};

enum draft_state {
	DRAFT_NEW,
	DRAFT_RESOLVED,
	DRAFT_BROKEN
};

struct draft_policy {
	struct pol_policy
		row; /* row.dirs: rows of dirs below; first as written, then as inherited */
	struct draft_seen seen;
	struct pol_where at[DRAFT_POLICY_KEYS]; /* by key_index(): here, or in what it extends */
	struct pol_list read_dirs; /* row.dirs as rows of dirs, when those are of final already */
	pol_str extends;
	enum draft_state state;
};

struct draft_rule {
	struct pol_rule row;
	struct draft_seen seen;
	pol_str policy;
	bool is_first; /* of a drop-in with "rules_first" */
};

struct draft {
	struct pol_report *report;
	const char *rundir;
	const char *statedir;
	struct table policies;         /* struct draft_policy */
	struct table rules;            /* struct draft_rule */
	struct table dirs;             /* struct draft_dir: as written, and as inherited */
	struct table networks;         /* struct pol_network */
	struct table final;            /* struct pol_dir: the rows of the image */
	struct table mounts;           /* struct pol_mount */
	struct table matches;          /* struct pol_match */
	struct table strings;          /* pol_str */
	struct table pool;             /* bytes */
	uint32_t *by_name;             /* rows of policies, sorted; see names_index() */
	void *groups;                  /* names that were looked up, see groups.h */
	const struct pol_image *last;  /* the policy of before, or NULL */
	const struct pol_names *names; /* asked for groups, or NULL */
	struct pol_where audit_where;  /* of the "audit" at the top that was read last */
	bool audit;                    /* of every rule */
	bool rules_first;              /* of the file that is being read */
	bool is_quiet;                 /* no message now: it has been said */
	bool has_gaps;      /* a file could not be read: names may be missing that it defines */
	bool out_of_memory; /* sticky: asked once, at the end */
};

/* Returns 0 or -ENOMEM; draft_done() is due either way. */
int draft_init(struct draft *d, struct pol_report *report);
void draft_done(struct draft *d);

/*
 * Appends a copy of @row.  Returns its index; without memory 0, and
 * d->out_of_memory is set: the draft must then not be used.
 */
uint32_t draft_add(struct draft *d, struct table *table, const void *row);

/* Returns row @i of a table; valid until the next one is added. */
static inline void *draft_row(const struct table *table, size_t i)
{
	return (char *)table->rows + i * table->width;
}

/* Puts @text into the pool; 0 for "". */
pol_str draft_text(struct draft *d, const char *text);

/* Returns a text of the pool; valid until the next one is added. */
static inline const char *draft_str(const struct draft *d, pol_str str)
{
	return (const char *)d->pool.rows + str;
}

static inline struct draft_policy *draft_policy(const struct draft *d, size_t i)
{
	return draft_row(&d->policies, i);
}

static inline struct draft_rule *draft_rule(const struct draft *d, size_t i)
{
	return draft_row(&d->rules, i);
}

static inline struct draft_dir *draft_dir(const struct draft *d, size_t i)
{
	return draft_row(&d->dirs, i);
}

void draft_error(struct draft *d, struct pol_where where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void draft_warning(struct draft *d, struct pol_where where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "FILE:LINE" for a message about another place; cut short if it must be.  Returns @buf. */
const char *draft_where(const struct draft *d, struct pol_where where, char *buf, size_t size);

/* Indexes the policies, all of which must have been read; reports a name that two of them have. */
void names_index(struct draft *d);

/* Returns the row of policy @name, or -1 if there is none. */
int64_t names_find(const struct draft *d, const char *name);

/* Returns the name most similar to @name, owned by the draft, or NULL if none is similar. */
const char *names_suggest(const struct draft *d, const char *name);

/*
 * Inheritance, checks, defaults and digests, once every file has been read.
 * Returns 0 and an image, -EINVAL with errors in the draft's report, or -ENOMEM.
 */
int compile_draft(struct draft *d, struct pol_image **ret);

/* How many policies may stand between one and its last ancestor. */
enum {
	EXTENDS_DEPTH_MAX = 16
};

/*
 * Resolves the inheritance of all policies.  A key that a policy has replaces the
 * parent's; only "directories" is merged: an entry replaces the parent's with the
 * same path, or drops it with method "none", and the rest are added.
 */
void extends_resolve(struct draft *d);

#endif /* NSI_POLICY_DRAFT_H */
