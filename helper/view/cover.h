/* SPDX-License-Identifier: MIT */
/* The list of what a policy puts over the host's tree in one set. */
#ifndef NSI_VIEW_COVER_H
#define NSI_VIEW_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

struct nsi_fail;

/*
 * DOC: covers
 *
 * A mount belongs to the directory entry on which it was made.  When somebody on the host
 * replaces a file by rename(2), removes it, or moves a directory away, the kernel drops the
 * mount in every other mount namespace (Linux 3.18), or moves it along; and a mount that the
 * host makes on a directory above comes into the set and lies over what is there.  So the
 * helper keeps a list of what each set is to have at which path, from which a later look
 * (view/visit.h) tells whether it is still so, and puts it back.
 *
 * The list is one block, the same in memory and in <rundir>/etc/<set>/view, where the next
 * helper finds it.  Its order is that of the build.
 */
enum cover_type {
	COVER_PRIVATE,  /* a private directory; row.dir is its index in the record */
	COVER_KEPT,     /* an entry of the host's in a private directory */
	COVER_FILE,     /* a file of /etc that the set has of its own, in <rundir>/etc/<set> */
	COVER_REMOVED,  /* mounts that are taken away */
	COVER_READONLY, /* a tree that cannot be written */
	COVER_BIND,     /* source, of the host's tree */
	COVER_HOME,     /* an overlay over the home directory */
	COVER_HIDDEN,   /* nothing */
	COVER_TYPE_MAX
};

/* How a private directory is made; in the order of enum pol_method. */
enum cover_method {
	COVER_TMPFS,
	COVER_DISK,
	COVER_OVERLAY,
	COVER_METHOD_MAX
};

enum cover_flag {
	COVER_RECURSIVE = 1u << 0, /* of COVER_BIND: with the mounts below its source */
	COVER_STRICT = 1u << 1,    /* of COVER_BIND: nobody but root may write its source */
	COVER_EXEC = 1u << 3,      /* of COVER_PRIVATE: also where the host forbids it */
	COVER_FOLLOWS = 1u << 2, /* of COVER_FILE: made anew from the host's when it is put back */
};

struct cover_row {
	uint32_t size; /* of the row with its texts, a multiple of 8 */
	uint8_t type;  /* enum cover_type */
	uint8_t method;
	uint16_t mode;    /* of a private directory's top */
	uint32_t attrs;   /* MOUNT_ATTR_* */
	uint32_t percent; /* size of a tmpfs in percent of the memory */
	uint64_t bytes;   /* likewise in bytes; 0: no limit of ours */
	uint64_t inodes;  /* 0: no limit of ours */
	uint32_t dir;     /* of COVER_PRIVATE */
	uint16_t flags;   /* of enum cover_flag */
	uint16_t source;  /* offset of the second text in text[] */
	char text[]; /* the path in the set, what stands for it, and users: terminated strings */
};

enum {
	COVERS_MAX = 1024, /* rows of one list */
	COVERS_SIZE_MAX = 1 << 20
};

struct cover_list {
	char *data; /* owned, from malloc(3); NULL for an empty list */
	size_t size;
};

/*
 * Appends a copy of @row (size, source and text are filled in) with @path and @source, and with
 * @users, for COVER_KEPT; NULL: none.  Returns 0, -ENOMEM, or -E2BIG when a list would be too long.
 */
int cover_list_add(struct cover_list *list, const struct cover_row *row, const char *path,
		   const char *source, const char *users);

/* The first row, or the one behind @row; NULL at the end. */
const struct cover_row *cover_list_next(const struct cover_list *list, const struct cover_row *row);

/* Whether every row and text of a list that was read from a file is in bounds.  Returns 0 or -EBADMSG. */
int cover_list_check(const struct cover_list *list);

/* Writes the list as file "view" below @dir.  Returns 0 or -errno. */
int cover_list_save(const struct cover_list *list, int dir);

/* Reads it from there.  Returns 0, -ENOENT if there is none, -EBADMSG, or -errno; @ret is the caller's. */
int cover_list_load(struct cover_list *ret, int dir);

void cover_list_done(struct cover_list *list);

static inline const char *cover_path(const struct cover_row *row)
{
	return row->text;
}

/* Whose sockets may be kept, beside root's: see view/cover.h. */
static inline const char *cover_users(const struct cover_row *row)
{
	return cover_path(row) + row->source + strlen(row->text + row->source) + 1;
}

static inline const char *cover_source(const struct cover_row *row)
{
	return row->text + row->source;
}

/*
 * Whether what @st says may be kept.  In a world-writable /tmp anybody could have been first to
 * make something of that name: so it must be a directory of root's, or a socket of root's or of a
 * user in @users, names with commas between them.  Those are asked of the system's accounts,
 * which may take its time.
 */
bool kept_is_trusted(const struct stat *st, const char *users);

/*
 * Opens @name below @instance to mount @mount on it; makes it, as a directory or an empty file, if
 * it is not there.  Returns an O_PATH descriptor; -ENOTDIR, -EISDIR or -ELOOP if something of
 * another kind has that name, or another -errno.
 */
int kept_make_place(int mount, int instance, const char *name, struct nsi_fail *f);

#endif /* NSI_VIEW_COVER_H */
