/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/idmap.h"
#include "base/path.h"
#include "base/text.h"
#include "ns/ns.h"

enum {
	LINE_SIZE = 1024
};

/* "alice:100000:65536" or "2001:100000:65536" (subuid(5)).  Returns 1 for one of theirs, 0, -errno. */
static int subid_read_line(char *line, const char *user, uid_t uid, struct idmap_range *ret)
{
	char *rest = NULL, *name = strtok_r(line, ":", &rest);
	const char *first = strtok_r(NULL, ":", &rest), *count = strtok_r(NULL, "\n", &rest);
	uint64_t number, start;

	if (!name || !first || !count)
		return 0; /* a comment, an empty line */
	if (strcmp(name, user) != 0 && (text_u64(name, UINT32_MAX, &number) < 0 || number != uid))
		return 0;
	if (text_u64(first, UINT32_MAX, &start) < 0 || text_u64(count, UINT32_MAX, &number) < 0)
		return -EBADMSG;
	*ret = (struct idmap_range){(uint32_t)start, (uint32_t)start, (uint32_t)number};
	return 1;
}

int ns_add_subids(const char *path, const char *user, uid_t uid, struct idmap *map,
		  struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = path_open_trusted(path, O_RDONLY, PATH_ROOT_OWNED, f);
	NSI_AUTO_FILE FILE *file = NULL;
	char line[LINE_SIZE];
	bool found = false;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "re");
	if (!file)
		return fail_errno(f, errno, "cannot read %.64s", path);
	(void)nsi_take_fd(&fd); /* the stream's now */
	while (fgets(line, sizeof(line), file)) {
		struct idmap_range range;
		int r = subid_read_line(line, user, uid, &range);

		if (r > 0)
			r = idmap_add(map, &range);
		else if (r == 0)
			continue;
		if (r < 0)
			return fail_errno(f, r, "%.64s has an invalid range for %.64s", path, user);
		found = true;
	}
	if (ferror(file))
		return fail_errno(f, EIO, "cannot read %.64s", path);
	return found ? 0
		     : fail_set(f, ENOENT, "the map has ids of %.64s, where %.64s has none", path,
				user);
}
