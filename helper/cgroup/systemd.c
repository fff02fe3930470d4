/* SPDX-License-Identifier: MIT */
/* Limits through systemd units */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "cgroup/cgroup_limit.h"

#define CONTROL "/run/systemd/system.control" /* where properties go that end with this boot */

enum {
	WAIT_TRIES = 150,
	WAIT_MS = 20
};

/* Each limit's property, the name of the file it is kept in, and where a record has it. */
static const struct property {
	const char *name;
	const char *file;
	const char *word;
	size_t before;
} properties[] = {
	{"TasksMax", "50-TasksMax.conf", "tasks", offsetof(struct limits_record, tasks)},
	{"MemoryMax", "50-MemoryMax.conf", "memory", offsetof(struct limits_record, memory)},
	{"CPUQuotaPerSecUSec", "50-CPUQuota.conf", "cpu", offsetof(struct limits_record, cpu)},
};

enum {
	PROPERTIES = sizeof(properties) / sizeof(properties[0]),
	BEFORE_SIZE = 24
};

/* The new value of each property; 0 for one that is not changed. */
static void systemd_values_of(const struct limit *limit, uint64_t ret[PROPERTIES])
{
	ret[0] = limit->tasks;
	ret[1] = limit->memory;
	ret[2] = (uint64_t)limit->cpu * 10000; /* microseconds for each second */
}

static void systemd_control_file(const char *unit, const char *file, char *buf, size_t size)
{
	text_fmt(buf, size, CONTROL "/%s.d%s%s", unit, file[0] ? "/" : "", file);
}

/* Records the present value of each property that is about to be changed. */
static int systemd_note_before(const char *unit, const char *interface,
			       const uint64_t values[PROPERTIES], struct limits_record *rec,
			       struct nsi_fail *f)
{
	char file[LIMITS_TEXT + 64];
	uint64_t now[PROPERTIES];
	int which[PROPERTIES], r;
	struct bus_call c;
	unsigned count = 0;

	bus_begin(&c, "get");
	bus_add(&c, "%s", unit);
	bus_add(&c, "%s", interface);
	for (int i = 0; i < PROPERTIES; i++) {
		if (values[i] == 0 || ((const char *)rec)[properties[i].before])
			continue;
		bus_add(&c, "%s", properties[i].name);
		which[count++] = i;
	}
	r = count > 0 ? bus_run(&c, now, count, "cannot ask for what is set", f) : 0;
	if (r < 0)
		return r;
	for (unsigned k = 0; k < count; k++) {
		const struct property *p = &properties[which[k]];
		size_t used = strlen(rec->kept);

		text_fmt((char *)rec + p->before, BEFORE_SIZE, "%" PRIu64, now[k]);
		systemd_control_file(unit, p->file, file, sizeof(file));
		if (access(file, F_OK) == 0)
			text_fmt(rec->kept + used, sizeof(rec->kept) - used, "%s%s",
				 used ? " " : "", p->word);
	}
	return 0;
}

/* The number in a record, or what there is no limit by. */
static uint64_t systemd_number_before(const struct limits_record *rec, int i)
{
	uint64_t n = UINT64_MAX;

	(void)text_u64((const char *)rec + properties[i].before, UINT64_MAX, &n);
	return n;
}

static bool systemd_has_before(const struct limits_record *rec, int i)
{
	return ((const char *)rec)[properties[i].before] != '\0';
}

static int systemd_set_properties(const struct limits_record *rec,
				  const uint64_t values[PROPERTIES], struct nsi_fail *f)
{
	struct bus_call c;
	unsigned before;

	bus_begin(&c, "set");
	bus_add(&c, "%s", rec->unit);
	before = c.count;
	for (int i = 0; i < PROPERTIES; i++)
		if (values[i] || systemd_has_before(rec, i))
			bus_add(&c, "%s=%" PRIu64, properties[i].name,
				values[i] ? values[i] : systemd_number_before(rec, i));
	return c.count == before ? 0 : bus_run(&c, NULL, 0, "cannot set limits", f);
}

/* A scope of its own for the login, in @slice; with the limits if it is to have them itself. */
static int systemd_start_scope(const struct limit_ask *ask, const char *scope, const char *slice,
			       const uint64_t values[PROPERTIES], struct nsi_fail *f)
{
	struct bus_call c;

	bus_begin(&c, "scope");
	bus_add(&c, "%s", scope);
	bus_add(&c, "%s", slice);
	bus_add(&c, "%d", (int)ask->pid);
	bus_add(&c, "Login of uid %u, held to the limits of nsisolate.conf", (unsigned)ask->uid);
	for (int i = 0; values && i < PROPERTIES; i++)
		if (values[i])
			bus_add(&c, "%s=%" PRIu64, properties[i].name, values[i]);
	return bus_run(&c, NULL, 0, "cannot make a scope for the login", f);
}

/* systemd answers before it has done it. */
static int systemd_wait_until(const struct limit_ask *ask, const char *group, struct nsi_fail *f)
{
	const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};
	struct nsi_fail why = {""};

	for (int i = 0; i < WAIT_TRIES; i++) {
		char dir[LIMITS_TEXT];

		why.what[0] = '\0';
		limit_where(ask->pid, dir);
		if (!limit_is_below(dir, group))
			(void)fail_set(&why, EIO, "the login is still in %s", dir);
		else if (limit_check(group, &ask->limit, &why) == 0)
			return 0;
		(void)nanosleep(&pause, NULL); /* cut short is fine */
	}
	return fail_set(f, EIO, "'limits' are not in force: %s", why.what);
}

static int systemd_scope_name(const struct limit_ask *ask, char *buf, size_t size,
			      struct nsi_fail *f)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail_errno(f, errno, "no random number");
	text_fmt(buf, size, "nsisolate-%u-%08" PRIx32 ".scope", (unsigned)ask->uid, number);
	return 0;
}

static int systemd_put_record(const struct limit_ask *ask, const struct limits_record *rec,
			      struct nsi_fail *f)
{
	char name[LIMITS_NAME];
	int r;

	limits_name(name, ask->set, ask->uid);
	r = limits_write(ask->dir_fd, name, rec);
	return r < 0 ? fail_errno(f, r, "cannot record the limits") : 0;
}

/* The slice has them; the login is in it, or comes into it by a scope of its own. */
static int systemd_of_user(const struct limit_ask *ask, const char *slice, const char *slice_dir,
			   const uint64_t values[PROPERTIES], struct nsi_fail *f)
{
	struct nsi_fail ignored = {""};
	char name[LIMITS_NAME], dir[LIMITS_TEXT], scope[LIMITS_TEXT];
	struct limits_record rec = {.group = ""};
	int r;

	limits_name(name, 0, ask->uid);
	r = limits_read(ask->dir_fd, name, &rec); /* the first recorded value stays */
	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		return fail_errno(f, r, "cannot read what the limits of %s were", slice);
	(void)text_copy(rec.unit, sizeof(rec.unit), slice);
	(void)text_copy(rec.group, sizeof(rec.group), slice_dir);
	r = systemd_note_before(slice, "Slice", values, &rec, f);
	if (r < 0)
		return r;
	r = systemd_put_record(ask, &rec, f);
	if (r < 0)
		return r;
	if (limit_is_stale(&rec, &ask->limit) || limit_check(slice_dir, &ask->limit, &ignored) < 0)
		r = systemd_set_properties(&rec, values, f);
	if (r < 0)
		return r;
	limit_where(ask->pid, dir);
	if (limit_is_below(dir, slice_dir))
		return systemd_wait_until(ask, slice_dir, f);
	r = systemd_scope_name(ask, scope, sizeof(scope), f);
	if (r < 0)
		return r;
	r = systemd_start_scope(ask, scope, slice, NULL, f);
	return r < 0 ? r : systemd_wait_until(ask, slice_dir, f);
}

/* Whether the scope is that of a session which this very process leads: su inside it does not. */
static bool systemd_leads_session(const struct limit_ask *ask, const char *scope)
{
	struct nsi_fail f = {""};
	char id[LIMITS_TEXT];
	struct bus_call c;
	uint64_t leader;

	if (sscanf(scope, "session-%200[^.].scope", id) != 1)
		return false;
	bus_begin(&c, "leader");
	bus_add(&c, "%s", id);
	return bus_run(&c, &leader, 1, "cannot ask for the session's leader", &f) == 0 &&
	       leader == (uint64_t)ask->pid;
}

/*
 * The unit below the slice that is this login's alone: its session's scope, or the
 * user's service manager.  "" if there is none.
 */
static void systemd_own_unit(const struct limit_ask *ask, const char *slice_dir, const char *dir,
			     char unit[LIMITS_TEXT])
{
	char manager[LIMITS_NAME + 16];
	size_t len = strlen(slice_dir);

	unit[0] = '\0';
	if (!limit_is_below(dir, slice_dir) || dir[len] == '\0')
		return;
	text_fmt(unit, LIMITS_TEXT, "%.*s", (int)strcspn(dir + len + 1, "/"), dir + len + 1);
	text_fmt(manager, sizeof(manager), "user@%u.service", (unsigned)ask->uid);
	if (strcmp(unit, manager) != 0 && !systemd_leads_session(ask, unit))
		unit[0] = '\0';
}

static int systemd_of_session(const struct limit_ask *ask, const char *slice, const char *slice_dir,
			      const uint64_t values[PROPERTIES], struct nsi_fail *f)
{
	char dir[LIMITS_TEXT], unit[LIMITS_TEXT];
	struct limits_record rec = {.group = ""};
	bool is_own;
	int r, n;

	limit_where(ask->pid, dir);
	systemd_own_unit(ask, slice_dir, dir, unit);
	is_own = unit[0] != '\0';
	r = is_own ? 0 : systemd_scope_name(ask, unit, sizeof(unit), f);
	if (r < 0)
		return r;
	n = snprintf(rec.group, sizeof(rec.group), "%s/%s", slice_dir, unit);
	if (n < 0 || (size_t)n >= sizeof(rec.group))
		return fail_set(f, ENAMETOOLONG, "the path of the login's group is too long");
	(void)text_copy(rec.unit, sizeof(rec.unit), unit);
	/* A scope ends with its session, and the properties with it; a service may come again. */
	if (is_own && strstr(unit, ".service"))
		r = systemd_note_before(unit, "Service", values, &rec, f);
	if (r < 0)
		return r;
	r = systemd_put_record(ask, &rec, f);
	if (r < 0)
		return r;
	r = is_own ? systemd_set_properties(&rec, values, f)
		   : systemd_start_scope(ask, unit, slice, values, f);
	return r < 0 ? r : systemd_wait_until(ask, rec.group, f);
}

int limit_by_systemd(const struct limit_ask *ask, const char *mount, struct nsi_fail *f)
{
	char slice[LIMITS_NAME], dir[LIMITS_TEXT];
	uint64_t values[PROPERTIES];
	int r = slice_find(mount, ask->uid, slice, dir, f);

	if (r < 0)
		return r;
	systemd_values_of(&ask->limit, values);
	return ask->set ? systemd_of_session(ask, slice, dir, values, f)
			: systemd_of_user(ask, slice, dir, values, f);
}

/* The files that setting the properties has left, but for those that were there before. */
static void systemd_remove_files(const struct limits_record *rec)
{
	char file[LIMITS_TEXT + 64];

	for (int i = 0; i < PROPERTIES; i++) {
		if (!systemd_has_before(rec, i) || strstr(rec->kept, properties[i].word))
			continue;
		systemd_control_file(rec->unit, properties[i].file, file, sizeof(file));
		(void)unlink(file); /* a unit that is transient has none there */
	}
	systemd_control_file(rec->unit, "", file, sizeof(file));
	(void)rmdir(file); /* others may have theirs in it */
}

int limit_undo_unit(const struct limits_record *rec, struct nsi_fail *f)
{
	const uint64_t none[PROPERTIES] = {0};
	int r = systemd_set_properties(rec, none, f);

	if (r < 0)
		return r;
	systemd_remove_files(rec);
	return 0;
}
