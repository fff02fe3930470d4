/* SPDX-License-Identifier: MIT */
#include "ns/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	HANDLE_TYPE = 241, /* FILEID_NSFS of linux/exportfs.h */
	HANDLE_ROOM = 128
};

/* struct nsfs_file_handle of linux/nsfs.h, which Debian 12 does not have. */
struct ns_handle {
	uint64_t id;
	uint32_t type; /* CLONE_NEW* */
	uint32_t ino;
};

union ns_file_handle {
	struct file_handle head;
	char room[sizeof(struct file_handle) + HANDLE_ROOM];
};

int ns_handle_read(int pid, enum nstype type, uint64_t *ret_id)
{
	union ns_file_handle file = {.head = {.handle_bytes = HANDLE_ROOM}};
	struct ns_handle handle;
	char path[64];
	int mount;

	text_fmt(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_types[type].proc);
	if (name_to_handle_at(AT_FDCWD, path, &file.head, &mount, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	if (file.head.handle_type != HANDLE_TYPE || file.head.handle_bytes != sizeof(handle))
		return -EOPNOTSUPP;
	memcpy(&handle, file.head.f_handle, sizeof(handle));
	*ret_id = handle.id;
	return 0;
}

int ns_handle_open(uint64_t id, enum nstype type, uint64_t ino)
{
	const struct ns_handle handle = {id, (uint32_t)ns_types[type].flag, (uint32_t)ino};
	NSI_AUTO_FD int nsfs = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	union ns_file_handle file = {
		.head = {.handle_bytes = sizeof(handle), .handle_type = HANDLE_TYPE}};
	int fd;

	if (nsfs < 0)
		return -errno;
	memcpy(file.head.f_handle, &handle, sizeof(handle));
	fd = open_by_handle_at(nsfs, &file.head, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
