/* SPDX-License-Identifier: MIT */
#include "instance/quota.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

enum {
	ID_TRIES = 10000
};

static void quota_cap_freep(cap_t *c)
{
	if (*c)
		(void)cap_free(*c);
}

/* quotactl_fd(2), Linux 5.14, with CAP_SYS_ADMIN if it is permitted.  Returns 0 or -errno. */
static int quota_control(int fd, unsigned cmd, uint32_t id, void *arg)
{
	static const cap_value_t admin[] = {CAP_SYS_ADMIN};
	NSI_CLEANUP(quota_cap_freep) cap_t before = cap_get_proc();
	NSI_CLEANUP(quota_cap_freep) cap_t with = before ? cap_dup(before) : NULL;
	int r;

	if (!with)
		return -ENOMEM;
	if (cap_set_flag(with, CAP_EFFECTIVE, 1, admin, CAP_SET) == 0)
		(void)cap_set_proc(with); /* if it may not, the call says so */
	r = syscall(SYS_quotactl_fd, fd, QCMD(cmd, PRJQUOTA), id, arg) < 0 ? -errno : 0;
	return fail_first(r, cap_set_proc(before) < 0 ? -errno : 0);
}

int quota_is_enforced(int dir)
{
	const uint16_t both = FS_QUOTA_PDQ_ACCT | FS_QUOTA_PDQ_ENFD;
	struct fs_quota_statv st = {.qs_version = FS_QSTATV_VERSION1};
	int r = quota_control(dir, Q_XGETQSTATV, 0, &st);

	if (r < 0)
		return r;
	return (st.qs_flags & both) == both ? 0 : -EOPNOTSUPP;
}

static bool quota_is_ours(const struct fsxattr *attr)
{
	return attr->fsx_projid >= QUOTA_ID_FIRST && attr->fsx_projid <= QUOTA_ID_LAST;
}

/* Of a file system without projects: in none. */
static bool quota_read_project(int dir, struct fsxattr *ret)
{
	*ret = (struct fsxattr){0};
	return ioctl(dir, FS_IOC_FSGETXATTR, ret) == 0;
}

static int quota_set_limits(int dir, uint32_t id, const struct quota *want)
{
	struct if_dqblk block = {
		.dqb_bhardlimit = quota_blocks(want->bytes),
		.dqb_ihardlimit = want->files,
		.dqb_valid = QIF_LIMITS,
	};

	return quota_control(dir, Q_SETQUOTA, id, &block);
}

/* Whether the file system knows of nothing in project @id.  Returns 1, 0 or -errno. */
static int quota_is_free(int dir, uint32_t id)
{
	struct if_dqblk block = {0};
	int r = quota_control(dir, Q_GETQUOTA, id, &block);

	if (r == -ENOENT || r == -ESRCH) /* xfs: there is no record */
		return 1;
	if (r < 0)
		return r;
	return block.dqb_curspace == 0 && block.dqb_curinodes == 0 && block.dqb_bhardlimit == 0 &&
	       block.dqb_ihardlimit == 0;
}

/* Under the lock of the file, so that no two are given the same. */
static int quota_find_free_id(int file, int dir, uint32_t *ret)
{
	uint64_t last = 0;
	char text[32];
	ssize_t n;

	if (flock(file, LOCK_EX) < 0)
		return -errno;
	n = fd_read_all(file, text, sizeof(text) - 1);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text_u64(text, UINT32_MAX, &last) < 0)
		last = 0; /* a new file, or a spoilt one: looked for from the start */
	for (int i = 0; i < ID_TRIES; i++) {
		int r, len;

		last = quota_next_id(last);
		r = quota_is_free(dir, (uint32_t)last);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		len = snprintf(text, sizeof(text), "%" PRIu64 "\n", last);
		if (pwrite(file, text, (size_t)len, 0) != len || fsync(file) < 0)
			return errno ? -errno : -EIO;
		*ret = (uint32_t)last;
		return 0;
	}
	return -EBUSY;
}

static int quota_give_id(int state_fd, int dir, struct fsxattr *attr, struct nsi_fail *f)
{
	NSI_AUTO_FD int file =
		openat(state_fd, "projects", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct fsxattr above;
	uint32_t id = 0;
	int r = file < 0 ? -errno : quota_find_free_id(file, dir, &id);

	if (r < 0)
		return fail_errno(f, r, "cannot find a free project id for a quota");
	if (quota_read_project(state_fd, &above) && (above.fsx_xflags & FS_XFLAG_PROJINHERIT))
		return fail_set(f, EXDEV,
				"the statedir is itself in project %u, which its content inherits: "
				"directories with a quota could not be moved in it (chattr -P)",
				above.fsx_projid);
	attr->fsx_projid = id;
	attr->fsx_xflags |= FS_XFLAG_PROJINHERIT;
	if (ioctl(dir, FS_IOC_FSSETXATTR, attr) < 0)
		return fail_errno(f, errno, "cannot make an instance a project, for its quota");
	return 0;
}

int quota_check(int state_fd, const struct quota *want, struct nsi_fail *f)
{
	struct fsxattr attr;
	int r;

	if (!want->bytes && !want->files)
		return 0;
	r = quota_read_project(state_fd, &attr) ? quota_is_enforced(state_fd) : -EOPNOTSUPP;
	if (r < 0)
		return fail_set(f, r,
				"the file system of the statedir holds nobody to a project quota "
				"(%s): for ext4, \"tune2fs -O project,quota\" and mount with "
				"prjquota; for xfs, mount with prjquota; or leave out 'quota' and "
				"'files'",
				strerrordesc_np(-r));
	return 0;
}

int quota_apply(int state_fd, int dir, const struct quota *want, struct nsi_fail *f)
{
	const bool is_wanted = want->bytes || want->files;
	struct fsxattr attr;
	bool has = quota_read_project(dir, &attr);
	int r;

	if (!is_wanted && (!has || !quota_is_ours(&attr)))
		return 0;
	if (!has) /* else one that is a project already would become another, with its content in the old one */
		return fail_errno(f, errno, "cannot read the project of an instance");
	r = quota_is_ours(&attr) && (attr.fsx_xflags & FS_XFLAG_PROJINHERIT)
		    ? 0
		    : quota_give_id(state_fd, dir, &attr, f);
	if (r < 0)
		return r;
	r = quota_set_limits(dir, attr.fsx_projid, want);
	if (r == -ESRCH && !is_wanted) /* quotas are off: nothing holds it either */
		return 0;
	return r < 0 ? fail_errno(f, r, "cannot set the quota of an instance") : 0;
}

void quota_release(int dir)
{
	const struct quota none = {0};
	struct fsxattr attr;

	/* If it cannot be set, there is a record too many, of an id that is not given again. */
	if (quota_read_project(dir, &attr) && quota_is_ours(&attr))
		(void)quota_set_limits(dir, attr.fsx_projid, &none);
}

void quota_release_below(int state_fd, const char *name)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, name);
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)) != NULL) {
		NSI_AUTO_FD int one = -EBADF;

		if (e->d_name[0] == '.')
			continue;
		one = path_open(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
				PATH_XDEV_NO);
		if (one >= 0)
			quota_release(one);
	}
}

int quota_read(int dir, struct quota_state *ret)
{
	struct if_dqblk block = {0};
	struct fsxattr attr;
	int r;

	if (!quota_read_project(dir, &attr) || !quota_is_ours(&attr))
		return -ENODATA;
	r = quota_control(dir, Q_GETQUOTA, attr.fsx_projid, &block);
	if (r < 0)
		return r;
	*ret = (struct quota_state){
		.limit = {.bytes = block.dqb_bhardlimit * 1024, .files = block.dqb_ihardlimit},
		.used = {.bytes = block.dqb_curspace, .files = block.dqb_curinodes},
	};
	return 0;
}
