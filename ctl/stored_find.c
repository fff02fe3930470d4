/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/sets.h"
#include "ctl/stored.h"
#include "instance/instance.h"
#include "policy/image.h"

struct dirs_search {
	const struct view_list *sets;
	const struct pol_image *image;
	int state_fd;
	uint64_t now;
	struct stored_dirs *found;
};

void dirs_done(struct stored_dirs *dirs)
{
	free(dirs->rows);
	*dirs = (struct stored_dirs){0};
}

const char *dirs_state_word(enum dirs_state state)
{
	static const char *const words[] = {
		[DIRS_LIVE] = "live", [DIRS_STORED] = "stored", [DIRS_OVER] = "over"};

	return words[state];
}

uint64_t dirs_ends(const struct stored_dir *dir)
{
	return dir->has_meta && dir->meta.age ? dir->meta.used + dir->meta.age : 0;
}

/*
 * The path that the directory @name stands in for, into @buf: what instance_name() has made of it.
 * Returns 0, or -EINVAL for a name that it never makes.
 */
static int stored_path(const char *name, char *buf, size_t size)
{
	size_t used = 0;

	if (!name[0] || size < 2)
		return -EINVAL;
	buf[used++] = '/';
	for (const char *p = name; *p; p++) {
		char c = *p == '-' ? '/' : *p;

		if (c == '\\') {
			char hex[3] = {0};

			if (p[1] != 'x' || !isxdigit((unsigned char)p[2]) ||
			    !isxdigit((unsigned char)p[3]))
				return -EINVAL;
			memcpy(hex, p + 2, 2);
			c = (char)strtoul(hex, NULL, 16);
			p += 3;
		}
		if (c == '\0' || used + 1 >= size)
			return -EINVAL;
		buf[used++] = c;
	}
	buf[used] = '\0';
	return 0;
}

/* "u1000", "g5", "s0123abcd-7": the kind and the number.  False for what is no owner's. */
static bool stored_read_parent(const char *name, struct stored_dir *d)
{
	d->kind = name[0];
	return text_copy(d->parent, sizeof(d->parent), name) == 0 &&
	       (instance_is_of_set(name, &d->number) || instance_is_of_owner(name, &d->number));
}

/* Of a user whose account is gone, the name is what the directory says; a second line names the job. */
static void stored_read_owner(int parent_fd, struct stored_dir *d)
{
	const char *file = d->kind == 's' ? OWNER_JOB_FILE : "owner";
	ssize_t n = fd_read_file(parent_fd, file, d->owner, sizeof(d->owner));
	char *job = n > 0 ? strstr(d->owner, "\njob ") : NULL;

	if (job) {
		job += strlen("\njob ");
		job[strcspn(job, "\n")] = '\0';
		(void)text_copy(d->job, sizeof(d->job), job);
	}
	if (n <= 0)
		(void)text_copy(d->owner, sizeof(d->owner), d->parent);
	d->owner[strcspn(d->owner, "\n")] = '\0';
}

/* The char by which helper/build names the parent of a directory of this policy. */
static char stored_kind_of(const struct pol_policy *policy, const struct pol_dir *dir)
{
	if (dir->retain == POL_RETAIN_SESSION || policy->scope == POL_SCOPE_SESSION ||
	    policy->scope == POL_SCOPE_JOB)
		return 's';
	return policy->scope == POL_SCOPE_GROUP ? 'g' : 'u';
}

static bool stored_is_asked(const struct pol_image *image, const struct pol_policy *policy,
			    const struct stored_dir *d)
{
	for (uint32_t i = 0; i < policy->dirs.count; i++) {
		const struct pol_dir *dir = policy_dir(image, policy->dirs.first + i);

		if (dir->method != POL_METHOD_TMPFS && stored_kind_of(policy, dir) == d->kind &&
		    strcmp(policy_str(image, dir->path), d->path) == 0)
			return true;
	}
	return false;
}

static void stored_read_policies(const struct pol_image *image, struct stored_dir *d)
{
	for (uint32_t i = 0; image && i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *policy = policy_get(image, i);
		const size_t used = strlen(d->policies);

		if (stored_is_asked(image, policy, d))
			text_fmt(d->policies + used, sizeof(d->policies) - used, "%s%s",
				 used ? "," : "", policy_str(image, policy->name));
	}
}

/* Whether a set that is not dead has it, by the record; the lock knows sets being built as well. */
static const struct view *stored_find_set(const struct view_list *sets, const struct stored_dir *d)
{
	for (unsigned i = 0; i < sets->count; i++) {
		const struct view *v = &sets->rows[i];
		const uint64_t number = d->kind == 's' ? v->rec.id : v->rec.owner;

		if (v->state == VIEW_DEAD || number != d->number ||
		    (d->kind == 'u' && v->rec.scope != POL_SCOPE_USER) ||
		    (d->kind == 'g' && v->rec.scope != POL_SCOPE_GROUP))
			continue;
		for (uint32_t k = 0; k < v->rec.dir_count; k++)
			if (strcmp(v->rec.dirs[k].path, d->path) == 0 &&
			    v->rec.dirs[k].method != POL_METHOD_TMPFS)
				return v;
	}
	return NULL;
}

static void stored_judge(const struct dirs_search *s, int parent_fd, struct stored_dir *d)
{
	const bool is_of_boot = d->kind != 's' || strncmp(d->parent + 1, s->sets->boot_id, 8) == 0;
	const struct view *set = is_of_boot ? stored_find_set(s->sets, d) : NULL;
	NSI_AUTO_FD int lock = -EBADF;

	d->uid = set ? set->rec.uid : UINT32_MAX;
	d->has_meta = instance_meta_read(parent_fd, d->name, &d->meta) == 0;
	if (d->has_meta)
		lock = meta_lock_unused(parent_fd, d->name); /* closing gives it up */
	if (set || lock == -EWOULDBLOCK)
		d->state = DIRS_LIVE;
	else if ((d->kind == 's' && !d->has_meta) ||
		 (d->has_meta && instance_is_over(&d->meta, s->sets->boot_id, s->now)))
		d->state = DIRS_OVER;
	else
		d->state = DIRS_STORED;
}

static int stored_add(const struct dirs_search *s, const struct stored_dir *d)
{
	struct stored_dir *more = realloc(s->found->rows, (s->found->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->found->rows = more;
	more[s->found->count++] = *d;
	return 0;
}

/* All directories of one owner. */
static int stored_find_below(const struct dirs_search *s, struct stored_dir *owner)
{
	NSI_AUTO_DIR DIR *dir = path_list(s->state_fd, owner->parent);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno; /* it has just gone */
	stored_read_owner(dirfd(dir), owner);
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		struct stored_dir d = *owner;

		if (e->d_name[0] == '.' || e->d_type == DT_REG ||
		    text_copy(d.name, sizeof(d.name), e->d_name) < 0 ||
		    stored_path(d.name, d.path, sizeof(d.path)) < 0)
			continue;
		stored_read_policies(s->image, &d);
		stored_judge(s, dirfd(dir), &d);
		r = stored_add(s, &d);
	}
	return r == 0 ? -errno : r;
}

static int stored_compare(const void *a, const void *b)
{
	const struct stored_dir *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind == 'u' ? -1 : y->kind == 'u' ? 1 : x->kind - y->kind;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->path, y->path);
}

int dirs_find(const struct ctl *ctl, const struct view_list *sets, const struct pol_image *image,
	      struct stored_dirs *ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int state = open(ctl->statedir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = state < 0 ? NULL : path_list(state, ".");
	struct dirs_search s = {.sets = sets,
				.image = image,
				.state_fd = state,
				.now = (uint64_t)time(NULL),
				.found = ret};
	struct dirent *e;
	int r = 0;

	*ret = (struct stored_dirs){0};
	if (!dir)
		return errno == ENOENT ? 0 : fail_errno(f, errno, "cannot list %s", ctl->statedir);
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		struct stored_dir owner = {0};

		if (stored_read_parent(e->d_name, &owner))
			r = stored_find_below(&s, &owner);
	}
	if (r == 0)
		r = -errno;
	if (r < 0)
		return fail_errno(f, r, "cannot list what is in %s", ctl->statedir);
	if (ret->count)
		qsort(ret->rows, ret->count, sizeof(ret->rows[0]), stored_compare);
	return 0;
}

void dirs_measure(const struct ctl *ctl, struct stored_dir *dir)
{
	NSI_AUTO_FD int state = open(ctl->statedir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int parent = -EBADF;
	NSI_AUTO_FD int top = -EBADF;

	if (state >= 0)
		parent = path_open(state, dir->parent, O_PATH | O_DIRECTORY, PATH_XDEV_NO);
	if (parent >= 0)
		top = path_open(parent, dir->name, O_PATH | O_DIRECTORY, PATH_XDEV_NO);
	if (top >= 0)
		dir->usage = usage_of_stored(top);
}
