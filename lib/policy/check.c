/* SPDX-License-Identifier: MIT */
#include "policy/check.h"

#include <limits.h>
#include <string.h>

#include "base/nstype.h"
#include "policy/keys.h"
#include "policy/pathname.h"
#include "policy/template.h"

static bool check_is_given(const struct draft_seen *seen, enum key_id id)
{
	return seen->given & key_bit(id);
}

static void check_dir_path(struct draft *d, struct draft_dir *dir, const char *place)
{
	const char *path = draft_str(d, dir->row.path);
	const char *why = pathname_denied(path, d->rundir, d->statedir);
	char weak[400];

	if (strlen(path) > POL_PATH_MAX) {
		draft_error(d, dir->row.where, "'%.64s...'%s is longer than %d bytes", path, place,
			    POL_PATH_MAX);
		dir->seen.bad |= key_bit(K_PATH);
		return;
	}
	if (why) {
		draft_error(d, dir->row.where, "'%.200s'%s cannot be private: %s", path, place,
			    why);
		dir->seen.bad |= key_bit(K_PATH);
		return;
	}
	switch (pathname_inspect(path, weak, sizeof(weak))) {
	case PATHNAME_GOOD:
		break;
	case PATHNAME_MISSING:
		draft_warning(d, dir->row.where, "'%.200s'%s does not exist", path, place);
		break;
	case PATHNAME_BAD:
		draft_error(d, dir->row.where, "'%.200s'%s cannot be made private safely: %s", path,
			    place, weak);
		break;
	}
}

static void check_method(struct draft *d, const struct draft_dir *dir, const char *place)
{
	static const enum key_id for_tmpfs[] = {K_SIZE, K_INODES};
	static const enum key_id not_overlay[] = {K_MODE, K_KEEP, K_KEEP_USERS, K_IMPORT, K_COPY};
	static const enum key_id for_disk[] = {K_QUOTA, K_FILES};
	uint64_t others = dir->seen.given & ~(key_bit(K_PATH) | key_bit(K_METHOD));

	for (size_t i = 0; i < sizeof(for_disk) / sizeof(for_disk[0]); i++) {
		if (check_is_given(&dir->seen, for_disk[i]) && dir->row.method != POL_METHOD_DISK &&
		    dir->row.method < POL_METHOD_MAX)
			draft_error(d, dir->row.where,
				    "'%s'%s needs method \"disk\" (a tmpfs has 'size' and "
				    "'inodes')",
				    keys[for_disk[i]].name, place);
	}
	switch (dir->row.method) {
	case POL_METHOD_OVERLAY:
		for (size_t i = 0; i < sizeof(not_overlay) / sizeof(not_overlay[0]); i++) {
			if (check_is_given(&dir->seen, not_overlay[i]))
				draft_error(d, dir->row.where,
					    "'%s'%s has no use with method \"overlay\": all that "
					    "the host has there is to be seen",
					    keys[not_overlay[i]].name, place);
		}
		/* fallthrough */
	case POL_METHOD_TMPFS:
		if (check_is_given(&dir->seen, K_RETAIN) && dir->row.retain != POL_RETAIN_SESSION)
			draft_error(d, dir->row.where,
				    "'retain'%s needs method \"disk\": %s ends "
				    "with its set",
				    place,
				    dir->row.method == POL_METHOD_TMPFS ? "a tmpfs" : "an overlay");
		break;
	case POL_METHOD_DISK:
		for (size_t i = 0; i < sizeof(for_tmpfs) / sizeof(for_tmpfs[0]); i++) {
			if (check_is_given(&dir->seen, for_tmpfs[i]))
				draft_error(d, dir->row.where, "'%s'%s needs method \"tmpfs\"",
					    keys[for_tmpfs[i]].name, place);
		}
		break;
	default: /* "none" */
		if (others != 0)
			draft_error(d, dir->row.where, "method \"none\"%s takes no key but 'path'",
				    place);
		break;
	}
}

void check_dir(struct draft *d, struct draft_dir *dir, const char *place)
{
	if (dir->seen.bad == UINT64_MAX)
		return;
	for (int i = 0; i < K_MAX; i++) {
		if (keys[i].block == KEY_DIR && keys[i].is_needed &&
		    !check_is_given(&dir->seen, (enum key_id)i)) {
			draft_error(d, dir->row.where, "'%s' is missing%s", keys[i].name, place);
			dir->seen.bad |= key_bit((enum key_id)i);
		}
	}
	if (!(dir->seen.bad & key_bit(K_METHOD)))
		check_method(d, dir, place);
	if (!(dir->seen.bad & key_bit(K_PATH)) && dir->row.method != POL_METHOD_MAX)
		check_dir_path(d, dir, place);
}

bool check_is_due(const struct draft_policy *p, uint64_t about)
{
	if (p->seen.bad & about)
		return false;
	return p->extends == 0 || (p->seen.given & about) != 0;
}

static void check_types(struct draft *d, const struct draft_policy *p)
{
	static const struct {
		enum key_id key;
		enum nstype type;
	} needs[] = {
		{K_DIRECTORIES, NS_MNT},
		{K_HOSTNAME, NS_UTS},
		{K_DOMAINNAME, NS_UTS},
	};
	const bool has[] = {p->row.dirs.count > 0, p->row.hostname != 0, p->row.domainname != 0};
	const char *name = draft_str(d, p->row.name);

	if (!check_is_due(p, key_bit(K_NAMESPACES) | key_bit(K_EXTENDS)))
		return;
	if (p->row.types == 0) {
		draft_error(d, p->row.where,
			    "policy '%.64s' has no 'namespaces', such as "
			    "[ \"mount\", \"ipc\" ]",
			    name);
		return;
	}
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		uint64_t about = key_bit(needs[i].key) | key_bit(K_NAMESPACES);

		if (has[i] && !(p->row.types & ns_bit(needs[i].type)) && check_is_due(p, about))
			draft_error(d, p->row.where,
				    "policy '%.64s' has '%s', so its 'namespaces' must "
				    "have \"%s\"",
				    name, keys[needs[i].key].name, ns_types[needs[i].type].word);
	}
	if ((p->row.types & ns_bit(NS_PID)) && !(p->row.types & ns_bit(NS_MNT)) &&
	    check_is_due(p, key_bit(K_NAMESPACES)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has the namespace \"pid\", so it must have "
			    "\"mount\", for a /proc of its own",
			    name);
}

static void check_retain(struct draft *d, const struct draft_policy *p, const struct draft_dir *dir)
{
	uint64_t about = key_bit(K_SCOPE) | key_bit(K_DIRECTORIES);

	if (!check_is_given(&dir->seen, K_RETAIN) || !check_is_due(p, about))
		return;
	if (p->row.scope == POL_SCOPE_SESSION && dir->row.retain != POL_RETAIN_SESSION)
		draft_error(d, dir->row.where,
			    "'%.200s' in policy '%.64s' can only be retained for the "
			    "\"session\": with scope \"session\" no other one finds it again",
			    draft_str(d, dir->row.path), draft_str(d, p->row.name));
	if (p->row.scope == POL_SCOPE_JOB && dir->row.retain == POL_RETAIN_FOREVER)
		draft_error(d, dir->row.where,
			    "'%.200s' in policy '%.64s' cannot be retained \"forever\": no other "
			    "job finds it again, and the disk fills up; give a time, such as "
			    "\"7d\", after which it is deleted",
			    draft_str(d, dir->row.path), draft_str(d, p->row.name));
}

/* Whether two entries cannot both hold, and nobody was told yet. */
static bool check_overlaps(const struct draft *d, const struct draft_dir *a,
			   const struct draft_dir *b)
{
	const char *x = draft_str(d, a->row.path), *y = draft_str(d, b->row.path);

	if (a->is_inherited && b->is_inherited)
		return false;
	if ((a->seen.bad | b->seen.bad) & key_bit(K_PATH))
		return false;
	return pathname_is_within(x, y) || pathname_is_within(y, x);
}

/* Says it about the first of the entries before @row that it overlaps: one is enough. */
static void check_overlap(struct draft *d, const struct draft_policy *p, uint32_t row)
{
	const struct draft_dir *dir = draft_dir(d, p->row.dirs.first + row);
	char where[256];

	for (uint32_t i = 0; i < row; i++) {
		const struct draft_dir *other = draft_dir(d, p->row.dirs.first + i);

		if (!check_overlaps(d, other, dir))
			continue;
		draft_error(d, dir->row.where, "'%.200s' in policy '%.64s' overlaps '%.200s' of %s",
			    draft_str(d, dir->row.path), draft_str(d, p->row.name),
			    draft_str(d, other->row.path),
			    draft_where(d, other->row.where, where, sizeof(where)));
		return;
	}
}

/* In the scope "group", the first member's values would apply to all others of the group. */
static void check_shared_name(struct draft *d, const struct draft_policy *p, enum key_id id,
			      pol_str text)
{
	static const char *const words[] = {"%{user}", "%{uid}",     "%{home}",
					    "%{gid}",  "%{service}", "%{group}"};

	if (p->row.scope != POL_SCOPE_GROUP || !check_is_due(p, key_bit(id) | key_bit(K_SCOPE)))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strstr(draft_str(d, text), words[i]))
			continue;
		draft_warning(d, p->row.where,
			      "'%s' in policy '%.64s' has %s in it: with scope \"group\", all get "
			      "that of whoever comes first",
			      keys[id].name, draft_str(d, p->row.name), words[i]);
		return;
	}
}

static void check_job_pair(struct draft *d, const struct draft_policy *p)
{
	const bool is_of_jobs = p->row.scope == POL_SCOPE_JOB, has_job = p->row.job.cgroup != 0;
	const char *name = draft_str(d, p->row.name);

	if (is_of_jobs == has_job || !check_is_due(p, key_bit(K_SCOPE) | key_bit(K_JOB)))
		return;
	if (is_of_jobs)
		draft_error(
			d, p->row.where,
			"policy '%.64s' has scope \"job\", so it needs 'job', such as \"slurm\"",
			name);
	else
		draft_warning(d, p->row.where,
			      "'job' in policy '%.64s' has no use: its scope is not \"job\"", name);
}

static void check_job_word(struct draft *d, const struct draft_policy *p, enum key_id id,
			   pol_str text)
{
	if (p->row.scope == POL_SCOPE_JOB || !strstr(draft_str(d, text), "%{job}") ||
	    !check_is_due(p, key_bit(id) | key_bit(K_SCOPE)))
		return;
	draft_warning(d, p->row.where,
		      "'%s' in policy '%.64s' has %%{job} in it, which is empty but with scope "
		      "\"job\"",
		      keys[id].name, draft_str(d, p->row.name));
}

static void check_job(struct draft *d, const struct draft_policy *p)
{
	const uint64_t limits = key_bit(K_LIMITS) | key_bit(K_SCOPE);

	check_job_pair(d, p);
	check_job_word(d, p, K_HOSTNAME, p->row.hostname);
	check_job_word(d, p, K_DOMAINNAME, p->row.domainname);
	if (p->row.scope != POL_SCOPE_JOB)
		return;
	if (p->row.linger > 0 && check_is_due(p, key_bit(K_SCOPE) | key_bit(K_LINGER)))
		draft_warning(d, p->row.where,
			      "'linger' in policy '%.64s' has no use: with scope \"job\" the job's "
			      "end is the set's",
			      draft_str(d, p->row.name));
	if (pol_has_limits(&p->row.limits) && check_is_due(p, limits))
		draft_error(d, p->row.where,
			    "policy '%.64s' has 'limits', which a job has of its resource manager: "
			    "moved into a control group of ours, it would be lost to that; set "
			    "them there (Slurm: ConstrainRAMSpace and ConstrainCores in "
			    "cgroup.conf), and the number of processes by pam_limits",
			    draft_str(d, p->row.name));
}

static void check_dirs(struct draft *d, const struct draft_policy *p)
{
	for (uint32_t i = 0; i < p->row.dirs.count; i++) {
		check_retain(d, p, draft_dir(d, p->row.dirs.first + i));
		check_overlap(d, p, i);
	}
}

/* A name for all users of which no character can be in a host name; one with words depends on the login. */
static void check_constant_hostname(struct draft *d, const struct draft_policy *p)
{
	const char *hostname = draft_str(d, p->row.hostname);
	const struct template_values nobody = {0};
	char name[HOST_NAME_MAX + 1];

	if (p->row.hostname == 0 || strstr(hostname, "%{") ||
	    !check_is_due(p, key_bit(K_HOSTNAME)) ||
	    template_hostname(hostname, &nobody, name, sizeof(name)) == 0)
		return;
	draft_error(
		d, p->row.where,
		"policy '%.64s' has the hostname \"%.64s\", of which nothing can be in a host name",
		draft_str(d, p->row.name), hostname);
}

void check_policy(struct draft *d, const struct draft_policy *p)
{
	if (p->state != DRAFT_RESOLVED)
		return;
	check_types(d, p);
	check_network(d, p);
	check_dirs(d, p);
	check_view(d, p);
	if (p->row.scope == POL_SCOPE_SESSION && p->row.linger > 0 &&
	    check_is_due(p, key_bit(K_SCOPE) | key_bit(K_LINGER)))
		draft_warning(
			d, p->row.where,
			"'linger' in policy '%.64s' has no use: with scope \"session\" there is "
			"no other login to wait for",
			draft_str(d, p->row.name));
	check_job(d, p);
	check_constant_hostname(d, p);
	check_shared_name(d, p, K_HOSTNAME, p->row.hostname);
	check_shared_name(d, p, K_DOMAINNAME, p->row.domainname);
}
