/* SPDX-License-Identifier: MIT */
#include "sets/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "base/text.h"
#include "instance/instance.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/mount_list.h"
#include "sets/set.h"

/* Reads the path of the open directory @fd, and the number of the mount that it is seen through. */
static int disk_read_path(int fd, char path[PATH_MAX], char id[24])
{
	char link[40];
	struct statx stx;
	ssize_t n;

	text_fmt(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
		return -errno;
	text_fmt(id, 24, "%" PRIu64, (uint64_t)stx.stx_mnt_id);
	return 0;
}

/* Fills in @ret from the line of the mount that @path is seen through. */
static int disk_note_mount(const struct mountinfo *m, const char *path, struct disk_place *ret)
{
	const char *root = strcmp(m->root, "/") == 0 ? "" : m->root;
	const size_t point = strcmp(m->point, "/") == 0 ? 0 : strlen(m->point);
	unsigned ids[2];
	int n;

	if (strncmp(path, m->point, point) != 0 ||
	    sscanf(m->device, "%u:%u", &ids[0], &ids[1]) != 2)
		return -ENOENT;
	n = snprintf(ret->path, sizeof(ret->path), "%s%s", root, path + point);
	if (n < 0 || (size_t)n >= sizeof(ret->path))
		return -ENAMETOOLONG;
	ret->len = (size_t)n;
	ret->dev = makedev(ids[0], ids[1]);
	return 0;
}

int disk_find_place(const char *statedir, struct disk_place *ret)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	char path[PATH_MAX], id[24];
	NSI_AUTO_FD int fd = -EBADF;
	struct nsi_fail f = {""};
	struct mountinfo line;
	int r;

	*ret = (struct disk_place){0};
	fd = path_open_trusted(statedir, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, &f);
	if (fd < 0)
		return fd;
	r = disk_read_path(fd, path, id);
	if (r < 0)
		return r;
	r = mountinfo_open(&table, 0);
	if (r < 0)
		return r;
	while ((r = mountinfo_next(&table, &line)) > 0)
		if (strcmp(line.id, id) == 0)
			return disk_note_mount(&line, path, ret);
	return r < 0 ? r : -ENOENT;
}

bool disk_is_below(const struct disk_place *p, const char *name, const struct mounts_one *m)
{
	const size_t len = strlen(name);
	const char *at;

	if (!p->dev || p->dev != m->dev || strncmp(m->root, p->path, p->len) != 0 ||
	    m->root[p->len] != '/')
		return false;
	at = m->root + p->len + 1;
	return strncmp(at, name, len) == 0 && (at[len] == '/' || at[len] == '\0');
}

bool disk_ends_with(const struct set *set)
{
	for (uint32_t i = 0; i < set->rec.dir_count; i++)
		if (set->rec.dirs[i].method == POL_METHOD_DISK &&
		    set->rec.dirs[i].retain == POL_RETAIN_SESSION)
			return true;
	return false;
}

void disk_name(const struct set *set, char buf[64])
{
	const struct instance_key key = {
		.kind = 's',
		.number = set->rec.id,
		.boot_id = set->sets->host.boot_id,
	};

	buf[0] = '\0';
	if (disk_ends_with(set))
		instance_parent_name(&key, buf);
}
