/* SPDX-License-Identifier: MIT */
/* A page of joins, its helper and the anchor of its set, which are children of the test */
#ifndef NSI_TEST_JOINABLE_SET_H
#define NSI_TEST_JOINABLE_SET_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fail.h"
#include "base/proc.h"
#include "join/page.h"
#include "login/args.h"
#include "login/off.h"
#include "login/place.h"
#include "pam_nsisolate/open_session.h"
#include "pam_nsisolate/session_data.h"
#include "tests/unit/pam_nsisolate/standin.h"
#include "tests/unit/scratch.h"
#include "wire/wire.h"

enum {
	SET = 7,
	SESSION = 9
};

static struct scratch dir;
static struct module_args args;
static struct join_page *page;
static struct join_view view;
static pid_t helper, anchor;
static unsigned entry;

/* A child that has done @work and waits to be killed. */
static pid_t start_child(int (*work)(void))
{
	int ends[2];
	char done;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		done = (char)work();
		if (write(ends[1], &done, 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &done, 1), 1);
	close(ends[0]);
	return done == 0 ? pid : (kill(pid, SIGKILL), waitpid(pid, NULL, 0), -1);
}

static void end_child(pid_t *pid)
{
	if (*pid > 0) {
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static int lock_page(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(scratch_path(&dir, 1, JOIN_FILE), O_RDWR | O_CLOEXEC);

	return fcntl(fd, F_SETLK, &lock);
}

static int lock_page_elsewhere(void)
{
	return unshare(CLONE_NEWUTS) < 0 ? -1 : lock_page();
}

static int leave_host(void)
{
	return unshare(CLONE_NEWUTS);
}

static uint64_t uts_of(pid_t pid)
{
	char path[40];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void make_page(void)
{
	int fd = open(scratch_path(&dir, 0, JOIN_FILE), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, sizeof(*page)), 0);
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(page != MAP_FAILED);
	close(fd);
	memcpy(page->magic, JOIN_MAGIC, sizeof(page->magic));
	page->version = JOIN_VERSION;
	page->size = sizeof(*page);
	(void)snprintf(page->config, sizeof(page->config), "/none");
	(void)snprintf(page->statedir, sizeof(page->statedir), "/none");
}

/* The host is where this test stands, and its policy is one file. */
static void fill_page(void)
{
	struct join_files files = {.count = 1};
	struct statx st;

	assert_int_equal(statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &st), 0);
	page->root_mnt = st.stx_mnt_id;
	page->root_ino = st.stx_ino;
	page->root_dev = workdir_device(&st);
	assert_int_equal(place_read(ns_bit(NS_MNT) | ns_bit(NS_UTS), &page->host), 0);
	page->helper_pid = helper;
	for (unsigned i = 0; i < JOIN_SLOTS; i++)
		page->slots[i].id = SESSION;
	join_file_look(scratch_path(&dir, 2, "policy"), &files.row[0]);
	join_put_files(page, &files);
}

static void publish(void)
{
	const struct nsi_open login = {.uid = 2001,
				       .gid = 2001,
				       .caller_uid = getuid(),
				       .user = "alice",
				       .service = "rig",
				       .tty = "pts/1",
				       .rhost = "there"};

	assert_true(join_key_fill(&view.key, &login, 0));
	entry = join_publish(page, &view);
}

static int begin(void **state)
{
	(void)state;
	if (getuid() != 0)
		return 0;
	assert_int_equal(scratch_make(&dir), 0);
	args = (struct module_args){.config = "/none",
				    .rundir = dir.top,
				    .statedir = "/none",
				    .helper = "/nowhere",
				    .timeout = 5};
	assert_int_equal(scratch_write(&dir, "policy", "version = 1;\n"), 0);
	make_page();
	helper = start_child(lock_page);
	anchor = start_child(leave_host);
	if (anchor < 0)
		return 0;
	fill_page();
	view = (struct join_view){
		.set = SET,
		.anchor_pid = anchor,
		.types = ns_bit(NS_UTS),
		.policy = "lab",
		.rule = "/etc/conf:1",
	};
	view.ns.ino[NS_UTS] = uts_of(anchor);
	view.root_mnt = page->root_mnt;
	view.root_dev = page->root_dev;
	view.root_ino = page->root_ino;
	assert_int_equal(proc_start_time(anchor, &view.anchor_start), 0);
	publish();
	return 0;
}

static int end(void **state)
{
	(void)state;
	end_child(&helper);
	end_child(&anchor);
	if (page)
		(void)munmap(page, sizeof(*page));
	page = NULL;
	scratch_done(&dir);
	return 0;
}

/* The login, in a child, as it changes its namespaces.  @is_in is whether it is in the set's afterwards. */
static int login(bool *is_in, const char **text)
{
	static char log[2048];
	struct {
		int code;
		bool is_in;
		char log[sizeof(log)];
	} *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	pid_t pid = fork();
	int code;

	if (pid == 0) {
		pam_handle_t pamh = standin_of_alice();

		result->code = open_session(&pamh, 0, &args);
		result->is_in = uts_of(getpid()) == uts_of(anchor);
		memcpy(result->log, pamh.log, sizeof(log));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	code = result->code;
	*is_in = result->is_in;
	memcpy(log, result->log, sizeof(log));
	*text = log;
	(void)munmap(result, sizeof(*result));
	return code;
}

/* How many slots of the page are in @state. */
static unsigned slots_in(enum join_state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < JOIN_SLOTS; i++)
		n += join_word_state(atomic_load(&page->words[i])) == state;
	return n;
}

static void need_set(void)
{
	if (getuid() != 0 || anchor <= 0)
		skip();
}

static void expect_in(void)
{
	const char *log;
	bool is_in;
	int code = login(&is_in, &log);

	if (code != PAM_SUCCESS)
		fail_msg("%d: %s", code, log);
	assert_true(is_in);
	assert_int_equal(slots_in(JOIN_INSIDE), 1);
}

/* It asks the helper instead, which is not to be had; and it is where it was. */
static void expect_asks(void)
{
	const char *log;
	bool is_in;

	assert_int_equal(login(&is_in, &log), PAM_SYSTEM_ERR);
	assert_non_null(strstr(log, "cannot start the helper /nowhere"));
	assert_false(is_in);
	assert_int_equal(slots_in(JOIN_INSIDE), 0);
}

#endif /* NSI_TEST_JOINABLE_SET_H */
