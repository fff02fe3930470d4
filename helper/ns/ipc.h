/* SPDX-License-Identifier: MIT */
/* The System V objects left in an IPC namespace */
#ifndef NSI_NS_IPC_H
#define NSI_NS_IPC_H

struct ns_ipc_count {
	unsigned queues;     /* System V message queues */
	unsigned semaphores; /* sets of them */
	unsigned segments;   /* of shared memory */
};

/* Counts what is in the IPC namespace of this process.  Returns 0 or -errno. */
int ns_count_ipc(struct ns_ipc_count *ret);

#endif /* NSI_NS_IPC_H */
