/* SPDX-License-Identifier: MIT */
/* Files out of a set and into it: the verb "copy" */
#include "ctl/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "ctl/usage.h"
#include "instance/instance.h"

/* One end of a copy: a path of the host, or one below the root of a set or a stored directory. */
struct copy_end {
	char who[NSI_NAME_SIZE]; /* "" for the host */
	char path[PATH_MAX];     /* without slashes at its end, but for "/" */
	bool wants_dir;          /* it had one */
	int root;                /* owned; of the set or of the stored directory */
	int lock;                /* owned; keeps a stored directory from being removed */
	const char *rest;        /* the path below root */
	uid_t uid;
	gid_t gid;
};

static void copy_end_done(struct copy_end *e)
{
	nsi_closep(&e->root);
	nsi_closep(&e->lock);
}

/* "USER:/PATH", or a path of the host.  Returns an exit code. */
static int copy_parse(const char *text, struct copy_end *ret)
{
	const char *colon = strchr(text, ':');
	size_t len;

	*ret = (struct copy_end){.root = -EBADF, .lock = -EBADF};
	if (colon && colon > text && colon[1] == '/' &&
	    !memchr(text, '/', (size_t)(colon - text)) &&
	    (size_t)(colon - text) < sizeof(ret->who)) {
		memcpy(ret->who, text, (size_t)(colon - text));
		text = colon + 1;
	}
	if (!text[0] || text_copy(ret->path, sizeof(ret->path), text) < 0) {
		say_error(text[0] ? "a path is too long" : "a path is empty");
		return CTL_USAGE;
	}
	for (len = strlen(ret->path); len > 1 && ret->path[len - 1] == '/'; len--) {
		ret->path[len - 1] = '\0';
		ret->wants_dir = true;
	}
	ret->rest = ret->path;
	return CTL_OK;
}

/* The stored directory must be this user's: the number may have been another's. */
static int copy_check_owner(int parent, const struct person *who, struct nsi_fail *f)
{
	char was[NSI_NAME_SIZE * 4 + 2], is[NSI_NAME_SIZE * 4 + 2];
	ssize_t n = fd_read_file(parent, "owner", was, sizeof(was));

	if (n == -ENOENT) /* a crash came between directory and file */
		return 0;
	if (n < 0)
		return fail_errno(f, (int)n, "cannot read whose the directories of uid %u are",
				  who->uid);
	was[strcspn(was, "\n")] = '\0';
	if (strcmp(was, text_escape(is, sizeof(is), who->name)) == 0 ||
	    owner_is_alias(was, who->uid) > 0)
		return 0;
	return fail_set(f, EPERM, "what is stored for uid %u belongs to %.100s", who->uid, was);
}

/* The stored directory that the path is in: the longest of its beginnings that has one. */
static int copy_find_stored(const struct ctl *ctl, struct copy_end *e, const struct person *who,
			    struct nsi_fail *f)
{
	const struct instance_key key = {
		.kind = 'u', .number = who->uid, .user = who->name, .uid = who->uid};
	NSI_AUTO_FD int state = open(ctl->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int parent = -EBADF;
	char name[64], prefix[PATH_MAX], dir[NAME_MAX + 1];
	int r;

	instance_parent_name(&key, name);
	if (state >= 0)
		parent = path_open(state, name, O_RDONLY | O_DIRECTORY, PATH_XDEV_NO);
	r = parent < 0 ? 0 : copy_check_owner(parent, who, f);
	if (r < 0)
		return r;
	(void)text_copy(prefix, sizeof(prefix), e->path);
	while (parent >= 0 && prefix[0]) {
		if (instance_name(prefix, dir, sizeof(dir)) == 0)
			e->lock = instance_lock(state, &key, prefix);
		if (e->lock >= 0)
			e->root = path_open(parent, dir, O_PATH | O_DIRECTORY, PATH_XDEV_NO);
		if (e->root >= 0) {
			e->rest = e->path[strlen(prefix)] ? e->path + strlen(prefix) : "/";
			return 0;
		}
		nsi_closep(&e->lock);
		*strrchr(prefix, '/') = '\0';
	}
	return fail_set(f, ENOENT, "%s has no live set, and no stored directory has %.200s",
			who->name, e->path);
}

/* Opens the root that the path is below.  Returns an exit code. */
static int copy_find_root(const struct ctl *ctl, struct copy_end *e)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	NSI_CLEANUP(person_done) struct person who = {0};
	struct nsi_fail f = {""};
	struct view *v = NULL;
	bool is_live = false;
	int r = views_read(ctl, false, &sets, &f), known;

	if (r < 0)
		return say_fail(r, &f);
	known = person_find(e->who, &who, &f);
	if (known < 0)
		return say_fail(known, &f);
	for (unsigned i = 0; i < sets.count; i++)
		is_live |= view_is_meant(&sets.rows[i], e->who);
	if (is_live || known == PERSON_UNKNOWN) {
		r = view_find(&sets, e->who, &v);
		if (r != CTL_OK)
			return r;
		e->uid = known == 0 ? who.uid : v->rec.uid;
		e->gid = known == 0 ? who.gid : v->rec.gid;
		e->root = view_open_root(v);
		return e->root < 0 ? say_fail(fail_errno(&f, e->root,
							 "cannot open the root of the set"),
					      &f)
				   : CTL_OK;
	}
	e->uid = who.uid;
	e->gid = who.gid;
	r = copy_find_stored(ctl, e, &who, &f);
	if (r < 0)
		(void)say_fail(r, &f);
	return r == 0 ? CTL_OK : r == -ENOENT ? CTL_NOT_FOUND : CTL_SYSTEM;
}

/* Opens @path at this end with O_PATH; no link is followed in a set, and no last one on the host. */
static int copy_open(const struct copy_end *e, const char *path, int flags)
{
	int fd;

	if (e->who[0])
		return path_open(e->root, path, flags | O_PATH, PATH_IN_ROOT);
	fd = open(path, flags | O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int copy_say_open(const struct copy_end *e, int err)
{
	char shown[2000];

	say_error("%s%s%s: %s", e->who, e->who[0] ? ":" : "",
		  text_escape(shown, sizeof(shown), e->path),
		  err == -ELOOP ? "there is a symbolic link in this path, and none is followed"
				: strerrordesc_np(-err));
	return err == -ELOOP ? CTL_REFUSED : CTL_NOT_FOUND;
}

/*
 * The directory that gets the copy, and its name there: a directory keeps the name of the source.
 * Returns a descriptor or -errno.
 */
static int copy_open_target(const struct copy_end *to, const char *source_name,
			    const char **ret_name)
{
	const char *slash = strrchr(to->rest, '/');
	char parent[PATH_MAX];
	int fd = copy_open(to, to->rest, O_DIRECTORY);

	*ret_name = source_name;
	if (fd >= 0 || fd == -ELOOP || to->wants_dir)
		return fd;
	*ret_name = slash ? slash + 1 : to->rest;
	text_fmt(parent, sizeof(parent), "%.*s", slash ? (int)(slash - to->rest) : 0, to->rest);
	return copy_open(to, parent[0] ? parent : slash ? "/" : ".", O_DIRECTORY);
}

int copy_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(copy_end_done) struct copy_end from = {.root = -EBADF, .lock = -EBADF};
	NSI_CLEANUP(copy_end_done) struct copy_end to = {.root = -EBADF, .lock = -EBADF};
	struct copy_job job = {.mask = umask(0)};
	NSI_AUTO_FD int source = -EBADF;
	NSI_AUTO_FD int target = -EBADF;
	const char *base, *name;
	int code;

	if (geteuid() != 0)
		return say_need_root("copy");
	code = copy_parse(ctl->operands[0], &from);
	if (code == CTL_OK)
		code = copy_parse(ctl->operands[1], &to);
	if (code != CTL_OK)
		return code;
	base = strrchr(from.path, '/') ? strrchr(from.path, '/') + 1 : from.path;
	if (!from.who[0] == !to.who[0] || !base[0] || strcmp(base, ".") == 0 ||
	    strcmp(base, "..") == 0) {
		say_error("one of SOURCE and TARGET must be USER:/PATH, and SOURCE must end in a "
			  "name");
		return CTL_USAGE;
	}
	code = copy_find_root(ctl, from.who[0] ? &from : &to);
	if (code != CTL_OK)
		return code;
	job.has_owner = to.who[0];
	job.uid = to.uid;
	job.gid = to.gid;
	source = copy_open(&from, from.rest, 0);
	if (source < 0)
		return copy_say_open(&from, source);
	target = copy_open_target(&to, base, &name);
	if (target < 0)
		return copy_say_open(&to, target);
	copy_tree(&job, source, target, name, ctl->operands[0]);
	return job.left ? CTL_REFUSED : CTL_OK;
}
