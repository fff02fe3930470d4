/* SPDX-License-Identifier: MIT */
/*
 * A plan goes in, and mount calls come out: the functions of libc that change mounts are those of
 * this file, which note them in the order of their coming.  No privilege is needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "policy/image.h"
#include "setup/setup.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

enum {
	FDS = 1024,
	LABEL = 160
};

static char calls[8192];        /* one a line */
static char labels[FDS][LABEL]; /* of descriptors that stand for mounts */
static const char *failing;     /* the beginning of the call that fails, or NULL */

/* Notes a call.  Returns 0, or -1 with ENOSPC if it is the one that is to fail. */
static int __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	size_t used = strlen(calls);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(calls + used, sizeof(calls) - used - 1, fmt, ap);
	va_end(ap);
	if (failing && strncmp(calls + used, failing, strlen(failing)) == 0) {
		errno = ENOSPC;
		return -1;
	}
	(void)strcat(calls, "\n");
	return 0;
}

static const char *path_of(int fd, char buf[PATH_MAX])
{
	char link[48];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, buf, PATH_MAX - 1);
	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

/* The name of an argument: @path, or the label of a mount, or the path of a descriptor. */
static const char *name_of(int fd, const char *path, char buf[PATH_MAX])
{
	if (path[0] == '/')
		return path;
	if (fd >= 0 && fd < FDS && labels[fd][0])
		return labels[fd];
	return path_of(fd, buf);
}

static const char *attrs_text(uint64_t attrs, char buf[64])
{
	(void)snprintf(buf, 64, "%s%s%s%s", attrs & MOUNT_ATTR_RDONLY ? " ro" : "",
		       attrs & MOUNT_ATTR_NOSUID ? " nosuid" : "",
		       attrs & MOUNT_ATTR_NODEV ? " nodev" : "",
		       attrs & MOUNT_ATTR_NOEXEC ? " noexec" : "");
	return buf;
}

int fsopen(const char *type, unsigned flags)
{
	int fd = (int)syscall(SYS_memfd_create, "fs", 0);

	(void)flags;
	assert_true(fd >= 0 && fd < FDS);
	(void)snprintf(labels[fd], LABEL, "%s", type);
	return fd;
}

int fsconfig(int fs, unsigned command, const char *key, const void *value, int aux)
{
	size_t used = strlen(labels[fs]);

	(void)aux;
	if (key && strcmp(key, "source") != 0)
		(void)snprintf(labels[fs] + used, LABEL - used, " %s%s%s", key, value ? "=" : "",
			       command == FSCONFIG_SET_STRING ? (const char *)value : "");
	return 0;
}

int fsmount(int fs, unsigned flags, unsigned attrs)
{
	char text[64], label[LABEL];
	int fd = dup(fs);

	(void)flags;
	assert_true(fd >= 0 && fd < FDS);
	(void)snprintf(label, sizeof(label), "%.*s%s", LABEL - 64, labels[fs],
		       attrs_text(attrs, text));
	memcpy(labels[fd], label, LABEL);
	return note("new %s", label) < 0 ? -1 : fd;
}

int open_tree(int dir, const char *path, unsigned flags)
{
	char buf[PATH_MAX], name[LABEL];
	int fd = dup(dir);

	assert_true(flags & OPEN_TREE_CLONE);
	assert_true(fd >= 0 && fd < FDS);
	(void)snprintf(name, sizeof(name), "copy of %s%s", name_of(dir, path, buf),
		       flags & AT_RECURSIVE ? " and below" : "");
	memcpy(labels[fd], name, LABEL);
	return note("%s", name) < 0 ? -1 : fd;
}

int mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr, size_t size)
{
	char buf[PATH_MAX], text[64];

	(void)size;
	return note("set %s%s:%s%s", name_of(dir, path, buf),
		    flags & AT_RECURSIVE ? " and below" : "", attrs_text(attr->attr_set, text),
		    attr->propagation == MS_SLAVE        ? " slave"
		    : attr->propagation == MS_PRIVATE    ? " private"
		    : attr->propagation == MS_SHARED     ? " shared"
		    : attr->propagation == MS_UNBINDABLE ? " unbindable"
							 : "");
}

/* Behind it the mount is what stands at the target, as a look at its path will say. */
int move_mount(int from, const char *name, int to, const char *path, unsigned flags)
{
	char buf[PATH_MAX];

	(void)name;
	(void)path;
	(void)flags;
	if (note("attach %s on %s", labels[from], path_of(to, buf)) < 0)
		return -1;
	return dup3(to, from, O_CLOEXEC) < 0 ? -1 : 0;
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		labels[fd][0] = '\0';
	return (int)syscall(SYS_close, fd);
}

int umount2(const char *name, int flags)
{
	(void)flags;
	return note("unmount %s", name);
}

int sethostname(const char *name, size_t len)
{
	return note("hostname %.*s", (int)len, name);
}

/* Only "/" is the root of a mount here. */
int statx(int dir, const char *path, int flags, unsigned mask, struct statx *ret)
{
	char buf[PATH_MAX];

	if (syscall(SYS_statx, dir, path, flags, mask, ret) < 0)
		return -1;
	ret->stx_attributes &= ~(uint64_t)STATX_ATTR_MOUNT_ROOT;
	if (path[0] == '\0' && strcmp(path_of(dir, buf), "/") == 0)
		ret->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
	return 0;
}

/* Sets up a set with the policy @keys.  Returns the report. */
static const struct setup_report *set_up_with(const char *keys)
{
	static struct setup_report report;
	static struct host host = {.rundir = "/nonexistent", .statedir = "/nonexistent"};
	struct setup_held held = {.count = 0};
	char text[2048];
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan = {
		.host = &host,
		.id = 7,
		.uid = 1000,
		.gid = 1000,
		.user = "alice",
		.home = "/home/alice",
		.service = "sshd",
		.held = &held,
	};

	(void)snprintf(text, sizeof(text), "p = { %s };", keys);
	image = image_of(text);
	plan.image = image;
	plan.policy = policy_get(image, 0);
	calls[0] = '\0';
	memset(labels, 0, sizeof(labels));
	report = (struct setup_report){.err = 0};
	setup_set(&plan, &report);
	return &report;
}

#define MOUNT "namespaces = [ \"mount\" ]; "

TEST(test_the_tree_is_cut_off_first_and_shared_last)
{
	const struct setup_report *report = set_up_with(MOUNT);

	assert_int_equal(report->err, 0);
	assert_string_equal(calls, "set / and below: slave\n"
				   "set / and below: shared\n");
}

TEST(test_a_tmpfs_has_its_flags_before_it_is_seen)
{
	const struct setup_report *report =
		set_up_with(MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = "
				  "\"64M\"; inodes = \"1000\"; options = [ \"noexec\" ]; } );");

	assert_int_equal(report->err, 0);
	assert_string_equal(
		calls,
		"set / and below: slave\n"
		"new tmpfs mode=1777 size=67108864 nr_inodes=1000 nosuid nodev noexec\n"
		"attach tmpfs mode=1777 size=67108864 nr_inodes=1000 nosuid nodev noexec on /tmp\n"
		"set / and below: shared\n");
}

TEST(test_the_steps_of_a_view_come_in_their_order)
{
	const struct setup_report *report = set_up_with(
		MOUNT "hide = [ \"/mnt\" ]; readonly = [ \"/usr\" ]; bind = ( { source = \"/etc\"; "
		      "target = \"/opt\"; options = [ \"ro\" ]; } ); "
		      "propagation = ( { path = \"/var\"; type = \"private\"; } );");

	assert_int_equal(report->err, 0);
	assert_string_equal(calls,
			    "set / and below: slave\n"
			    "copy of /etc\n"
			    "set copy of /etc: ro nosuid nodev private\n"
			    "copy of /usr and below\n"
			    "set copy of /usr and below and below: ro private\n"
			    "attach copy of /usr and below on /usr\n"
			    "set copy of /usr and below and below: ro\n"
			    "attach copy of /etc on /opt\n"
			    "new tmpfs mode=0555 nr_inodes=2 ro nosuid nodev noexec\n"
			    "attach tmpfs mode=0555 nr_inodes=2 ro nosuid nodev noexec on /mnt\n"
			    "set / and below: shared\n"
			    "copy of /var and below\n"
			    "set copy of /var and below and below: private\n"
			    "attach copy of /var and below on /var\n"
			    "set copy of /var and below and below: private\n");
}

TEST(test_a_proc_of_the_policy_is_a_new_one)
{
	const struct setup_report *report =
		set_up_with(MOUNT "proc = { hidepid = \"invisible\"; subset = \"pid\"; };");

	assert_int_equal(report->err, 0);
	assert_string_equal(
		calls, "set / and below: slave\n"
		       "new proc hidepid=invisible subset=pid nosuid nodev noexec\n"
		       "attach proc hidepid=invisible subset=pid nosuid nodev noexec on /proc\n"
		       "set / and below: shared\n");
}

TEST(test_a_name_needs_no_mounts)
{
	const struct setup_report *report =
		set_up_with("namespaces = [ \"uts\" ]; hostname = \"of-%{user}\";");

	assert_int_equal(report->err, 0);
	assert_string_equal(report->hostname, "of-alice");
	assert_string_equal(calls, "hostname of-alice\n");
}

/* Nothing comes behind a step that failed, and the sentence names it. */
TEST(test_the_step_that_fails_is_named_and_is_the_last)
{
	static const struct {
		const char *call, *sentence;
	} steps[] = {
		{"set / and below: slave", "cannot cut the mounts off from the host's"},
		{"copy of /etc", "cannot copy a mount"},
		{"new tmpfs mode=1777",
		 "cannot mount a tmpfs: see /proc/sys/user/max_mnt_namespaces"},
		{"attach tmpfs mode=1777", "cannot attach a mount: a limit is reached"},
		{"new proc", "cannot mount a proc"},
		{"set copy of /usr and below and below: ro", "cannot set the flags of a mount"},
		{"attach copy of /etc", "cannot attach a mount"},
		{"set / and below: shared", "cannot set the propagation of /"},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct setup_report *report;

		failing = steps[i].call;
		report = set_up_with(
			MOUNT
			"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } ); readonly = "
			"[ \"/usr\" ]; bind = ( { source = \"/etc\"; target = \"/opt\"; } ); "
			"proc = { subset = \"pid\"; };");
		failing = NULL;
		assert_int_equal(report->err, -ENOSPC);
		if (!strstr(report->fail.what, steps[i].sentence))
			fail_msg("%s: \"%s\"", steps[i].call, report->fail.what);
		assert_ptr_equal(strrchr(calls, '\n') ? strrchr(calls, '\n') + 1 : calls,
				 strstr(calls, steps[i].call));
	}
}

TEST(test_what_is_not_there_refuses)
{
	const struct setup_report *report = set_up_with(MOUNT "hide = [ \"/no/such/place\" ];");

	assert_int_equal(report->err, -ENOENT);
	assert_non_null(strstr(report->fail.what, "/no"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tree_is_cut_off_first_and_shared_last),
		cmocka_unit_test(test_a_tmpfs_has_its_flags_before_it_is_seen),
		cmocka_unit_test(test_the_steps_of_a_view_come_in_their_order),
		cmocka_unit_test(test_a_proc_of_the_policy_is_a_new_one),
		cmocka_unit_test(test_a_name_needs_no_mounts),
		cmocka_unit_test(test_the_step_that_fails_is_named_and_is_the_last),
		cmocka_unit_test(test_what_is_not_there_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
