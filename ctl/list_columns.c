/* SPDX-License-Identifier: MIT */
/* Columns of "list" and what stands in their cells */

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>

#include "base/text.h"
#include "ctl/list.h"
#include "ctl/say.h"
#include "policy/keys.h"

enum number {
	N_SET,
	N_UID,
	N_GID,
	N_SESSIONS,
	N_PROCS,
	N_ANCHOR,
	N_PID
};

static void column_fill_number(const struct subject *s, int which, char *buf)
{
	const struct view *v = s->of->view;
	uint64_t n = 0;

	switch ((enum number)which) {
	case N_SET:
		n = v->rec.id;
		break;
	case N_UID:
		n = s->session ? s->session->uid : v->rec.uid;
		break;
	case N_GID:
		n = v->rec.gid;
		break;
	case N_SESSIONS:
		if (v->is_own) /* an ordinary user sees processes alone */
			return;
		n = v->session_count;
		break;
	case N_PROCS:
		n = v->processes;
		break;
	case N_ANCHOR:
		if (!v->has_anchor)
			return;
		n = (uint64_t)v->rec.anchor_pid;
		break;
	case N_PID:
		if (!s->session)
			return;
		n = (uint64_t)s->session->pid;
		break;
	}
	text_fmt(buf, LIST_CELL_SIZE, "%" PRIu64, n);
}

enum text {
	T_USER,
	T_POLICY,
	T_SCOPE,
	T_JOB,
	T_STATE,
	T_HOSTNAME,
	T_RULE,
	T_VIEW,
	T_SERVICE,
	T_TTY,
	T_PATH,
	T_METHOD,
	T_STALE
};

const char *list_method(const struct record_dir *dir)
{
	return dir->method < keys[K_METHOD].values ? keys[K_METHOD].words[dir->method] : "";
}

/* Whose session it is: in a set that a group shares, each may be another's. */
static const char *column_user_of(const struct subject *s)
{
	const struct passwd *pw = NULL;

	if (s->session && s->session->uid != s->of->view->rec.uid)
		pw = getpwuid(s->session->uid);
	if (pw)
		return pw->pw_name;
	return s->session && s->session->uid != s->of->view->rec.uid ? "" : s->of->view->rec.user;
}

static void column_fill_text(const struct subject *s, int which, char *buf)
{
	const struct view *v = s->of->view;
	const char *texts[] = {
		[T_USER] = column_user_of(s),
		[T_POLICY] = v->rec.policy,
		[T_SCOPE] = view_scope_name(v),
		[T_JOB] = v->rec.job_name,
		[T_STATE] = v->is_own ? "live" : view_state_name(v->state),
		[T_HOSTNAME] = v->rec.hostname,
		[T_RULE] = v->rec.rule,
		[T_VIEW] = v->rec.view_lost ? "lost"
			   : v->rec.view[0] ? "mended"
					    : "",
		[T_SERVICE] = s->session ? s->session->service : "",
		[T_TTY] = s->session ? s->session->tty : "",
		[T_PATH] = s->dir >= 0 ? v->rec.dirs[s->dir].path : "",
		[T_STALE] = s->of->is_stale ? "stale" : "",
		[T_METHOD] = s->dir >= 0 ? list_method(&v->rec.dirs[s->dir]) : "",
	};

	(void)text_escape(buf, LIST_CELL_SIZE, texts[which]);
}

static void column_fill_time(const struct subject *s, int is_session, char *buf)
{
	uint64_t when =
		is_session ? (s->session ? s->session->since : 0) : s->of->view->rec.created;

	if (when)
		(void)say_time(buf, when);
}

static void column_fill_network(const struct subject *s, int arg, char *buf)
{
	(void)arg;
	(void)text_escape(buf, LIST_CELL_SIZE, s->of->network.mode);
}

static void column_fill_address(const struct subject *s, int arg, char *buf)
{
	const struct net_record *n = &s->of->network;
	char both[2 * INET_TEXT];

	(void)arg;
	text_fmt(both, sizeof(both), "%s%s%s", n->address[0],
		 n->address[0][0] && n->address[1][0] ? "," : "", n->address[1]);
	(void)text_escape(buf, LIST_CELL_SIZE, both);
}

static void column_fill_kind(const struct subject *s, int type, char *buf)
{
	uint64_t ino = s->of->view->rec.ns.ino[type];

	if (ino)
		text_fmt(buf, LIST_CELL_SIZE, "%" PRIu64, ino);
}

static void column_format_used(const struct usage *u, char *buf)
{
	char size[16];

	if (!u->is_known)
		return;
	text_fmt(buf, LIST_CELL_SIZE, "%s%s", say_size(size, u->used), u->is_partial ? "+" : "");
}

/* Of one directory, or of the whole set. */
static void column_fill_used(const struct subject *s, int whole, char *buf)
{
	struct usage sum = {0};

	if (!whole) {
		if (s->dir >= 0)
			column_format_used(&s->of->usage[s->dir], buf);
		return;
	}
	for (uint32_t i = 0; i < s->of->view->rec.dir_count; i++) {
		const struct usage *u = &s->of->usage[i];

		sum.used += u->used;
		sum.is_known |= u->is_known;
		sum.is_partial |= u->is_partial;
	}
	column_format_used(&sum, buf);
}

static void column_fill_size(const struct subject *s, int arg, char *buf)
{
	(void)arg;
	if (s->dir >= 0 && s->of->usage[s->dir].size)
		(void)say_size(buf, s->of->usage[s->dir].size);
}

enum limit_column {
	L_TASKS,
	L_MEMORY
};

/* "12/512": how many, and how many there may be. */
static void column_fill_limit(const struct subject *s, int which, char *buf)
{
	const struct limits *l = &s->of->limits;
	char used[16], max[16];

	if (which == L_TASKS && l->tasks_max)
		text_fmt(buf, LIST_CELL_SIZE, "%" PRIu64 "/%" PRIu64, l->tasks, l->tasks_max);
	if (which == L_MEMORY && l->memory_max)
		text_fmt(buf, LIST_CELL_SIZE, "%s/%s", say_size(used, l->memory),
			 say_size(max, l->memory_max));
}

static const struct column columns[] = {
	{"SET", ABOUT_SET, true, column_fill_number, N_SET},
	{"USER", ABOUT_SET, false, column_fill_text, T_USER},
	{"UID", ABOUT_SET, true, column_fill_number, N_UID},
	{"GID", ABOUT_SET, true, column_fill_number, N_GID},
	{"POLICY", ABOUT_SET, false, column_fill_text, T_POLICY},
	{"SCOPE", ABOUT_SET, false, column_fill_text, T_SCOPE},
	{"JOB", ABOUT_SET, false, column_fill_text, T_JOB},
	{"STATE", ABOUT_SET, false, column_fill_text, T_STATE},
	{"STALE", ABOUT_SET, false, column_fill_text, T_STALE},
	{"CREATED", ABOUT_SET, false, column_fill_time, 0},
	{"SESSIONS", ABOUT_SET, true, column_fill_number, N_SESSIONS},
	{"PROCS", ABOUT_SET, true, column_fill_number, N_PROCS},
	{"ALLUSED", ABOUT_SET, true, column_fill_used, 1},
	{"TASKS", ABOUT_SET, true, column_fill_limit, L_TASKS},
	{"MEMORY", ABOUT_SET, true, column_fill_limit, L_MEMORY},
	{"HOSTNAME", ABOUT_SET, false, column_fill_text, T_HOSTNAME},
	{"RULE", ABOUT_SET, false, column_fill_text, T_RULE},
	{"VIEW", ABOUT_SET, false, column_fill_text, T_VIEW},
	{"ANCHOR", ABOUT_SET, true, column_fill_number, N_ANCHOR},
	{NULL, ABOUT_SET, true, column_fill_kind, 0}, /* each of ns_types[] */
	{"NETWORK", ABOUT_SET, false, column_fill_network, 0},
	{"ADDRESS", ABOUT_SET, false, column_fill_address, 0},
	{"PID", ABOUT_SESSION, true, column_fill_number, N_PID},
	{"SERVICE", ABOUT_SESSION, false, column_fill_text, T_SERVICE},
	{"TTY", ABOUT_SESSION, false, column_fill_text, T_TTY},
	{"SINCE", ABOUT_SESSION, false, column_fill_time, 1},
	{"DIRECTORY", ABOUT_DIR, false, column_fill_text, T_PATH},
	{"METHOD", ABOUT_DIR, false, column_fill_text, T_METHOD},
	{"USED", ABOUT_DIR, true, column_fill_used, 0},
	{"SIZE", ABOUT_DIR, true, column_fill_size, 0},
};

/* Columns of namespaces stand where their row is. */
bool column_get(unsigned i, struct column *ret)
{
	const unsigned rows = sizeof(columns) / sizeof(columns[0]);

	for (unsigned row = 0; row < rows; row++) {
		const unsigned here = columns[row].name ? 1 : NS_TYPE_MAX;

		if (i >= here) {
			i -= here;
			continue;
		}
		*ret = columns[row];
		if (!ret->name) {
			ret->name = ns_types[i].column;
			ret->arg = (int)i;
		}
		return true;
	}
	return false;
}

bool column_find(const char *name, struct column *ret)
{
	for (unsigned i = 0; column_get(i, ret); i++)
		if (strcasecmp(ret->name, name) == 0)
			return true;
	return false;
}

bool list_has_cell(const char *name)
{
	struct column c;

	return column_find(name, &c) && c.about == ABOUT_SET;
}

int list_cell(const struct listing *row, const char *name, char *buf)
{
	const struct subject s = {.of = row, .dir = -1};
	struct column c;

	if (!column_find(name, &c) || c.about != ABOUT_SET)
		return -ENOENT;
	buf[0] = '\0';
	c.fill(&s, c.arg, buf);
	return 0;
}
