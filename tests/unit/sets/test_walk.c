/* SPDX-License-Identifier: MIT */
/* Files that are looked for once: by their whole path, as users choose the names */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "sets/disk.h"
#include "sets/members.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

enum {
	NAMES = 1 << 17, /* of each of two directories: some 4 of 2^34 pairs have equal hashes */
};

struct name {
	uint32_t hash;
	unsigned number;
};

static struct scratch s;
static struct name names[NAMES];

static int compare_hashes(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static const char *path_of(unsigned slot, const char *dir, unsigned number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s/%08x", dir, number * 2654435761u);
	return scratch_path(&s, slot, name);
}

/* Finds two paths with one hash_text32().  Returns whether there are any. */
static bool find_pair(unsigned *ret_out, unsigned *ret_in)
{
	for (unsigned i = 0; i < NAMES; i++)
		names[i] = (struct name){hash_text32(path_of(0, "out", i)), i};
	qsort(names, NAMES, sizeof(*names), compare_hashes);
	for (unsigned i = 0; i < 8 * NAMES; i++) { /* 32 pairs: none of them comes up in no run */
		struct name wanted = {hash_text32(path_of(0, "in", i)), i};
		const struct name *at =
			bsearch(&wanted, names, NAMES, sizeof(*names), compare_hashes);

		if (!at)
			continue;
		*ret_out = at->number;
		*ret_in = i;
		return true;
	}
	return false;
}

static int look_at(struct walk *w, int fd)
{
	NSI_AUTO_FD int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", fd);
	return walk_look_link(w, dir, name, NULL);
}

TEST(test_a_file_with_two_names_whose_hashes_are_equal)
{
	struct members_target target = {.wants_disk = true};
	struct walk_dir dir = {.fd = -EBADF};
	struct walk w = {.targets = &target, .count = 1, .dirs = &dir, .dir_count = 1};
	NSI_AUTO_FD int outside = -EBADF, inside = -EBADF;
	unsigned out = 0, in = 0;
	struct stat st;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(mkdir(scratch_path(&s, 0, "in"), 0700), 0);
	assert_int_equal(mkdir(scratch_path(&s, 0, "out"), 0700), 0);
	assert_true(find_pair(&out, &in));
	dir.fd = open(scratch_path(&s, 0, "in"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fstat(dir.fd, &st), 0);
	dir.ino = st.st_ino;
	w.dev = st.st_dev;
	outside = open(path_of(0, "out", out), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(outside >= 0);
	assert_int_equal(link(path_of(0, "out", out), path_of(1, "in", in)), 0);
	inside = open(path_of(1, "in", in), O_RDWR | O_CLOEXEC);
	assert_true(inside >= 0);

	for (int i = 0; i < 2; i++)
		assert_int_equal(look_at(&w, outside), 0);
	assert_int_equal(target.members, 0);
	assert_int_equal(w.outside_count, 1); /* the second time it is known */
	assert_int_equal(look_at(&w, inside), 0);
	assert_int_equal(target.members, 1);
	free(w.outside[0].path);
	nsi_closep(&dir.fd);
	scratch_done(&s);
}

TEST(test_the_oldest_file_is_forgotten_first)
{
	struct members_target target = {.wants_disk = true};
	struct walk w = {.targets = &target, .count = 1};
	struct stat st;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(stat(s.top, &st), 0);
	w.dev = st.st_dev;
	for (unsigned i = 0; i <= WALK_OUTSIDE; i++) {
		NSI_AUTO_FD int fd = open(path_of(0, ".", i), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(look_at(&w, fd), 0);
	}
	assert_int_equal(w.outside_count, WALK_OUTSIDE + 1);
	assert_string_equal(strrchr(w.outside[0].path, '/'),
			    strrchr(path_of(0, ".", WALK_OUTSIDE), '/'));
	for (unsigned i = 0; i < WALK_OUTSIDE; i++)
		free(w.outside[i].path);
	scratch_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_with_two_names_whose_hashes_are_equal),
		cmocka_unit_test(test_the_oldest_file_is_forgotten_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
