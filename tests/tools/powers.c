/* SPDX-License-Identifier: MIT */
/*
 * The powers of this process.  Tries one thing after the other, each in a child of its own and
 * without an effect, and prints "WHAT<tab>yes", "no" or "-" (this kernel has no such thing, or
 * no object was given to try it on).
 *
 *	powers key=value...
 *
 * device: a block device of the test's, with an ext2 on it.  victim: a process of root's outside.
 * neighbour: one of another user's.  helper: nsisolate's.  secret, theirs: files of mode 0600, of
 * root's and of another user's.  other: that user's uid.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	NO,
	YES,
	UNKNOWN
};

static char **given;

static const char *value(const char *key)
{
	size_t len = strlen(key);

	for (char **at = given; *at; at++)
		if (strncmp(*at, key, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	return NULL;
}

static int number(const char *key)
{
	const char *text = value(key);

	return text ? atoi(text) : 0;
}

/* For calls whose arguments are wrong, so that they fail either way: who may, is told of that. */
static int may(long result)
{
	if (result < 0 && errno == ENOSYS)
		return UNKNOWN;
	return !(result < 0 && (errno == EPERM || errno == EACCES));
}

static int can(long result)
{
	return result >= 0;
}

static int can_open(const char *path, int flags)
{
	return path ? can(open(path, flags | O_CLOEXEC | O_NOCTTY)) : UNKNOWN;
}

static int mount_here(const char *source, const char *type, unsigned long flags)
{
	return source ? can(mount(source, "/mnt", type, flags, NULL)) : UNKNOWN;
}

static int mount_device(void)
{
	return mount_here(value("device"), "ext2", MS_RDONLY);
}

static int mount_tmpfs(void)
{
	return mount_here("powers", "tmpfs", 0);
}

/* As fusermount3(1) calls it, here with the rights of who asks. */
static int mount_fuse(void)
{
	char options[80];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENXIO ? UNKNOWN : NO;
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	return can(mount("powers", "/mnt", "fuse", 0, options));
}

static int mount_proc(void)
{
	return mount_here("proc", "proc", 0);
}

static int mount_bind(void)
{
	return mount_here("/usr", NULL, MS_BIND);
}

static int umount_tmp(void)
{
	return can(umount2("/tmp", MNT_DETACH));
}

static int remount_tmp(void)
{
	return can(mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL));
}

/* With a copy of the mounts, which everybody may have who has a user namespace. */
static int umount_in_copy(void)
{
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return NO;
	return can(umount2("/tmp", MNT_DETACH));
}

static int make_copy(void)
{
	return can(unshare(CLONE_NEWNS));
}

static int make_node(void)
{
	int r = can(mknod("/tmp/powers-node", S_IFCHR | 0600, makedev(1, 3)));

	(void)unlink("/tmp/powers-node");
	return r;
}

static int read_device(void)
{
	char sector[512];
	int fd = value("device") ? open(value("device"), O_RDONLY | O_CLOEXEC) : -1;

	return value("device") ? can(fd) && can(read(fd, sector, sizeof(sector))) : UNKNOWN;
}

static int write_device(void)
{
	return can_open(value("device"), O_WRONLY);
}

static int set_clock(void)
{
	struct timex now = {0};

	if (adjtimex(&now) < 0)
		return UNKNOWN;
	now.modes = ADJ_MAXERROR; /* to what it is */
	return can(adjtimex(&now));
}

static int read_log(void)
{
	return can(klogctl(9, NULL, 0)); /* SYSLOG_ACTION_SIZE_UNREAD */
}

static int reboot_machine(void)
{
	return may(syscall(SYS_reboot, 0, 0, 0, NULL)); /* magic numbers of none */
}

static int use_bpf(void)
{
	union bpf_attr attr = {.start_id = INT32_MAX - 1};

	return may(syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)));
}

static int use_fanotify(void)
{
	return can(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
}

static int use_swap(void)
{
	return may(swapoff("/no-such-file"));
}

static int set_trusted(void)
{
	int fd = open("/tmp/powers-file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), r;

	r = can(fsetxattr(fd, "trusted.powers", "x", 1, 0));
	(void)unlink("/tmp/powers-file");
	return r;
}

static int open_by_handle(void)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = {.head.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || name_to_handle_at(AT_FDCWD, "/tmp", &h.head, &mount_id, 0) < 0)
		return UNKNOWN;
	return can(open_by_handle_at(dir, &h.head, O_RDONLY | O_CLOEXEC));
}

static int be_nicer(void)
{
	return can(setpriority(PRIO_PROCESS, 0, -5));
}

static int be_realtime(void)
{
	const struct sched_param p = {.sched_priority = 1};

	return can(sched_setscheduler(0, SCHED_FIFO, &p));
}

static int set_hostname(void)
{
	char name[65];

	return gethostname(name, sizeof(name)) < 0 ? UNKNOWN : can(sethostname(name, strlen(name)));
}

static int raw_socket(void)
{
	return can(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static int set_interface(void)
{
	struct ifreq lo = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &lo) < 0)
		return UNKNOWN;
	return can(ioctl(fd, SIOCSIFFLAGS, &lo)); /* to what they are */
}

static int ptrace_root(void)
{
	return number("victim") ? can(ptrace(PTRACE_SEIZE, number("victim"), NULL, NULL)) : UNKNOWN;
}

static int look_into_root(void)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", number("victim"));
	return number("victim") ? can_open(path, O_RDONLY | O_DIRECTORY) : UNKNOWN;
}

static int enter_host(void)
{
	char path[40];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", number("victim"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return number("victim") ? fd >= 0 && can(setns(fd, CLONE_NEWNS)) : UNKNOWN;
}

static int signal_to(const char *key)
{
	return number(key) ? can(kill(number(key), 0)) : UNKNOWN;
}

static int signal_root(void)
{
	return signal_to("victim");
}

static int signal_helper(void)
{
	return signal_to("helper");
}

static int signal_neighbour(void)
{
	return signal_to("neighbour");
}

static int become_system(void)
{
	return can(setresuid(1, 1, 1));
}

static int become_other(void)
{
	uid_t uid = (uid_t)number("other");

	return uid ? can(setresuid(uid, uid, uid)) : UNKNOWN;
}

static int give_away(void)
{
	int fd = open("/tmp/powers-file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), r;

	r = number("other") ? can(fchown(fd, (uid_t)number("other"), (gid_t)-1)) : UNKNOWN;
	(void)unlink("/tmp/powers-file");
	return r;
}

static int read_secret(void)
{
	return can_open(value("secret"), O_RDONLY);
}

static int read_theirs(void)
{
	return can_open(value("theirs"), O_RDONLY);
}

static int write_shadow(void)
{
	return can_open("/etc/shadow", O_WRONLY);
}

static int write_core(void)
{
	return can_open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static int write_swappiness(void)
{
	return can_open("/proc/sys/vm/swappiness", O_WRONLY);
}

static int write_dumpable(void)
{
	return can_open("/proc/sys/fs/suid_dumpable", O_WRONLY);
}

static int read_records(void)
{
	return can_open(value("records"), O_RDONLY | O_DIRECTORY);
}

static const struct power {
	const char *what;
	int (*tried)(void);
} powers[] = {
	{"mount a file system of a block device", mount_device},
	{"mount a tmpfs", mount_tmpfs},
	{"mount a file system of FUSE", mount_fuse},
	{"mount a /proc", mount_proc},
	{"bind a directory", mount_bind},
	{"unmount the private /tmp", umount_tmp},
	{"take nosuid and nodev from the private /tmp", remount_tmp},
	{"make a copy of the mounts with unshare -m", make_copy},
	{"unmount the private /tmp in such a copy", umount_in_copy},
	{"enter the host's mount namespace", enter_host},
	{"make a device node", make_node},
	{"set the clock", set_clock},
	{"read the kernel's log (dmesg)", read_log},
	{"reboot", reboot_machine},
	{"look at BPF programs", use_bpf},
	{"watch files with fanotify", use_fanotify},
	{"swap on and off", use_swap},
	{"set trusted.* attributes", set_trusted},
	{"open files by handle", open_by_handle},
	{"set a negative nice value", be_nicer},
	{"run under SCHED_FIFO", be_realtime},
	{"set the host name of the set", set_hostname},
	{"open raw sockets", raw_socket},
	{"set up network interfaces", set_interface},
	{"trace a process of root's outside", ptrace_root},
	{"look into /proc/PID/root of one", look_into_root},
	{"send a signal to a process of another user's", signal_neighbour},
	{"become another user", become_other},
	{"give a file to another user", give_away},
	{"read another user's private files", read_theirs},
	{"send a signal to a process of root's outside", signal_root},
	{"stop the helper", signal_helper},
	{"read the helper's records", read_records},
	{"become an account of the system", become_system},
	{"read root's private files", read_secret},
	{"write /etc/shadow", write_shadow},
	{"write /proc/sys/kernel/core_pattern", write_core},
	{"write /proc/sys/vm/swappiness", write_swappiness},
	{"write /proc/sys/fs/suid_dumpable", write_dumpable},
	{"read a block device", read_device},
	{"write a block device", write_device},
};

/*
 * A mount namespace that goes with the child takes back what it has mounted.  Where that is not to be
 * had, nothing is mounted either.
 */
static int try_alone(const struct power *p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const bool is_of_mounts = p->tried == umount_tmp || p->tried == remount_tmp ||
					  p->tried == mount_device || p->tried == mount_tmpfs ||
					  p->tried == mount_fuse || p->tried == mount_proc ||
					  p->tried == mount_bind;

		if (is_of_mounts && value("careful") && unshare(CLONE_NEWNS) < 0)
			_exit(UNKNOWN);
		if (is_of_mounts && value("careful") &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(UNKNOWN);
		_exit(p->tried());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return UNKNOWN;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static const char *const words[] = {[NO] = "no", [YES] = "yes", [UNKNOWN] = "-"};

	(void)argc;
	given = argv + 1;
	for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
		int r = try_alone(&powers[i]);

		printf("%s\t%s\n", powers[i].what, words[r <= UNKNOWN ? r : UNKNOWN]);
		(void)fflush(stdout);
	}
	return 0;
}
