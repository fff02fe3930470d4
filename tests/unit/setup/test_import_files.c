/* SPDX-License-Identifier: MIT */
/* The files that a login brings along while a system call fails: each is whole in the set, or stays and is logged */
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "policy/image.h"
#include "setup/import_files.h"
#include "setup/setup.h"
#include "tests/unit/faults.h"
#include "tests/unit/image.h"
#include "tests/unit/logged.h"

enum {
	USER = 1000,
	FILES = 2
};

#define TEXT "a ticket that nobody else may read"

static struct import import;

static void put_file(const char *name, uid_t uid)
{
	NSI_AUTO_FD int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	faults_check(fd >= 0 && fd_write_all(fd, TEXT, strlen(TEXT)) == 0 &&
			     fchown(fd, uid, uid) == 0,
		     "no %s", name);
}

/* The host's directory with files of the user and of another, and a process that has a directory of its own there. */
static pid_t make_host(void)
{
	int told[2];
	char byte;
	pid_t pid;

	umask(0);
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("tmp", "/tmp", "tmpfs", 0, "mode=1777") == 0 &&
			     pipe2(told, O_CLOEXEC) == 0,
		     "no system: %s", strerror(errno));
	put_file("/tmp/krb5cc_1000_a", USER);
	put_file("/tmp/krb5cc_1000_b", USER);
	put_file("/tmp/krb5cc_1000_of_bob", USER + 1);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		faults_check(unshare(CLONE_NEWNS) == 0 &&
				     mount("own", "/tmp", "tmpfs", 0, "mode=1777") == 0 &&
				     write(told[1], "", 1) == 1,
			     "no set");
		for (;;)
			(void)pause();
	}
	faults_check(pid > 0 && read(told[0], &byte, 1) == 1, "no set");
	(void)close(told[0]);
	(void)close(told[1]);
	return pid;
}

/* In the set. */
static void check_set(const char *log, bool may_be_unlogged)
{
	static const char *const names[FILES] = {"krb5cc_1000_a", "krb5cc_1000_b"};
	char path[64], text[64];
	unsigned found = 0;

	for (unsigned i = 0; i < FILES; i++) {
		struct stat st;

		(void)snprintf(path, sizeof(path), "/tmp/%s", names[i]);
		if (lstat(path, &st) < 0)
			continue;
		found++;
		faults_check(st.st_uid == USER && (st.st_mode & 07777) == 0600,
			     "others may read it, or it is not the user's");
		faults_check(fd_read_file(AT_FDCWD, path, text, sizeof(text)) >= 0 &&
				     strcmp(text, TEXT) == 0,
			     "half of a file has its name");
	}
	faults_check(access("/tmp/krb5cc_1000_of_bob", F_OK) < 0, "another user's is there");
	faults_check(found == FILES || may_be_unlogged || strstr(log, "<4>"),
		     "%u files are there, and nobody is told", found);
	faults_check(found >= import.count, "one would be removed that is not there");
}

static void copy(struct faults *f)
{
	const struct pol_image *image = f->arg;
	const struct setup_plan plan = {.image = image,
					.policy = policy_get(image, 0),
					.uid = USER,
					.gid = USER,
					.user = "alice",
					.home = "/home/alice",
					.service = "sshd"};
	const pid_t anchor = make_host();
	const int pidfd = (int)syscall(SYS_pidfd_open, anchor, 0);
	struct nsi_fail fail = {""};
	struct logged logged;
	const char *log;
	int r;

	logged_begin(&logged);
	faults_begin(f);
	r = import_copy(&plan, pidfd, &import, &fail);
	faults_end(f);
	log = logged_end(&logged);
	f->fds = faults_count_fds(); /* the host's directories stay open for import_remove() */
	faults_check(f->shared->failed != -1 || (r == 0 && import.count == FILES),
		     "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (r == 0)
		check_set(log, f->shared->error == ENOENT || f->shared->failed == SYS_write ||
				       f->shared->failed == SYS_lseek);
	(void)kill(anchor, SIGKILL);
	(void)waitpid(anchor, NULL, 0);
}

TEST(test_a_file_is_brought_along_whole_or_stays_and_is_logged)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;

	if (geteuid() != 0)
		skip();
	image = image_of("p = { namespaces = [ \"mount\" ]; directories = ( { path = \"/tmp\"; "
			 "method = \"tmpfs\"; import = [ \"krb5cc_%{uid}*\" ]; } ); };");
	faults_sweep(copy, image, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_brought_along_whole_or_stays_and_is_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
