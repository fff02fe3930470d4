/* SPDX-License-Identifier: MIT */
#include "ctl/sets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "policy/image.h"

/* The context of reading a directory of records. */
struct reading {
	struct view_list *list;
	int sets_fd;
};

void views_done(struct view_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		free(list->rows[i].sessions);
	free(list->rows);
	*list = (struct view_list){0};
}

struct view *views_add(struct view_list *list)
{
	struct view *rows = realloc(list->rows, (list->count + 1) * sizeof(*rows));

	if (!rows)
		return NULL;
	list->rows = rows;
	rows[list->count] = (struct view){0};
	return &rows[list->count++];
}

static int sets_by_id(const void *a, const void *b)
{
	const struct view *x = a, *y = b;

	return x->rec.id < y->rec.id ? -1 : x->rec.id > y->rec.id;
}

void views_sort(struct view_list *list)
{
	if (list->count)
		qsort(list->rows, list->count, sizeof(list->rows[0]), sets_by_id);
}

static bool sets_is_session_alive(const struct session_record *s)
{
	uint64_t start;

	if (s->state == SLOT_FREE || proc_start_time(s->pid, &start) < 0)
		return false;
	return start <= s->start;
}

static int sets_read_sessions(struct view *v, int fd)
{
	struct session_record s;
	int r = 1;

	for (unsigned slot = 0; r != 0; slot++) {
		struct session_record *more;

		r = record_read_slot(fd, slot, &s);
		if (r < 0 && r != -EBADMSG) /* a damaged slot is left out */
			return r;
		if (r <= 0 || !sets_is_session_alive(&s))
			continue;
		more = realloc(v->sessions, (v->session_count + 1) * sizeof(s));
		if (!more)
			return -ENOMEM;
		v->sessions = more;
		v->sessions[v->session_count++] = s;
	}
	return 0;
}

/* Reads one record.  It may vanish meanwhile: that is no error. */
static int sets_read_one(void *arg, const char *name, uint64_t id)
{
	struct reading *reading = arg;
	NSI_AUTO_FD int fd = -EBADF;
	struct set_record rec;
	struct view *v;
	int anchor, r;

	(void)name;
	fd = id ? record_open(reading->sets_fd, id, &rec) : -EBADMSG;
	if (fd < 0) {
		reading->list->unreadable += fd != -ENOENT;
		return 0;
	}
	v = views_add(reading->list);
	if (!v)
		return -ENOMEM;
	v->rec = rec;
	if (strcmp(rec.boot_id, reading->list->boot_id) != 0) {
		v->state = VIEW_DEAD;
		return 0;
	}
	anchor = proc_open(rec.anchor_pid, rec.anchor_start, rec.types, &rec.ns);
	v->has_anchor = anchor >= 0;
	nsi_closep(&anchor);
	r = sets_read_sessions(v, fd);
	if (r == -ENOMEM)
		return r;
	reading->list->unreadable += r < 0;
	return 0;
}

static void sets_count_process(struct view_list *list, int pid)
{
	struct ns_inodes ns;

	if (proc_namespaces(pid, &ns) < 0)
		return; /* it has just ended */
	for (unsigned i = 0; i < list->count; i++) {
		struct view *v = &list->rows[i];
		bool in = false;

		for (int type = 0; type < NS_TYPE_MAX; type++)
			in = in ||
			     ((v->rec.types & ns_bit(type)) && ns.ino[type] == v->rec.ns.ino[type]);
		if (in && v->state != VIEW_DEAD && !(v->has_anchor && pid == v->rec.anchor_pid))
			v->processes++;
	}
}

static int sets_count_processes(struct view_list *list, struct nsi_fail *f)
{
	NSI_AUTO_DIR DIR *proc = opendir("/proc");
	struct dirent *e;

	if (!proc)
		return fail_errno(f, errno, "cannot list /proc");
	while (errno = 0, (e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) == 0)
			sets_count_process(list, (int)pid);
	}
	return errno ? fail_errno(f, errno, "cannot list /proc") : 0;
}

/* Of a state that no helper has put on record. */
static enum view_state sets_view_state_by_processes(const struct view *v)
{
	if (v->session_count || v->rec.job_id) /* a job's set lives without sessions */
		return v->has_anchor ? VIEW_LIVE : VIEW_ORPHANED;
	if (!v->has_anchor)
		return v->processes ? VIEW_ORPHANED : VIEW_DEAD;
	return v->processes ? VIEW_DRAINING : VIEW_LINGERING;
}

static enum view_state sets_view_state_on_record(const struct view *v)
{
	static const enum view_state states[SET_STATE_MAX] = {
		[SET_LINGERING] = VIEW_LINGERING, [SET_DRAINING] = VIEW_DRAINING,
		[SET_KILLING] = VIEW_KILLING,     [SET_LOST] = VIEW_LOST,
		[SET_LEAVING] = VIEW_LEAVING,     [SET_HELD] = VIEW_HELD,
	};

	return states[v->rec.end.state]; /* VIEW_LIVE, for all others */
}

static void sets_judge(struct view *v)
{
	const enum view_state state = sets_view_state_on_record(v);

	if (v->state == VIEW_DEAD)
		return;
	if (state == VIEW_LIVE || (!v->has_anchor && state < VIEW_LOST))
		v->state = sets_view_state_by_processes(v);
	else
		v->state = state;
}

static void sets_drop_dead(struct view_list *list)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < list->count; i++) {
		if (list->rows[i].state == VIEW_DEAD)
			free(list->rows[i].sessions);
		else
			list->rows[kept++] = list->rows[i];
	}
	list->count = kept;
}

/* Opens <rundir>/sets.  Returns a descriptor, or -errno. */
static int sets_open(const char *rundir)
{
	NSI_AUTO_FD int run = open(rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (run < 0)
		return -errno;
	fd = openat(run, "sets", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int views_read(const struct ctl *ctl, bool all, struct view_list *ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int sets = sets_open(ctl->rundir);
	struct reading reading = {.list = ret, .sets_fd = sets};
	int r;

	session_settle(ctl);
	*ret = (struct view_list){0};
	r = proc_boot_id(ret->boot_id);
	if (r < 0)
		return fail_errno(f, r, "cannot read from /proc which boot this is");
	if (sets == -ENOENT)
		return 0;
	if (sets < 0)
		return fail_errno(f, sets, "cannot look into %s", ctl->rundir);
	r = record_each(sets, sets_read_one, &reading);
	if (r < 0)
		return fail_errno(f, r, "cannot read the records in %s/sets", ctl->rundir);
	r = sets_count_processes(ret, f);
	for (unsigned i = 0; i < ret->count; i++)
		sets_judge(&ret->rows[i]);
	if (!all)
		sets_drop_dead(ret);
	views_sort(ret);
	return r;
}

const char *view_state_name(enum view_state state)
{
	static const char *const names[VIEW_STATE_MAX] = {
		[VIEW_LIVE] = "live",           [VIEW_DRAINING] = "draining",
		[VIEW_LINGERING] = "lingering", [VIEW_KILLING] = "killing",
		[VIEW_LOST] = "lost",           [VIEW_LEAVING] = "leaving",
		[VIEW_HELD] = "held",           [VIEW_ORPHANED] = "orphaned",
		[VIEW_DEAD] = "dead",
	};

	return names[state];
}

const char *view_scope_name(const struct view *v)
{
	static const char *const names[POL_SCOPE_MAX] = {"user", "session", "group", "job"};

	return v->is_own || v->rec.scope >= POL_SCOPE_MAX ? "-" : names[v->rec.scope];
}

static bool sets_is_of_user(const struct view *v, uid_t uid)
{
	if (v->rec.scope != POL_SCOPE_GROUP)
		return v->rec.uid == uid;
	for (unsigned i = 0; i < v->session_count; i++)
		if (v->sessions[i].uid == uid)
			return true;
	return false;
}

int view_check_operand(const char *operand)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	uint64_t id;

	return text_u64(operand, UINT64_MAX, &id) == 0 ? CTL_OK : person_find_or_say(operand, &who);
}

bool view_is_meant(const struct view *v, const char *operand)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	struct nsi_fail f = {""};
	uint64_t id;

	if (text_u64(operand, UINT64_MAX, &id) == 0)
		return v->rec.id == id;
	return person_find(operand, &who, &f) == 0 && sets_is_of_user(v, who.uid);
}

static int sets_find_by_id(const struct view_list *list, uint64_t id, struct view **ret)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (list->rows[i].rec.id == id) {
			*ret = &list->rows[i];
			return CTL_OK;
		}
	}
	say_error("there is no set %" PRIu64, id);
	return CTL_NOT_FOUND;
}

/* "7, 9, 12": the ids of the sets of @uid. */
static void sets_format_ids(const struct view_list *list, uid_t uid, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < list->count && used < size; i++)
		if (sets_is_of_user(&list->rows[i], uid))
			used += (size_t)snprintf(buf + used, size - used, "%s%" PRIu64,
						 used ? ", " : "", list->rows[i].rec.id);
}

int view_find(const struct view_list *list, const char *operand, struct view **ret)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	unsigned count = 0;
	char ids[200];
	uint64_t id;
	int code;

	if (text_u64(operand, UINT64_MAX, &id) == 0)
		return sets_find_by_id(list, id, ret);
	code = person_find_or_say(operand, &who);
	if (code != CTL_OK)
		return code;
	for (unsigned i = 0; i < list->count; i++) {
		if (sets_is_of_user(&list->rows[i], who.uid)) {
			*ret = &list->rows[i];
			count++;
		}
	}
	if (count == 1)
		return CTL_OK;
	if (count == 0) {
		say_error("%s has no live set", operand);
		return CTL_NOT_FOUND;
	}
	sets_format_ids(list, who.uid, ids, sizeof(ids));
	say_error("%s has %u sets: %s; name one by its number", operand, count, ids);
	return CTL_REFUSED;
}
