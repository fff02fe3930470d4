/* SPDX-License-Identifier: MIT */
/* The system calls that the program may make */
#ifndef NSI_ANCHOR_ALLOW_H
#define NSI_ANCHOR_ALLOW_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "anchor/kernel.h"

/*
 * DOC: the filter
 *
 * As helper/confine has it for the other processes, but as a constant: the program is too small for a
 * library.  A call that is not listed ends the anchor, which the helper replaces.  There is none for a
 * machine that is not named here.
 */
#if defined(__x86_64__)
#define ALLOW_MACHINE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ALLOW_MACHINE AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ALLOW_MACHINE AUDIT_ARCH_AARCH64
#elif defined(__arm__) && defined(__ARMEL__)
#define ALLOW_MACHINE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ALLOW_MACHINE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ALLOW_MACHINE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ALLOW_MACHINE AUDIT_ARCH_S390X
#endif

#define ALLOW_LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW_RETURN(action) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define ALLOW_CALL(call)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), ALLOW_RETURN(ALLOW)

/* Waiting, reaping and the end. */
#define ALLOW_WAIT                                                                       \
	ALLOW_LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ALLOW_MACHINE, 1, 0),      \
		ALLOW_RETURN(KILL_PROCESS), ALLOW_LOAD(nr), ALLOW_CALL(rt_sigtimedwait), \
		ALLOW_CALL(wait4), ALLOW_CALL(restart_syscall), ALLOW_CALL(exit_group)

/* And a report of the IPC objects that are left. */
#define ALLOW_REPORT                                                                  \
	ALLOW_CALL(openat), ALLOW_CALL(read), ALLOW_CALL(getpid), ALLOW_CALL(socket), \
		ALLOW_CALL(connect), ALLOW_CALL(write)

/* Confines this process for good.  Returns 0 or -errno. */
static inline long anchor_confine(int reports)
{
#if !defined(ALLOW_MACHINE) || defined(NSI_UNCONFINED)
	(void)reports;
	return 0;
#else
	static const struct sock_filter waits[] = {ALLOW_WAIT, ALLOW_RETURN(KILL_PROCESS)};
	static const struct sock_filter both[] = {ALLOW_WAIT, ALLOW_REPORT,
						  ALLOW_RETURN(KILL_PROCESS)};
	struct sock_fprog program; /* assigned: a constant would have to be relocated */

	program.filter = (struct sock_filter *)(unsigned long)(reports ? both : waits);
	program.len = (unsigned short)(reports ? sizeof(both) / sizeof(both[0])
					       : sizeof(waits) / sizeof(waits[0]));
	return kernel_call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (long)&program, 0);
#endif
}

#endif /* NSI_ANCHOR_ALLOW_H */
