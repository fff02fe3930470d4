/* SPDX-License-Identifier: MIT */
/*
 * The state that an earlier version of the program leaves to the next.
 *
 * former RUNDIR ID: stands in for the anchor of the live set ID, as an earlier version would have
 * it: enters the set's namespaces, rewrites its record with itself as the anchor and a head that
 * ends where it once ended, keeps a sealed copy of that, and waits for SIGTERM.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/nstype.h"
#include "base/proc.h"
#include "state/record.h"

enum {
	HEAD_BEFORE = 10752,
	SLOTS = 64
};

static char all[HEAD_BEFORE + SLOTS * sizeof(struct session_record)];

static int die(const char *what)
{
	perror(what);
	return 1;
}

/* As the first version with such a head did it; not by the code that is to read it. */
static void seal(struct set_record *head)
{
	const size_t begin = offsetof(struct set_record, boot_id);
	const size_t dirs = offsetof(struct set_record, dirs);
	const size_t behind = offsetof(struct set_record, on_end);
	const char *bytes = (const char *)head;

	head->version = 1;
	head->size = HEAD_BEFORE;
	head->checksum = hash_bytes(HASH_START, bytes + begin,
				    dirs + head->dir_count * sizeof(head->dirs[0]) - begin);
	head->checksum = hash_bytes(head->checksum, bytes + behind, HEAD_BEFORE - behind);
}

static int keep_copy(const char *rundir)
{
	char name[200];
	int fd;

	(void)snprintf(name, sizeof(name), "nsisolate:%s", rundir);
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd >= 0 && write(fd, all, HEAD_BEFORE) == HEAD_BEFORE ? fcntl(fd, F_ADD_SEALS, 0xf)
								     : -1;
}

static int write_record(int sets, const char *id, size_t size)
{
	int fd = openat(sets, ".former", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	return fd >= 0 && write(fd, all, size) == (ssize_t)size
		       ? renameat(sets, ".former", sets, id)
		       : -1;
}

int main(int argc, char **argv)
{
	struct set_record head;
	char path[256], name[16];
	ssize_t slots;
	int sets, record, anchor;

	if (argc != 3)
		return 2;
	(void)snprintf(path, sizeof(path), "%s/sets", argv[1]);
	sets = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	record = record_open(sets, strtoull(argv[2], NULL, 10), &head);
	if (record < 0)
		return die("record");
	slots = pread(record, all + HEAD_BEFORE, sizeof(all) - HEAD_BEFORE, sizeof(head));
	anchor = (int)pidfd_open(head.anchor_pid, 0);
	if (slots < 0 || anchor < 0 || setns(anchor, ns_clone_flags(head.types)) < 0)
		return die("namespaces");
	head.anchor_pid = getpid();
	if (proc_start_time(getpid(), &head.anchor_start) < 0)
		return die("start time");
	(void)snprintf(name, sizeof(name), "nsi-set-%s", argv[2]);
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
	seal(&head);
	memcpy(all, &head, HEAD_BEFORE);
	if (keep_copy(argv[1]) < 0 || write_record(sets, argv[2], HEAD_BEFORE + (size_t)slots) < 0)
		return die("copy and record");
	for (;;)
		(void)pause();
}
