/* SPDX-License-Identifier: MIT */
/* The sets of a user's own processes, by their environment and namespaces */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fail.h"
#include "ctl/sets.h"
#include "policy/image.h"
#include "tests/unit/ctl/output.h"

/* Runs this test once more with @env as its environment and @part as its first argument. */
static int run_again(const char *part, char *const env[])
{
	char *argv[] = {(char *)(uintptr_t) "test", (char *)(uintptr_t)part, NULL};
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execve("/proc/self/exe", argv, env);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
		skip(); /* an emulated program cannot be started so */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct view *find(const struct view_list *list, uint64_t id)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->rows[i].rec.id == id)
			return &list->rows[i];
	return NULL;
}

static int look(uint64_t id, const char *policy)
{
	struct view_list list;
	struct nsi_fail f = {""};
	const struct view *v;
	int code = 0;

	if (views_own(&list, &f) < 0)
		return 1;
	v = find(&list, id);
	if (policy ? !v || !v->is_own || v->processes != 1 || v->rec.uid != getuid() ||
			     strcmp(v->rec.policy, policy) != 0
		   : v != NULL)
		code = 2;
	if (policy && v && strcmp(view_scope_name(v), "-") != 0)
		code = 3;
	views_done(&list);
	return code;
}

TEST(test_the_set_of_a_process)
{
	char set[40], sets[40]; /* a number that no other run of this test has */
	char *const env[] = {set, (char *)(uintptr_t) "NSISOLATE_POLICY=a b", NULL};
	char *const other[] = {sets, (char *)(uintptr_t) "NSISOLATE_SET=x1", NULL};

	(void)snprintf(set, sizeof(set), "NSISOLATE_SET=%d", getpid());
	(void)snprintf(sets, sizeof(sets), "NSISOLATE_SETS=%d", getpid());
	assert_int_equal(run_again("here", env), 0);
	assert_int_equal(run_again("not-here", other), 0);
}

/* The mounts of the set of this process, which is moved into a mount namespace. */
static int look_at_mounts(void)
{
	const struct ctl ctl = {.rundir = "/run/nsi-none", .statedir = "/var/lib/nsi-state"};
	struct view v = {.is_own = true};

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("nsisolate", "/tmp", "tmpfs", 0, NULL) < 0 ||
	    mount("other", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/nsi-state", 0700) < 0 ||
	    mkdir("/mnt/nsi-state/u0", 0700) < 0 || mkdir("/mnt/nsi-state/u0/tmp", 0700) < 0 ||
	    mkdir("/mnt/nsi-state/trash", 0700) < 0 || mkdir("/tmp/a", 0700) < 0 ||
	    mkdir("/tmp/b", 0700) < 0 ||
	    mount("/mnt/nsi-state/u0/tmp", "/tmp/a", NULL, MS_BIND, NULL) < 0 ||
	    mount("/mnt/nsi-state/trash", "/tmp/b", NULL, MS_BIND, NULL) < 0)
		return 77;
	view_own_dirs(&ctl, &v);
	if (v.rec.dir_count != 0)
		return 1; /* of another set than this process is in */
	if (proc_namespaces(getpid(), &v.rec.ns) < 0)
		return 2;
	view_own_dirs(&ctl, &v);
	if (v.rec.dir_count != 2)
		return 3;
	if (strcmp(v.rec.dirs[0].path, "/tmp") != 0 || v.rec.dirs[0].method != POL_METHOD_TMPFS)
		return 4;
	return strcmp(v.rec.dirs[1].path, "/tmp/a") == 0 && v.rec.dirs[1].method == POL_METHOD_DISK
		       ? 0
		       : 5;
}

TEST(test_the_private_directories_are_known_by_their_mounts)
{
	int status = run_again("mounts", environ);

	if (status == 77)
		skip(); /* not root */
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_set_of_a_process),
		cmocka_unit_test(test_the_private_directories_are_known_by_their_mounts),
	};

	if (argc > 1 && strcmp(argv[1], "here") == 0)
		return look((uint64_t)getppid(), "a\\x20b");
	if (argc > 1 && strcmp(argv[1], "not-here") == 0)
		return look((uint64_t)getppid(), NULL);
	if (argc > 1 && strcmp(argv[1], "mounts") == 0)
		return look_at_mounts();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
