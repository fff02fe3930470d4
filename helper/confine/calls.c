/* SPDX-License-Identifier: MIT */
/*
 * Which process may make which system calls.  "@NAME" stands for a group; names that a machine does
 * not have are ignored.  docs/adding-a-system-call.md says how to change a list.
 */
#include "confine/calls.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* clang-format off */

/* Memory, time, descriptors that are open, waiting and the end. */
static const char *const group_base[] = {
	"brk", "mmap:data", "mmap2:data", "mprotect:data", "munmap", "mremap", "madvise",
	"read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "_llseek", "close",
	"fcntl", "fcntl64", "fstat", "fstat64", "poll", "ppoll", "ppoll_time64",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time", "clock_nanosleep",
	"clock_nanosleep_time64", "nanosleep", "getrandom",
	"getpid", "gettid", "getppid", "getuid", "getuid32", "geteuid", "geteuid32",
	"getgid", "getgid32", "getegid", "getegid32",
	"futex", "futex_time64", "sched_yield", "set_robust_list", "rseq",
	"rt_sigaction:others", "sigaction:others", "rt_sigprocmask", "sigprocmask",
	"rt_sigreturn", "sigreturn", "sigaltstack",
	"restart_syscall", /* a call with a timeout that SIGSTOP and SIGCONT have interrupted */
	"sysinfo",         /* qsort(3), before glibc 2.37 */
	"tgkill",          /* abort(3) */
	"exit", "exit_group",
	NULL
};

/* A line of the log. */
static const char *const group_log[] = {
	"socket:unix", "connect", "send", "sendto", "sendmsg",
	NULL
};

/* Paths, for reading. */
static const char *const group_read[] = {
	"open", "openat", "openat2", "getdents", "getdents64",
	"stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx",
	"access", "faccessat", "faccessat2", "readlink", "readlinkat", "statfs", "statfs64",
	"fstatfs", "fstatfs64",
	NULL
};

/* Files and directories, for writing. */
static const char *const group_write[] = {
	"mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
	"ftruncate", "ftruncate64", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32",
	"fchownat", "fsync", "fdatasync", "umask",
	NULL
};

/* A client of a directory service: name services are libraries of others, in this process. */
static const char *const group_names[] = {
	"mmap", "mmap2", "mprotect", /* code of a library */
	"socket", "socketpair", "connect", "bind", "getsockname", "getpeername", "getsockopt",
	"setsockopt", "send", "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom", "recvmsg",
	"recvmmsg", "recvmmsg_time64", "shutdown", "select", "_newselect", "pselect6",
	"pselect6_time64", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
	"epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "pipe", "pipe2", "dup", "dup2",
	"dup3", "timerfd_create", "timerfd_settime",
	"ioctl",                      /* FIONREAD of the DNS client */
	"clone", "clone3", "set_tid_address", "sched_getaffinity", "membarrier", /* threads */
	"uname", "getrlimit", "ugetrlimit", "prlimit64", "umask", "times", "getrusage",
	"getresuid", "getresuid32", "getresgid", "getresgid32", "getgroups", "getgroups32",
	"flock", "fadvise64", "fadvise64_64", "getcwd", "prctl", "kill", "arch_prctl",
	"memfd_create", "signalfd4", "waitid", "inotify_init1", "inotify_add_watch", "capget",
	"name_to_handle_at", "clock_getres", "sched_getscheduler", /* nss-systemd(8) */
	NULL
};

/* Mounts, and the namespaces that they are in. */
static const char *const group_mounts[] = {
	"open_tree", "move_mount", "mount_setattr", "mount", "umount2", "fsopen", "fsconfig",
	"fsmount", "setns", "unshare", "fchdir", "chdir",
	NULL
};

static const struct confine_group_row {
	const char *name;
	const char *const *calls;
} groups[] = {
	{"@base", group_base},   {"@log", group_log},       {"@read", group_read},
	{"@write", group_write}, {"@names", group_names},   {"@mounts", group_mounts},
};

static const char *const helper_refused[] = {
	"init_module", "finit_module", "delete_module", "create_module", "query_module",
	"kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
	"iopl", "ioperm", "pciconfig_read", "pciconfig_write", "pciconfig_iobase",
	"settimeofday", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
	"clock_adjtime64", "stime",
	"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "perf_event_open",
	"bpf", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
	"acct", "nfsservctl", "vhangup", "lookup_dcookie", "uselib", "_sysctl", "afs_syscall",
	NULL
};

static const char *const loader_calls[] = {
	"@base", "@log", "@read",
	"recvfrom", "recv", "recvmsg", /* answers of the resolver */
	NULL
};

static const char *const keeper_calls[] = {
	"@base", "@log", "@read", "@write", "recvfrom", "recv", "recvmsg",
	"flock", /* one copy at a time */
	NULL
};

static const char *const resolver_calls[] = {"@base", "@log", "@read", "@names", NULL};

static const char *const scanner_calls[] = {
	"@base", "@log", "@read",
	"kill", "pidfd_open", "pidfd_send_signal",
	"setns", "clone3", "waitid", /* PID namespaces: the child that signals is inside */
	"name_to_handle_at", "open_by_handle_at", /* namespaces, by their handles */
	"listmount", "statmount",
	"kcmp", /* whether threads share their descriptors */
	"ioctl", /* the owner and the number of a namespace (ioctl_nsfs(2)) */
	"inotify_init1", "inotify_add_watch",
	NULL
};

static const char *const sweeper_calls[] = {
	"@base", "@log", "@read", "@write",
	"flock",              /* locks of instances */
	"capget", "capset",   /* CAP_SYS_ADMIN, for the next */
	"quotactl_fd", "quotactl",
	"ioctl",              /* the project of a directory (FS_IOC_FSGETXATTR) */
	"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", /* the trash alone */
	NULL
};

static const char *const importer_calls[] = {
	"@base", "@log", "@read", "@write", "@mounts",
	"linkat", "symlinkat", "utimensat", "utimensat_time64",
	"uname", /* gethostname(3): a path of the policy may have it */
	NULL
};

static const char *const visitor_calls[] = {
	"@base", "@log", "@read", "@write", "@mounts",
	"uname", "symlinkat", "mknodat", /* an empty file, to mount another one on */
	"inotify_add_watch", "listmount", "statmount", "pidfd_send_signal",
	NULL
};

/* Of an anchor that is in a user namespace, or finds no program to execute. */
static const char *const anchor_calls[] = {
	"@base", "@log", "@read",
	"rt_sigtimedwait", "rt_sigtimedwait_time64", "wait4", "waitpid",
	NULL
};

/* libnftables, which was loaded before. */
static const char *const rules_calls[] = {
	"@base", "@log", "@read",
	"socket:netlink", "bind", "getsockname", "getsockopt", "setsockopt", "recv", "recvfrom",
	"recvmsg", "select", "_newselect", "pselect6", "pselect6_time64", "uname",
	NULL
};

static const char *const launcher_calls[] = {"@base", "@log", "waitid", "kill", NULL};

const struct confine_list confine_lists[CONFINE_PROCESSES] = {
	[CONFINE_HELPER] = {NULL, CONFINE_ALLOW, helper_refused},
	[CONFINE_LOADER] = {"nsi-loader", CONFINE_TRAP, loader_calls},
	[CONFINE_KEEPER] = {"nsi-keeper", CONFINE_TRAP, keeper_calls},
	[CONFINE_RESOLVER] = {"nsi-resolver", CONFINE_TRAP, resolver_calls},
	[CONFINE_SCANNER] = {"nsi-scanner", CONFINE_TRAP, scanner_calls},
	[CONFINE_SWEEPER] = {"nsi-sweeper", CONFINE_TRAP, sweeper_calls},
	[CONFINE_IMPORTER] = {"nsi-importer", CONFINE_TRAP, importer_calls},
	[CONFINE_VISITOR] = {"nsi-visitor", CONFINE_TRAP, visitor_calls},
	[CONFINE_ANCHOR] = {NULL, CONFINE_KILL, anchor_calls},
	[CONFINE_RULES] = {"nsi-nft", CONFINE_TRAP, rules_calls},
	[CONFINE_LAUNCHER] = {"nsi-launcher", CONFINE_TRAP, launcher_calls},
};

/* Calls that help an intruder, and no process that has a list. */
const char *const confine_never[] = {
	"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
	"pidfd_getfd", "process_madvise", "kcmp", "bpf", "perf_event_open", "userfaultfd",
	"io_uring_setup", "io_uring_enter", "io_uring_register",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
	"swapon", "swapoff", "iopl", "ioperm", "acct", "syslog", "settimeofday", "clock_settime", "clock_settime64", "adjtimex",
	"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
	"mount_setattr", "setns", "unshare", "open_by_handle_at", "mknod", "mknodat",
	"setuid", "setuid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "capset",
	"personality", "modify_ldt", "seccomp", "rt_sigaction", "sigaction",
	NULL
};

static const struct confine_limit limits[] = {
	{"mmap:data", 2, PROT_EXEC, 0, false},
	{"mmap2:data", 2, PROT_EXEC, 0, false},
	{"mprotect:data", 2, PROT_EXEC, 0, false},
	/* Not of socketcall(2) on i386, whose arguments are in memory. */
	{"socket:unix", 0, ~0ul, AF_UNIX, false},
	{"socket:netlink", 0, ~0ul, AF_NETLINK, false},
	/* SIGSYS is refuse.c's. */
	{"rt_sigaction:others", 0, ~0ul, SIGSYS, true},
	{"sigaction:others", 0, ~0ul, SIGSYS, true},
};

static const struct new_call {
	const char *name;
	int number;
} new_calls[] = {
	{"openat2", 437},      {"pidfd_getfd", 438}, {"faccessat2", 439}, {"process_madvise", 440},
	{"epoll_pwait2", 441}, {"mount_setattr", 442}, {"quotactl_fd", 443},
	{"landlock_create_ruleset", 444}, {"landlock_add_rule", 445},
	{"landlock_restrict_self", 446}, {"fchmodat2", 452},
	{"statmount", 457},    {"listmount", 458},
};

/* clang-format on */

const char *const *confine_group(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strcmp(groups[i].name, name) == 0)
			return groups[i].calls;
	return NULL;
}

const struct confine_limit *confine_limit_of(const char *call)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strcmp(limits[i].call, call) == 0)
			return &limits[i];
	return NULL;
}

int confine_number_of_new(const char *name)
{
	for (size_t i = 0; i < sizeof(new_calls) / sizeof(new_calls[0]); i++)
		if (strcmp(new_calls[i].name, name) == 0)
			return new_calls[i].number;
	return -1;
}
