/* SPDX-License-Identifier: MIT */
/* A look at the view of a set: what the host has changed is put back, logged and reported */
#include <sys/inotify.h>

#include "base/cleanup.h"
#include "tests/unit/logged.h"
#include "tests/unit/own_system.h"
#include "tests/unit/process.h"
#include "view/cover.h"
#include "view/put.h"
#include "view/visit.h"

static const struct set_facts facts = {
	.id = 7, .uid = 1000, .user = "alice", .policy = "p", .hostname = ""};
static struct cover_list list;

/* A host with files and directories, and a process in a copy of its mounts: the set. */
struct view {
	pid_t pid;
	int anchor; /* its pidfd */
	int host;   /* mount namespace */
	int inotify;
	int out[2];
};

static void view_add(uint8_t type, const char *path, const char *source)
{
	const struct cover_row row = {.type = type};

	faults_check(cover_list_add(&list, &row, path, source, NULL) == 0, "no list");
}

/* The child is born in a copy of the mounts, where nobody has to wait for it. */
static void view_start_anchor(struct view *v)
{
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0,
		     "no set");
	v->pid = process_start();
	v->anchor = (int)syscall(SYS_pidfd_open, v->pid, 0);
	faults_check(v->pid > 0 && v->anchor >= 0 && setns(v->host, CLONE_NEWNS) == 0,
		     "no way back");
}

static struct view view_begin(void)
{
	struct view v;

	own_system();
	faults_check(mount(NULL, "/run", NULL, MS_SHARED, NULL) == 0, "nothing is shared");
	own_dir("/run/nsisolate", 0700);
	own_dir("/run/nsisolate/etc", 0700);
	own_dir("/run/nsisolate/etc/7", 0700);
	own_dir("/run/host", 0755);
	own_file("/run/host/secret", "of the host");
	own_file("/run/host/conf", "of the host");
	own_dir("/run/policy", 0755);
	own_file("/run/policy/source", "of the policy");
	view_add(COVER_BIND, "/run/host/conf", "/run/policy/source");
	view_add(COVER_HIDDEN, "/run/host/secret", "");
	v.host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	v.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	faults_check(v.host >= 0 && v.inotify >= 0 && pipe2(v.out, O_CLOEXEC) == 0,
		     "no descriptors");
	view_start_anchor(&v);
	return v;
}

static void view_end(const struct view *v)
{
	(void)kill(v->pid, SIGKILL);
	(void)waitpid(v->pid, NULL, 0);
	cover_list_done(&list);
}

/* Looks once.  Returns the result, and in @text what was logged. */
static struct visit_result view_visit(const struct view *v, const char **text)
{
	const struct visit_set one = {.rec = &facts, .covers = &list, .anchor = v->anchor};
	struct visit_result res;
	struct logged l;
	int r;

	logged_begin(&l);
	r = visit_sets(&one, 1, "/run/nsisolate", v->inotify, v->out[1]);
	*text = logged_end(&l);
	faults_check(r == 0, "it could not look: %d", r);
	faults_check(read(v->out[0], &res, sizeof(res)) == (ssize_t)sizeof(res) && res.set == 7,
		     "no result");
	return res;
}

static void check_set(const struct view *v, const char *path, const char *text)
{
	faults_check(setns(v->anchor, CLONE_NEWNS) == 0, "no way in");
	own_check_text(path, text);
	faults_check(setns(v->host, CLONE_NEWNS) == 0, "no way back");
}

static void check_result(const struct visit_result *r, unsigned put_back, unsigned lost,
			 unsigned no_place)
{
	faults_check(r->put_back == put_back && r->lost == lost && r->no_place == no_place,
		     "%u put back, %u lost, %u without a place: %s", r->put_back, r->lost,
		     r->no_place, r->what.what);
}

static void replace(const char *path, const char *text)
{
	own_file("/run/host/new", text);
	faults_check(rename("/run/host/new", path) == 0, "it stays");
}

static void visit(void *arg)
{
	struct view v = view_begin();
	struct visit_result res;
	const char *text;

	(void)arg;
	res = view_visit(&v, &text);
	check_result(&res, 2, 0, 0);
	check_set(&v, "/run/host/conf", "of the policy");
	check_set(&v, "/run/host/secret", "");
	own_check_text("/run/host/conf", "of the host");

	res = view_visit(&v, &text);
	check_result(&res, 0, 0, 0);
	faults_check(!text[0] && !res.what.what[0], "it logs \"%s\"", text);

	replace("/run/host/secret", "another of the host");
	res = view_visit(&v, &text);
	check_result(&res, 1, 0, 0);
	faults_check(strcmp(text, "<5>set 7 (uid 1000): /run/host/secret is hidden again: what "
				  "was there has been replaced on the host\n") == 0,
		     "%s", text);
	check_set(&v, "/run/host/secret", "");
	view_end(&v);
}

TEST(test_what_the_host_has_replaced_is_put_back_and_logged)
{
	faults_apart(visit, NULL);
}

static void visit_without_place(void *arg)
{
	struct view v = view_begin();
	struct visit_result res;
	const char *text;

	(void)arg;
	faults_check(unlink("/run/host/conf") == 0, "it stays");
	res = view_visit(&v, &text);
	check_result(&res, 1, 0, 1);
	own_file("/run/host/conf", "new");
	res = view_visit(&v, &text);
	check_result(&res, 1, 0, 0);
	check_set(&v, "/run/host/conf", "of the policy");
	view_end(&v);
}

TEST(test_a_file_that_comes_later_is_covered_then)
{
	faults_apart(visit_without_place, NULL);
}

static void visit_in_vain(void *arg)
{
	struct view v = view_begin();
	struct visit_result res;
	const char *text;

	(void)arg;
	faults_check(unlink("/run/policy/source") == 0, "it stays");
	(void)view_visit(&v, &text);
	res = view_visit(&v, &text);
	check_result(&res, 0, 1, 0);
	faults_check(strstr(text, "<3>set 7 (uid 1000): /run/host/conf is not bound any more: ") ==
			     text,
		     "%s", text);
	faults_check(strstr(res.what.what, "/run/host/conf is not bound any more: ") ==
			     res.what.what,
		     "%s", res.what.what);
	view_end(&v);
}

TEST(test_what_cannot_be_put_back_is_an_error)
{
	faults_apart(visit_in_vain, NULL);
}

static void visit_nobody(void *arg)
{
	struct view v = view_begin();
	struct visit_result res;
	const char *text;

	(void)arg;
	v.anchor = v.inotify; /* no process */
	res = view_visit(&v, &text);
	check_result(&res, 0, 1, 0);
	faults_check(strcmp(text, "<3>set 7 (uid 1000): cannot look at its view: cannot enter the "
				  "set: Invalid argument\n") == 0,
		     "%s", text);
	view_end(&v);
}

TEST(test_a_set_that_cannot_be_entered_is_an_error)
{
	faults_apart(visit_nobody, NULL);
}

/* Reads all events.  Whether one of them is of this name; "/" is the machine's, where others work, too. */
static bool has_event(const struct view *v, const char *name)
{
	_Alignas(struct inotify_event) char events[4096];
	bool is_there = false;
	ssize_t n;

	while ((n = read(v->inotify, events, sizeof(events))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)&events[at];

			is_there |= e->len > 0 && strcmp(e->name, name) == 0;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	return is_there;
}

static void watch(void *arg)
{
	struct view v = view_begin();
	const char *text;

	(void)arg;
	(void)view_visit(&v, &text);
	own_file("/run/nsisolate/etc/7/other", "");
	faults_check(!has_event(&v, "other"), "a directory of no cover's is watched");
	own_file("/run/host/more", "");
	faults_check(has_event(&v, "more"), "the directory of a cover is not watched");
	faults_check(rename("/run/policy/source", "/run/policy/moved") == 0, "it stays");
	faults_check(has_event(&v, "moved"), "the directory of a source is not watched");
	view_end(&v);
}

TEST(test_the_directories_of_all_paths_are_watched)
{
	faults_apart(watch, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_host_has_replaced_is_put_back_and_logged),
		cmocka_unit_test(test_a_file_that_comes_later_is_covered_then),
		cmocka_unit_test(test_what_cannot_be_put_back_is_an_error),
		cmocka_unit_test(test_a_set_that_cannot_be_entered_is_an_error),
		cmocka_unit_test(test_the_directories_of_all_paths_are_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
