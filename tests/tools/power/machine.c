/* SPDX-License-Identifier: MIT */
/* The powers over the machine: its clock, log, devices, programs, network */
#include "tests/tools/power/power.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/xattr.h>
#include <unistd.h>

static int make_node(void)
{
	int r = power_can(mknod("/tmp/powers-node", S_IFCHR | 0600, makedev(1, 3)));

	(void)unlink("/tmp/powers-node");
	return r;
}

static int set_clock(void)
{
	struct timex now = {0};

	if (adjtimex(&now) < 0)
		return UNKNOWN;
	now.modes = ADJ_MAXERROR; /* to what it is */
	return power_can(adjtimex(&now));
}

static int read_log(void)
{
	return power_can(klogctl(9, NULL, 0)); /* SYSLOG_ACTION_SIZE_UNREAD */
}

static int reboot_machine(void)
{
	return power_may(syscall(SYS_reboot, 0, 0, 0, NULL)); /* magic numbers of none */
}

static int use_bpf(void)
{
	union bpf_attr attr = {.start_id = INT32_MAX - 1};

	return power_may(syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)));
}

static int use_fanotify(void)
{
	return power_can(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
}

static int use_swap(void)
{
	return power_may(swapoff("/no-such-file"));
}

static int set_trusted(void)
{
	int fd = open("/tmp/powers-file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), r;

	r = power_can(fsetxattr(fd, "trusted.powers", "x", 1, 0));
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
	return power_can(open_by_handle_at(dir, &h.head, O_RDONLY | O_CLOEXEC));
}

static int be_nicer(void)
{
	return power_can(setpriority(PRIO_PROCESS, 0, -5));
}

static int be_realtime(void)
{
	const struct sched_param p = {.sched_priority = 1};

	return power_can(sched_setscheduler(0, SCHED_FIFO, &p));
}

static int set_hostname(void)
{
	char name[65];

	return gethostname(name, sizeof(name)) < 0 ? UNKNOWN
						   : power_can(sethostname(name, strlen(name)));
}

static int raw_socket(void)
{
	return power_can(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static int set_interface(void)
{
	struct ifreq lo = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &lo) < 0)
		return UNKNOWN;
	return power_can(ioctl(fd, SIOCSIFFLAGS, &lo)); /* to what they are */
}

const struct power power_machine[] = {
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
	{NULL},
};
