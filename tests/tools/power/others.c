/* SPDX-License-Identifier: MIT */
/* The powers over processes and files of others */
#include "tests/tools/power/power.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

static int ptrace_root(void)
{
	return power_number("victim")
		       ? power_can(ptrace(PTRACE_SEIZE, power_number("victim"), NULL, NULL))
		       : UNKNOWN;
}

static int look_into_root(void)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", power_number("victim"));
	return power_number("victim") ? power_can_open(path, O_RDONLY | O_DIRECTORY) : UNKNOWN;
}

static int signal_to(const char *key)
{
	return power_number(key) ? power_can(kill(power_number(key), 0)) : UNKNOWN;
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
	return power_can(setresuid(1, 1, 1));
}

static int become_other(void)
{
	uid_t uid = (uid_t)power_number("other");

	return uid ? power_can(setresuid(uid, uid, uid)) : UNKNOWN;
}

static int give_away(void)
{
	int fd = open("/tmp/powers-file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), r;

	r = power_number("other") ? power_can(fchown(fd, (uid_t)power_number("other"), (gid_t)-1))
				  : UNKNOWN;
	(void)unlink("/tmp/powers-file");
	return r;
}

static int read_secret(void)
{
	return power_can_open(power_value("secret"), O_RDONLY);
}

static int read_theirs(void)
{
	return power_can_open(power_value("theirs"), O_RDONLY);
}

static int write_shadow(void)
{
	return power_can_open("/etc/shadow", O_WRONLY);
}

static int write_core(void)
{
	return power_can_open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static int write_swappiness(void)
{
	return power_can_open("/proc/sys/vm/swappiness", O_WRONLY);
}

static int write_dumpable(void)
{
	return power_can_open("/proc/sys/fs/suid_dumpable", O_WRONLY);
}

static int read_records(void)
{
	return power_can_open(power_value("records"), O_RDONLY | O_DIRECTORY);
}

static int read_device(void)
{
	char sector[512];
	int fd = power_value("device") ? open(power_value("device"), O_RDONLY | O_CLOEXEC) : -1;

	return power_value("device") ? power_can(fd) && power_can(read(fd, sector, sizeof(sector)))
				     : UNKNOWN;
}

static int write_device(void)
{
	return power_can_open(power_value("device"), O_WRONLY);
}

const struct power power_others[] = {
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
	{NULL},
};
