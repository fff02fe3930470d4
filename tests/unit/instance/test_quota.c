/* SPDX-License-Identifier: MIT */
/* Quotas of instances; the part of a kernel with projects is played here, and vm:limits has a real one */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "instance/quota.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

enum {
	PLAYED_MAX = 64
};

/* The file system: each directory's attributes, each project's limits, and which of the calls fails. */
static struct played {
	struct {
		ino_t ino;
		struct fsxattr attr;
	} dirs[PLAYED_MAX];
	struct {
		uint32_t id;
		struct if_dqblk block;
	} projects[PLAYED_MAX];
	bool is_unenforced, is_full, has_no_records;
	bool is_real;             /* nothing is played */
	unsigned calls, fails_at; /* counted from 1; 0: none fails */
	int error;
} played;

static struct fsxattr *played_attr(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		abort();
	for (unsigned i = 0; i < PLAYED_MAX; i++) {
		if (played.dirs[i].ino == 0)
			played.dirs[i].ino = st.st_ino;
		if (played.dirs[i].ino == st.st_ino)
			return &played.dirs[i].attr;
	}
	abort();
}

static struct if_dqblk *played_block(uint32_t id)
{
	for (unsigned i = 0; i < PLAYED_MAX; i++) {
		if (played.projects[i].id == 0)
			played.projects[i].id = id;
		if (played.projects[i].id == id)
			return &played.projects[i].block;
	}
	abort();
}

static int played_fail(int error)
{
	errno = error;
	return -1;
}

static int played_quota(unsigned cmd, uint32_t id, void *arg)
{
	struct if_dqblk *block;

	if (++played.calls == played.fails_at)
		return played_fail(played.error);
	if (cmd == (unsigned)QCMD(Q_XGETQSTATV, PRJQUOTA)) {
		struct fs_quota_statv *st = arg;

		st->qs_flags = (uint16_t)(FS_QUOTA_PDQ_ACCT |
					  (played.is_unenforced ? 0 : FS_QUOTA_PDQ_ENFD));
		return 0;
	}
	if (cmd == (unsigned)QCMD(Q_GETQUOTA, PRJQUOTA) && played.is_full) {
		*(struct if_dqblk *)arg = (struct if_dqblk){.dqb_curinodes = 1};
		return 0;
	}
	block = played_block(id);
	if (cmd == (unsigned)QCMD(Q_SETQUOTA, PRJQUOTA)) {
		block->dqb_bhardlimit = ((struct if_dqblk *)arg)->dqb_bhardlimit;
		block->dqb_ihardlimit = ((struct if_dqblk *)arg)->dqb_ihardlimit;
		return 0;
	}
	assert_true(cmd == (unsigned)QCMD(Q_GETQUOTA, PRJQUOTA));
	if (played.has_no_records)
		return played_fail(ENOENT);
	*(struct if_dqblk *)arg = *block;
	return 0;
}

/* In place of the C library's: all but the calls of quotas go on to it. */
long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (unsigned i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_quotactl_fd && !played.is_real)
		return played_quota((unsigned)a[1], (uint32_t)a[2], (void *)a[3]);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int fd, unsigned long request, ...)
{
	struct fsxattr *attr, *arg;
	va_list ap;

	va_start(ap, request);
	arg = va_arg(ap, struct fsxattr *);
	va_end(ap);
	if (played.is_real || (request != FS_IOC_FSGETXATTR && request != FS_IOC_FSSETXATTR))
		return (int)syscall(SYS_ioctl, fd, request, arg);
	if (++played.calls == played.fails_at)
		return played_fail(played.error);
	attr = played_attr(fd);
	if (request == FS_IOC_FSSETXATTR)
		*attr = *arg;
	else
		*arg = *attr;
	return 0;
}

struct fixture {
	struct scratch s;
	int state;
	int tmp, shm; /* instances */
};

static const struct quota want = {.bytes = 4097, .files = 20}, none = {0};

static int open_dir(const struct scratch *s, const char *name)
{
	return open(scratch_path(s, 0, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int begin(void **state)
{
	static struct fixture fx;

	played = (struct played){0};
	assert_int_equal(scratch_make(&fx.s), 0);
	assert_int_equal(scratch_write(&fx.s, "u1000/tmp/.keep", ""), 0);
	assert_int_equal(scratch_write(&fx.s, "u1000/shm/.keep", ""), 0);
	fx.state = open_dir(&fx.s, "");
	fx.tmp = open_dir(&fx.s, "u1000/tmp");
	fx.shm = open_dir(&fx.s, "u1000/shm");
	assert_true(fx.state >= 0 && fx.tmp >= 0 && fx.shm >= 0);
	*state = &fx;
	return 0;
}

static int end(void **state)
{
	struct fixture *fx = *state;

	nsi_closep(&fx->state);
	nsi_closep(&fx->tmp);
	nsi_closep(&fx->shm);
	scratch_done(&fx->s);
	return 0;
}

TEST(test_a_part_of_a_block_is_a_block)
{
	assert_int_equal(quota_blocks(0), 0);
	assert_int_equal(quota_blocks(1), 1);
	assert_int_equal(quota_blocks(1024), 1);
	assert_int_equal(quota_blocks(1025), 2);
	assert_int_equal(quota_blocks(UINT64_C(2) << 30), 2097152);
	assert_int_equal(quota_blocks(INT64_MAX), INT64_MAX / 1024 + 1);
}

TEST(test_ids_go_round_in_their_range)
{
	assert_int_equal(quota_next_id(0), QUOTA_ID_FIRST);
	assert_int_equal(quota_next_id(1000), QUOTA_ID_FIRST);
	assert_int_equal(quota_next_id(QUOTA_ID_FIRST), QUOTA_ID_FIRST + 1);
	assert_int_equal(quota_next_id(QUOTA_ID_LAST - 1), QUOTA_ID_LAST);
	assert_int_equal(quota_next_id(QUOTA_ID_LAST), QUOTA_ID_FIRST);
	assert_int_equal(quota_next_id(UINT64_MAX), QUOTA_ID_FIRST);
}

/* /dev/shm is a tmpfs, and such have no projects. */
TEST(test_a_file_system_without_is_told_with_the_remedy)
{
	NSI_AUTO_FD int dir = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct nsi_fail f = {""};
	struct quota_state q;

	if (dir < 0)
		skip();
	played = (struct played){.is_real = true};
	assert_true(quota_check(dir, &want, &f) < 0);
	assert_non_null(strstr(f.what, "tune2fs -O project,quota"));
	assert_int_equal(quota_check(dir, &none, &f), 0);
	assert_int_equal(quota_apply(dir, dir, &none, &f), 0);
	assert_int_equal(quota_read(dir, &q), -ENODATA);
}

TEST(test_each_instance_is_a_project_with_its_limits)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};
	struct quota_state q;

	assert_int_equal(quota_check(fx->state, &want, &f), 0);
	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), 0);
	assert_int_equal(quota_apply(fx->state, fx->shm, &want, &f), 0);
	assert_int_equal(played_attr(fx->tmp)->fsx_projid, QUOTA_ID_FIRST);
	assert_int_equal(played_attr(fx->shm)->fsx_projid, QUOTA_ID_FIRST + 1);
	assert_true(played_attr(fx->tmp)->fsx_xflags & FS_XFLAG_PROJINHERIT);
	assert_int_equal(quota_read(fx->tmp, &q), 0);
	assert_int_equal(q.limit.bytes, 5 * 1024);
	assert_int_equal(q.limit.files, 20);
	assert_int_equal(quota_apply(fx->state, fx->tmp, &none, &f), 0);
	assert_int_equal(quota_read(fx->tmp, &q), 0);
	assert_int_equal(q.limit.bytes, 0);
	assert_int_equal(played_attr(fx->tmp)->fsx_projid, QUOTA_ID_FIRST); /* it keeps it */
}

TEST(test_an_id_that_anything_uses_is_skipped)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};

	played_block(QUOTA_ID_FIRST)->dqb_curspace = 1;
	played_block(QUOTA_ID_FIRST + 1)->dqb_curinodes = 1;
	played_block(QUOTA_ID_FIRST + 2)->dqb_bhardlimit = 1;
	played_block(QUOTA_ID_FIRST + 3)->dqb_ihardlimit = 1;
	assert_int_equal(scratch_write(&fx->s, "projects", "no number at all, and a long one\n"),
			 0);
	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), 0);
	assert_int_equal(played_attr(fx->tmp)->fsx_projid, QUOTA_ID_FIRST + 4);
	played.has_no_records = true; /* as xfs says that there is nothing */
	assert_int_equal(quota_apply(fx->state, fx->shm, &want, &f), 0);
	assert_int_equal(played_attr(fx->shm)->fsx_projid, QUOTA_ID_FIRST + 5);
}

TEST(test_without_a_free_id_it_is_refused)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};

	played.is_full = true;
	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), -EBUSY);
	assert_non_null(strstr(f.what, "cannot find a free project id"));
	assert_int_equal(played_attr(fx->tmp)->fsx_projid, 0);
}

TEST(test_a_file_system_that_only_counts_is_refused)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};

	played.is_unenforced = true;
	assert_int_equal(quota_check(fx->state, &want, &f), -EOPNOTSUPP);
	assert_non_null(strstr(f.what, "mount with prjquota"));
}

TEST(test_a_statedir_that_is_a_project_itself_is_refused)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};

	*played_attr(fx->state) =
		(struct fsxattr){.fsx_projid = 7, .fsx_xflags = FS_XFLAG_PROJINHERIT};
	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), -EXDEV);
	assert_non_null(strstr(f.what, "is itself in project 7"));
}

TEST(test_the_end_of_instances_gives_their_limits_back)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};

	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), 0);
	assert_int_equal(quota_apply(fx->state, fx->shm, &want, &f), 0);
	played_block(7)->dqb_bhardlimit = 9;
	quota_release(fx->tmp);
	assert_int_equal(played_block(QUOTA_ID_FIRST)->dqb_bhardlimit, 0);
	assert_int_equal(played_block(QUOTA_ID_FIRST + 1)->dqb_bhardlimit, 5);
	quota_release_below(fx->state, "u1000");
	assert_int_equal(played_block(QUOTA_ID_FIRST + 1)->dqb_bhardlimit, 0);
	quota_release_below(fx->state, "u1001");
	played_attr(fx->tmp)->fsx_projid = 7; /* an administrator's */
	quota_release(fx->tmp);
	assert_int_equal(played_block(7)->dqb_bhardlimit, 9);
}

TEST(test_a_quota_that_is_off_is_no_reason_to_refuse_one_without)
{
	const struct fixture *fx = *state;
	struct nsi_fail f = {""};

	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), 0);
	played.calls = 0;
	played.fails_at = 2; /* of the limits */
	played.error = ESRCH;
	assert_int_equal(quota_apply(fx->state, fx->tmp, &none, &f), 0);
	played.calls = 0;
	assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), -ESRCH);
	assert_non_null(strstr(f.what, "cannot set the quota"));
}

/* Each call fails once, for an instance that is new (@is_new) or has a quota. */
static void fail_each(const struct fixture *fx, bool is_new)
{
	const struct quota more = {.bytes = 1 << 20};

	for (unsigned at = 1;; at++) {
		struct nsi_fail f = {""};
		uint32_t id, had;
		int r;

		played = (struct played){.error = EIO};
		if (!is_new)
			assert_int_equal(quota_apply(fx->state, fx->tmp, &want, &f), 0);
		had = played_attr(fx->tmp)->fsx_projid;
		played.calls = 0;
		played.fails_at = at;
		r = quota_apply(fx->state, fx->tmp, &more, &f);
		played.fails_at = 0;
		id = played_attr(fx->tmp)->fsx_projid;
		assert_true(r == 0 || f.what[0]);
		if (r == 0)
			assert_int_equal(played_block(id)->dqb_bhardlimit, 1024);
		if (!is_new)
			assert_int_equal(id, had); /* its content counts on */
		f = (struct nsi_fail){""};
		assert_int_equal(quota_apply(fx->state, fx->tmp, &more, &f), 0);
		assert_int_equal(played_block(played_attr(fx->tmp)->fsx_projid)->dqb_bhardlimit,
				 1024);
		if (r == 0 && played.calls < at)
			break;
	}
}

TEST(test_a_call_that_fails_is_no_login_without_a_quota)
{
	fail_each(*state, true);
	fail_each(*state, false);
}

#define PROJECT_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_part_of_a_block_is_a_block),
		cmocka_unit_test(test_ids_go_round_in_their_range),
		cmocka_unit_test(test_a_file_system_without_is_told_with_the_remedy),
		PROJECT_TEST(test_each_instance_is_a_project_with_its_limits),
		PROJECT_TEST(test_an_id_that_anything_uses_is_skipped),
		PROJECT_TEST(test_without_a_free_id_it_is_refused),
		PROJECT_TEST(test_a_file_system_that_only_counts_is_refused),
		PROJECT_TEST(test_a_statedir_that_is_a_project_itself_is_refused),
		PROJECT_TEST(test_the_end_of_instances_gives_their_limits_back),
		PROJECT_TEST(test_a_quota_that_is_off_is_no_reason_to_refuse_one_without),
		PROJECT_TEST(test_a_call_that_fails_is_no_login_without_a_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
