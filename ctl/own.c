/* SPDX-License-Identifier: MIT */
/* The sets of a user who may not read the helper's records */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/sets.h"
#include "policy/image.h"
#include "policy/pathname.h"

/* An environment is as large as its owner likes; ours stands where PAM put it, or not at all. */
enum {
	ENVIRON_SIZE = 256 * 1024
};

/* The value of @name in @size bytes of NAME=VALUE strings, or NULL. */
static const char *own_find_value(const char *env, size_t size, const char *name)
{
	size_t len = strlen(name);

	for (size_t at = 0; at < size; at += strlen(env + at) + 1)
		if (strncmp(env + at, name, len) == 0 && env[at + len] == '=')
			return env + at + len + 1;
	return NULL;
}

static struct view *own_find_set(struct view_list *list, uint64_t id, const struct ns_inodes *ns)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->rows[i].rec.id == id &&
		    list->rows[i].rec.ns.ino[NS_MNT] == ns->ino[NS_MNT])
			return &list->rows[i];
	return NULL;
}

static int own_add_process(struct view_list *list, const struct ns_inodes *ns, uint64_t id,
			   const char *policy)
{
	struct view *v = own_find_set(list, id, ns);

	if (!v)
		v = views_add(list);
	if (!v)
		return -ENOMEM;
	v->is_own = true;
	v->rec.id = id;
	v->rec.ns = *ns;
	v->rec.uid = getuid();
	v->rec.gid = getgid();
	v->rec.types = ns_bit(NS_TYPE_MAX) - 1;
	(void)text_escape(v->rec.policy, sizeof(v->rec.policy), policy ? policy : "");
	v->processes++;
	return 0;
}

/* Returns 0 for a process that is none of ours, too. */
static int own_look_at(struct view_list *list, int pid, char *env)
{
	const char *set, *policy;
	struct ns_inodes ns;
	char path[32];
	uint64_t id;
	ssize_t size;

	if (proc_namespaces(pid, &ns) < 0)
		return 0;
	text_fmt(path, sizeof(path), "/proc/%d/environ", pid);
	size = fd_read_file(AT_FDCWD, path, env, ENVIRON_SIZE);
	if (size <= 0)
		return 0;
	set = own_find_value(env, (size_t)size, "NSISOLATE_SET");
	policy = own_find_value(env, (size_t)size, "NSISOLATE_POLICY");
	if (!set || text_u64(set, UINT64_MAX, &id) < 0)
		return 0;
	return own_add_process(list, &ns, id, policy);
}

int views_own(struct view_list *ret, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *env = malloc(ENVIRON_SIZE);
	NSI_CLEANUP(person_done) struct person me = {0};
	struct nsi_fail ignored = {""};
	NSI_AUTO_DIR DIR *proc = opendir("/proc");
	struct dirent *e;
	int r = env ? 0 : -ENOMEM;

	*ret = (struct view_list){0};
	if (!proc)
		return fail_errno(f, errno, "cannot list /proc");
	while (r == 0 && (errno = 0, e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) == 0)
			r = own_look_at(ret, (int)pid, env);
	}
	if (r == 0)
		r = -errno;
	if (person_find_uid(getuid(), &me, &ignored) == 0)
		for (unsigned i = 0; i < ret->count; i++)
			(void)text_copy(ret->rows[i].rec.user, sizeof(me.name), me.name);
	views_sort(ret);
	return r < 0 ? fail_errno(f, r, "cannot look at your processes") : 0;
}

/* Of mounts at one point the last is seen: an overlay lies on the tmpfs that has its changes. */
static void own_add_dir(struct view *v, const char *path, enum pol_method method)
{
	uint32_t i = 0;

	while (i < v->rec.dir_count && strcmp(v->rec.dirs[i].path, path) != 0)
		i++;
	if (i == RECORD_DIRS ||
	    text_copy(v->rec.dirs[i].path, sizeof(v->rec.dirs[i].path), path) < 0)
		return;
	v->rec.dirs[i].method = (uint8_t)method;
	v->rec.dir_count += i == v->rec.dir_count;
}

/* The path below the statedir is "u2001/...", "s1a2b-7/..." or "g12/..."; @at may be NULL. */
static bool own_is_instance(const char *at, size_t len)
{
	return at && strchr("usg", at[len]) && isxdigit((unsigned char)at[len + 1]);
}

/*
 * The private directories are tmpfs and overlays of our name, and directories of the statedir.
 * Mounts in the rundir belong to the set and are of no use to the user.
 */
static void own_take_mount(const struct ctl *ctl, const struct mountinfo *m, const char *state_name,
			   struct view *v)
{
	char below[NAME_MAX + 8];

	if (pathname_is_within(m->point, ctl->rundir))
		return;
	text_fmt(below, sizeof(below), "/%s/", state_name);
	if (strcmp(m->source, "nsisolate") == 0 && strcmp(m->type, "tmpfs") == 0)
		own_add_dir(v, m->point, POL_METHOD_TMPFS);
	else if (strcmp(m->source, "nsisolate") == 0 && strcmp(m->type, "overlay") == 0 &&
		 strcmp(m->point, "/") != 0)
		own_add_dir(v, m->point, POL_METHOD_OVERLAY);
	else if (own_is_instance(strstr(m->root, below), strlen(below)))
		own_add_dir(v, m->point, POL_METHOD_DISK);
}

void view_own_dirs(const struct ctl *ctl, struct view *v)
{
	const char *slash = strrchr(ctl->statedir, '/');
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct ns_inodes mine;
	struct mountinfo m;

	if (proc_namespaces(getpid(), &mine) < 0 || mine.ino[NS_MNT] != v->rec.ns.ino[NS_MNT])
		return;
	if (mountinfo_open(&table, 0) == 0)
		while (mountinfo_next(&table, &m) > 0)
			own_take_mount(ctl, &m, slash ? slash + 1 : ctl->statedir, v);
}
