/* SPDX-License-Identifier: MIT */
/* The protocol between the module and the helper */
#ifndef NSI_WIRE_H
#define NSI_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/nstype.h"

/*
 * DOC: the protocol
 *
 * One SOCK_SEQPACKET connection carries one call: a request and its reply, both
 * of fixed size, so that neither side allocates or parses.
 *
 *   module                          helper
 *   NSI_OPEN + own pidfd       -->
 *                              <--  NSI_NEED (groups and/or caller)   only if a rule asks
 *   NSI_ACCOUNT ... (last)     -->
 *                              <--  NSI_ENTER + anchor's pidfd  |  NSI_SKIP  |  NSI_REFUSED
 *   setns(pidfd, flags)
 *   NSI_ACK                    -->  the session counts from here
 *
 *   NSI_CLOSE                  -->
 *                              <--  NSI_ENTER + pidfd or namespaces of where it came from | NSI_SKIP
 *
 * Where setns(pidfd) is not permitted, as in a service without CAP_SYS_PTRACE, either goes on with
 *
 *   NSI_ACK (NSI_NOT_PERMITTED) -->
 *                              <--  NSI_ENTER + a namespace for each of its types, and each way back
 *
 * Both ends are of one machine and one build of the library, but not always of
 * one version: an upgrade replaces first the helper, then the module (packages
 * hold that order), and a process may have loaded the module long before.  The
 * header is therefore the same for ever, and a version that is not one's own is
 * refused with a sentence that says so.  A helper of a new version should also
 * understand the version before it; a module need not know an older helper.
 */
#define NSI_WIRE_MAGIC   0x4e534957u /* "NSIW" */
#define NSI_WIRE_VERSION 1u

enum {
	NSI_NAME_SIZE = 512, /* user names; useradd allows 32, NSS sources more */
	NSI_WORD_SIZE = 128, /* service, tty, policy */
	NSI_HOST_SIZE = 256, /* rhost: a DNS name has at most 253 characters */
	NSI_PATH_SIZE = 512,
	NSI_TEXT_SIZE = 384,
	NSI_GROUPS_CHUNK = 1024,
	NSI_GROUPS_MAX = 65536,              /* NGROUPS_MAX, limits.h(0p) on Linux */
	NSI_DIRECTORY_MAX = 2 * NS_TYPE_MAX, /* groups to be looked up one by one */
	NSI_FDS_MAX = 2 * NS_TYPE_MAX, /* one for each type of the way in, and of the way back */
};

enum nsi_type {
	NSI_OPEN = 1,
	NSI_ACCOUNT,
	NSI_ACK,
	NSI_CLOSE,
	NSI_RETIRE,  /* the command: end a set */
	NSI_COLLECT, /* the command: end what is dead, sweep what may go */
	NSI_PING,
	NSI_NEED = 64,
	NSI_ENTER,
	NSI_SKIP,
	NSI_REFUSED,
	NSI_DONE,
};

struct nsi_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type; /* enum nsi_type */
	uint32_t size; /* of the whole message */
	uint32_t pad;
};

enum nsi_open_flags {
	NSI_ISOLATE_ROOT = 1u << 0, /* the module was told to treat uid 0 as anybody */
};

/* Carries the pidfd of the process that is to be isolated. */
struct nsi_open {
	struct nsi_header h;
	uint32_t flags;
	uint32_t uid;
	uint32_t gid;
	uint32_t caller_uid;   /* the real uid: who runs su or sudo */
	struct ns_inodes from; /* 0 for a type that it did not look at */
	char user[NSI_NAME_SIZE];
	char service[NSI_WORD_SIZE];
	char tty[NSI_WORD_SIZE];
	char rhost[NSI_HOST_SIZE];
	char home[NSI_PATH_SIZE];
	char config[NSI_PATH_SIZE];
	char statedir[NSI_PATH_SIZE];
};

enum nsi_need {
	NSI_NEED_GROUPS = 1u << 0,
	NSI_NEED_CALLER = 1u << 1,
	NSI_NEED_CERTAINTY = 1u << 2, /* with one of those: whether all sources of groups answer */
};

enum nsi_last {
	NSI_LAST = 1u << 0,
	NSI_MAY_LACK =
		1u << 1, /* a source of groups did not answer: there may be more than these */
};

/* An answer to NSI_NEED, as many messages as the groups take; the last one says so. */
struct nsi_account {
	struct nsi_header h;
	uint32_t need; /* which one this is about: one bit of enum nsi_need */
	uint32_t last; /* enum nsi_last; 0: another message follows */
	uint32_t gid;  /* primary group */
	uint32_t count;
	char name[NSI_NAME_SIZE];
	uint32_t groups[NSI_GROUPS_CHUNK];
};

enum nsi_entered {
	NSI_STAYED, /* it could not, and is where it was */
	NSI_ENTERED,
	NSI_NOT_PERMITTED, /* it may not use a pidfd: asks for descriptors of the namespaces, once */
};

struct nsi_ack {
	struct nsi_header h;
	uint32_t entered; /* enum nsi_entered */
	uint32_t pad;
};

struct nsi_close {
	struct nsi_header h;
	uint64_t set;
	uint64_t session;
	struct ns_inodes now; /* where the caller is; 0 for a type that it did not look at */
};

struct nsi_retire {
	struct nsi_header h;
	uint64_t set;
	uint32_t force;
	uint32_t refresh; /* do not end it: let no login join it any more */
};

/* The cause of a refusal; the module turns it into a PAM code. */
enum nsi_cause {
	NSI_CAUSE_SYSTEM,
	NSI_CAUSE_POLICY, /* a decision: on_error = "allow" does not let it in */
	NSI_CAUSE_MEMORY,
	NSI_CAUSE_CONFIG,
	NSI_CAUSE_OFF, /* with NSI_SKIP: isolation is switched off, and the log is to warn of it */
	NSI_CAUSE_MAX,
};

/* Every answer of the helper. */
struct nsi_reply {
	struct nsi_header h;
	uint32_t need;            /* NSI_NEED: enum nsi_need */
	uint32_t cause;           /* NSI_REFUSED, or OFF with NSI_SKIP: enum nsi_cause */
	uint32_t types;           /* NSI_ENTER: what to enter; 0: nothing, it is there already */
	uint32_t joined;          /* the set was there before */
	uint32_t allow;           /* NSI_REFUSED: the policy says on_error = "allow" */
	uint32_t all_types;       /* of the set, for the log */
	uint32_t missing;         /* types that it was to have and the kernel refused */
	uint32_t directory_count; /* NSI_NEED_CERTAINTY */
	uint64_t set;
	uint64_t session;
	union {
		struct ns_inodes to; /* NSI_ENTER: what it must see afterwards, for each of types */
		uint32_t directory[NSI_DIRECTORY_MAX]; /* NSI_NEED_CERTAINTY: groups that exist */
	};
	char policy[NSI_WORD_SIZE];
	char rule[NSI_PATH_SIZE]; /* file:line */
	char text
		[NSI_TEXT_SIZE]; /* NSI_REFUSED, NSI_SKIP: one sentence; NSI_ENTER: why the set is new, or "" */
};

/* Room for any message. */
union nsi_message {
	struct nsi_header h;
	struct nsi_open open;
	struct nsi_account account;
	struct nsi_ack ack;
	struct nsi_close close;
	struct nsi_retire retire;
	struct nsi_reply reply;
};

/* Fills in a header; the rest of the message is the caller's. */
struct nsi_header wire_header(enum nsi_type type);

/* Size of a message of @type, or 0 for a type that there is not. */
size_t wire_size(enum nsi_type type);

/*
 * Sends a message whose header is wire_header()'s, with @count descriptors.
 * Never raises SIGPIPE and never blocks.
 * Returns 0, -EAGAIN, -EPIPE when the other side is gone, or -errno.
 */
int wire_send(int sock, const struct nsi_header *m, const int *fds, unsigned count);

/*
 * Receives one message and at most NSI_FDS_MAX descriptors (close-on-exec, owned
 * by the caller, -EBADF where there is none).  Checks its header, that its size is
 * that of its type, and that every text field is terminated.
 * Returns 1, 0 at the end of the connection, -EAGAIN, -EPROTO for a message of
 * another version, -EBADMSG for one that is none, or -errno.
 */
int wire_receive(int sock, union nsi_message *m, int fds[NSI_FDS_MAX], unsigned *ret_count);

/* The address <rundir>/helper.sock; -ENAMETOOLONG if it does not fit a sockaddr_un. */
struct sockaddr_un;
int wire_address(const char *rundir, struct sockaddr_un *ret);

#endif /* NSI_WIRE_H */
