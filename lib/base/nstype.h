/* SPDX-License-Identifier: MIT */
/* The namespace types, one row each */
#ifndef NSI_NSTYPE_H
#define NSI_NSTYPE_H

#include <stdint.h>

/*
 * DOC: to add a type
 *
 * A type is a value of this enum and a row of ns_types[] in nstype.c, which has everything
 * that differs between types as text or as a bit: words and columns, the masks of what may be
 * cloned, delegated, missing and so on, the JSON, the messages of the policy's reader and the
 * columns of list and matrix come from it.  Code of its own is needed in the room that makes
 * such a namespace, and text in the manuals (tools/check-manual and the unit tests name what
 * is missing there); then come the tests.
 *
 * The order is that of the wire, of the records and of every table shown, so a new type goes to
 * the end.  struct ns_inodes is part of nsi_open, nsi_close and nsi_reply (wire/wire.h) and of
 * struct set_record (state/record.h): a new type changes the size of these, and needs another
 * NSI_WIRE_VERSION and RECORD_VERSION.
 */
enum nstype {
	NS_MNT,
	NS_IPC,
	NS_UTS,
	NS_NET,
	NS_PID,
	NS_CGROUP,
	NS_TIME,
	NS_USER,
	NS_TYPE_MAX,
};

/* The properties of a type of namespaces. */
enum ns_property {
	NS_CLONED = 1 << 0,    /* clone3(2) makes it with the anchor; others it makes itself */
	NS_DELEGATED = 1 << 1, /* with user = "delegate" it belongs to the user's namespace */
	NS_OPTIONAL = 1 << 2,  /* a policy may do without it: on_error = { ... } */
	NS_SPARE = 1 << 3,     /* a policy that has it may use the spare anchor */
	NS_HOOK = 1 << 4,      /* a hook can enter it: setns(2) changes it for the caller itself */
};

struct ns_kind_info {
	const char *word;   /* in a policy: "mount" */
	const char *brief;  /* in logs and tables, as lsns(8) has it: "mnt" */
	const char *proc;   /* the file below /proc/PID/ns that a child of PID would get */
	const char *sysctl; /* the limit below /proc/sys/user that unshare(2) runs into */
	int flag;           /* CLONE_NEW*, for clone3(2), unshare(2) and setns(2) */
	const char *column; /* of "list": where the brief word is the name of another one, longer */
	const char *head;   /* of "matrix" */
	unsigned properties; /* of enum ns_property */
};

extern const struct ns_kind_info ns_types[NS_TYPE_MAX];

/* Sets of types are masks of these bits, one for each type. */
static inline uint32_t ns_bit(enum nstype type)
{
	return UINT32_C(1) << type;
}

/* The types that have all of @properties. */
uint32_t ns_types_with(unsigned properties);

/* The CLONE_NEW* flags of a set of types. */
int ns_clone_flags(uint32_t types);

/* Writes "mnt,ipc,uts" into @buf, cut short if it must be; returns @buf. */
const char *ns_types_format(uint32_t types, char *buf, unsigned long size);

/* One namespace inode for each type; 0 where the kernel has no such type. */
struct ns_inodes {
	uint64_t ino[NS_TYPE_MAX];
};

/*
 * Reads the inodes of the namespaces below @dirfd, an O_PATH descriptor of a
 * /proc/PID/ns, which stays good after that procfs is no longer to be seen.
 * Returns 0, or -errno (-EACCES without CAP_SYS_PTRACE over the process).
 */
int ns_inodes_read(int dirfd, struct ns_inodes *ret);

/* The same for @types alone; the others are 0. */
int ns_inodes_read_some(int dirfd, uint32_t types, struct ns_inodes *ret);

/* The inode of one namespace, by its link below /proc/PID/ns.  Returns 0 or -errno. */
int ns_inode_read(int dirfd, const char *path, uint64_t *ret);

#endif /* NSI_NSTYPE_H */
