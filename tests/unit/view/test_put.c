/* SPDX-License-Identifier: MIT */
/* Covers that are put in place while a system call fails: they are there, or the failure is reported */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "tests/unit/faults.h"
#include "view/cover.h"
#include "view/put.h"

struct sample {
	const struct cover_row *row;
	const char *path;
	const char *source;
};

#define ROW(...) (&(const struct cover_row){__VA_ARGS__})

static const struct sample samples[] = {
	{ROW(.type = COVER_HIDDEN), "/run/dir", ""},
	{ROW(.type = COVER_HIDDEN), "/run/file", ""},
	{ROW(.type = COVER_READONLY), "/run/tree", ""},
	{ROW(.type = COVER_REMOVED), "/run/tree", ""},
	{ROW(.type = COVER_BIND, .flags = COVER_STRICT), "/run/dir", "/run/tree"},
	{ROW(.type = COVER_BIND, .flags = COVER_RECURSIVE), "/run/tree", "/run/dir"},
	{ROW(.type = COVER_PRIVATE, .method = COVER_TMPFS, .mode = 01777, .bytes = 65536),
	 "/run/dir", ""},
	{ROW(.type = COVER_PRIVATE, .method = COVER_OVERLAY, .mode = 01777), "/run/tree", ""},
	{ROW(.type = COVER_KEPT), "/run/tree/.kept", "/run/dir"},
	{ROW(.type = COVER_FILE, .flags = COVER_FOLLOWS), "/run/file", "hosts"},
	{ROW(.type = COVER_FILE, .flags = COVER_FOLLOWS), "/run/file", "resolv.conf"},
	{ROW(.type = COVER_HOME), "/run/tree", ""},
};

static void make_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	faults_check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "no %s",
		     path);
	(void)close(fd);
}

static void make_places(void)
{
	umask(0);
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir("/run/nsisolate", 0700) == 0 &&
			     mkdir("/run/nsisolate/etc", 0700) == 0 &&
			     mkdir("/run/nsisolate/etc/7", 0700) == 0 &&
			     mkdir("/run/dir", 0755) == 0 && mkdir("/run/tree", 0755) == 0 &&
			     mount("tree", "/run/tree", "tmpfs", 0, "mode=0755") == 0,
		     "no places: %s", strerror(errno));
	make_file("/run/file", "of the host\n");
	make_file("/run/nsisolate/etc/7/hosts", "127.0.0.1 alice\n");
	make_file("/run/nsisolate/etc/7/resolv.conf", "nameserver 192.0.2.1\n");
}

static int put(const struct cover_set *set, const struct cover_row *row, struct nsi_fail *f)
{
	NSI_AUTO_FD int mount = cover_take(set, row, f);

	return mount < 0 && mount != -ENODATA ? mount : cover_put(row, mount, f);
}

static void put_one(struct faults *f)
{
	const struct sample *s = f->arg;
	uint64_t dev[1] = {0};
	const struct cover_set set = {.id = 7,
				      .rundir = "/run/nsisolate",
				      .hostname = "alice",
				      .dev = dev,
				      .dir_count = 1};
	struct cover_list list = {NULL, 0};
	const struct cover_row *row;
	struct cover_source source;
	struct nsi_fail fail = {""};
	int r;

	make_places();
	faults_check(cover_list_add(&list, s->row, s->path, s->source, "") == 0, "no list");
	row = cover_list_next(&list, NULL);
	faults_begin(f);
	r = put(&set, row, &fail);
	cover_note_device(row, dev, 1);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (r == 0 && f->shared->failed == -1) {
		cover_find_source(&set, row, &source);
		faults_check(cover_check(&set, row, &source, &fail) == COVER_IN_PLACE,
			     "it is not in place");
	}
	cover_list_done(&list);
}

TEST(test_covers_are_in_place_or_it_is_said_why_not)
{
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct sample one = samples[i];

		faults_sweep(put_one, &one, 23);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers_are_in_place_or_it_is_said_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
