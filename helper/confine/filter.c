/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "confine/calls.h"
#include "log/log.h"

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2) /* Linux 4.17 */
#endif

enum {
	FILTER_NAME = 32,
	FILTER_BINARY_TREE = 2 /* of SCMP_FLTATR_CTL_OPTIMIZE */
};

/* The finished programs; one of length 0 is not compiled yet. */
static struct sock_fprog programs[CONFINE_PROCESSES];

static bool filter_is_used; /* by confine_start() */

static void filter_releasep(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

int filter_number(const char *call)
{
	char name[FILTER_NAME];
	int number;

	text_fmt(name, sizeof(name), "%.*s", (int)strcspn(call, ":"), call);
	number = seccomp_syscall_resolve_name(name);
	return number == __NR_SCMP_ERROR ? confine_number_of_new(name) : number;
}

/*
 * Calls of sockets are arguments of socketcall(2) on i386, where the C library makes that one.  libseccomp
 * has negative numbers for them, and allows both forms (seccomp_rule_add(3)).
 */
static bool filter_is_socketcall(int number)
{
#ifdef SYS_socketcall
	return number <= __PNR_socket && number >= __PNR_sendmmsg;
#else
	(void)number;
	return false;
#endif
}

/* Returns 0, also for a call that this machine does not have, or -errno. */
static int filter_add_call(scmp_filter_ctx ctx, uint32_t action, const char *call)
{
	const struct confine_limit *l = confine_limit_of(call);
	int number = filter_number(call);

	if (number < 0 && !filter_is_socketcall(number)) /* another machine's, or unknown here */
		return 0;
	if (!l)
		return seccomp_rule_add(ctx, action, number, 0);
	if (l->is_other)
		return seccomp_rule_add(ctx, action, number, 1,
					SCMP_CMP(l->argument, SCMP_CMP_NE, l->value));
	return seccomp_rule_add(ctx, action, number, 1,
				SCMP_CMP(l->argument, SCMP_CMP_MASKED_EQ, l->mask, l->value));
}

static int filter_add(scmp_filter_ctx ctx, uint32_t action, const char *const *calls)
{
	for (; *calls; calls++) {
		const char *const *group = **calls == '@' ? confine_group(*calls) : NULL;
		int r = group ? filter_add(ctx, action, group)
			      : filter_add_call(ctx, action, *calls);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Programs of the helper's may be built for the machine's other architecture. */
static int filter_add_architectures(scmp_filter_ctx ctx)
{
	int r = 0;

#if defined(__x86_64__) && defined(__LP64__)
	r = seccomp_arch_add(ctx, SCMP_ARCH_X86);
#elif defined(__aarch64__)
	r = seccomp_arch_add(ctx, SCMP_ARCH_ARM);
#elif defined(__i386__)
	r = seccomp_arch_add(ctx, SCMP_ARCH_X86_64);
#endif
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	return r;
}

/* Through a file in memory: before libseccomp 2.6 there is no other way. */
static int filter_export(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
	NSI_AUTO_FD int fd = memfd_create("nsisolate", MFD_CLOEXEC);
	NSI_AUTO_FREE char *code = NULL;
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	code = malloc((size_t)st.st_size);
	if (!code || fd_read_all(fd, code, (size_t)st.st_size) != (ssize_t)st.st_size)
		return code ? -EIO : -ENOMEM;
	ret->len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
	ret->filter = (void *)nsi_take_ptr(&code);
	return 0;
}

static int filter_compile(const struct confine_list *list, struct sock_fprog *ret)
{
	const uint32_t others[] = {
		[CONFINE_ALLOW] = SCMP_ACT_ALLOW,
		[CONFINE_TRAP] = SCMP_ACT_TRAP,
		[CONFINE_KILL] = SCMP_ACT_KILL_PROCESS,
	};
	const bool is_refusing = list->others == CONFINE_ALLOW;
	NSI_CLEANUP(filter_releasep) scmp_filter_ctx ctx = seccomp_init(others[list->others]);
	int r;

	if (!ctx)
		return -ENOMEM;
	r = is_refusing ? filter_add_architectures(ctx) : 0;
	if (r < 0)
		return r;
	r = filter_add(ctx, is_refusing ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW, list->calls);
	if (r < 0)
		return r;
	/* A library of before 2.5 has no tree; a list is as good, and a little slower. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, FILTER_BINARY_TREE);
	return filter_export(ctx, ret);
}

/*
 * SPEC_ALLOW: our processes run no code of others, so that the kernel need not slow them down by
 * what it does against speculation (which Linux 5.15 and earlier do for each filter).
 */
static int filter_install(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		       program) < 0
		       ? -errno
		       : 0;
}

/* A sanitizer makes calls of its own, and none of them is in a list. */
static bool filter_is_available(void)
{
#ifdef NSI_UNCONFINED
	return false;
#else
	const uint32_t action = SECCOMP_RET_TRAP;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#endif
}

static int filter_prepare(enum confine_process process)
{
	return programs[process].len > 0
		       ? 0
		       : filter_compile(&confine_lists[process], &programs[process]);
}

void confine_prepare(void)
{
	for (int i = 0; i < CONFINE_PROCESSES && filter_is_used; i++)
		(void)filter_prepare(i); /* the child tries again, and reports */
}

int confine_start(struct nsi_fail *f)
{
	int r;

	if (!filter_is_available()) {
		log_line(LOG_WARNING, "there are no filters of system calls (seccomp(2)) in this "
				      "kernel or this build: the "
				      "processes of the helper may make any");
		return 0;
	}
	r = filter_prepare(CONFINE_HELPER);
	if (r < 0)
		return fail_errno(f, r, "cannot make the filter of system calls");
	r = filter_install(&programs[CONFINE_HELPER]);
	if (r < 0)
		return fail_errno(f, r, "cannot restrict system calls");
	filter_is_used = true;
	return 0;
}

int confine_become(enum confine_process process, struct nsi_fail *f)
{
	const struct confine_list *list = &confine_lists[process];
	int r;

	if (list->name)
		(void)prctl(PR_SET_NAME, list->name, 0, 0, 0); /* cannot fail */
	if (!filter_is_used)
		return 0;
	r = filter_prepare(process);
	if (r < 0)
		return fail_errno(f, r, "cannot restrict system calls: no filter");
	r = list->others == CONFINE_TRAP ? refuse_watch(list->name) : 0;
	if (r < 0)
		return fail_errno(f, r, "cannot restrict system calls: no handler of SIGSYS");
	r = filter_install(&programs[process]);
	return r < 0 ? fail_errno(f, r, "cannot restrict system calls") : 0;
}
