/* SPDX-License-Identifier: MIT */
/* Files of a named network namespace and a new /sys, while a system call fails: all are in place, or the set is refused */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "host/host.h"
#include "net/net.h"
#include "policy/image.h"
#include "policy/template.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "setup/setup_network.h"
#include "state/net_record.h"
#include "tests/unit/faults.h"
#include "tests/unit/image.h"

#define NAME "nsi-test"

static const char *const files[] = {"resolv.conf", "hosts", "host.conf"};

static void write_text(const char *dir, const char *name, const char *text)
{
	char path[96];
	NSI_AUTO_FD int fd = -EBADF;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	faults_check(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0, "no %s", path);
}

static bool has_text(const char *name, const char *text)
{
	char path[64], is[64];

	(void)snprintf(path, sizeof(path), "/etc/%s", name);
	return fd_read_file(AT_FDCWD, path, is, sizeof(is)) >= 0 && strcmp(is, text) == 0;
}

static bool is_sys_readonly;

/* A system with an /etc of its own and, if it has a /sys, one that is read-only. */
static void make_system(void)
{
	umask(0);
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("etc", "/etc", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir("/etc/netns", 0755) == 0 && mkdir("/etc/netns/" NAME, 0755) == 0,
		     "no system: %s", strerror(errno));
	is_sys_readonly = mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_text("/etc", files[i], "of the host");
		write_text("/etc/netns/" NAME, files[i], "of the set");
	}
	write_text("/etc/netns/" NAME, "none", "has no place");
}

/* The helper's answer, before it is asked: the namespace that this process is in. */
static int give_answer(void)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	struct net_record rec = {.mode = "netns", .netns = NAME};
	struct iovec iov = {.iov_base = &rec, .iov_len = sizeof(rec)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	NSI_AUTO_FD int ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int socks[2];

	control.h = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
				     .cmsg_type = SCM_RIGHTS,
				     .cmsg_len = CMSG_LEN(sizeof(ns))};
	memcpy(CMSG_DATA(&control.h), &ns, sizeof(ns));
	faults_check(ns >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) == 0 &&
			     sendmsg(socks[1], &msg, 0) == (ssize_t)sizeof(rec),
		     "no answer");
	return socks[0]; /* the other end stays open, as the helper's does */
}

static void set_up(struct faults *f)
{
	static struct setup_report report;
	static struct host host = {.rundir = "/nonexistent"};
	static const struct net_config config = {.mode = NET_NETNS, .has_dns = false};
	const struct pol_image *image = f->arg;
	const struct template_values words = {.user = "alice"};
	const struct setup_plan plan = {.host = &host,
					.image = image,
					.policy = policy_get(image, 0),
					.net = &config,
					.pid = getpid(),
					.ask = give_answer()};
	struct statvfs fs;
	int r;

	make_system();
	report = (struct setup_report){.ns.ino[NS_NET] = 1};
	faults_begin(f);
	r = setup_network(&plan, &words, &report);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", report.fail.what);
	faults_check(r == 0 || report.fail.what[0], "%d without a sentence", r);
	if (r < 0)
		f->fds = faults_count_fds(); /* the anchor ends, with all that it has open */
	if (r < 0 || (f->shared->error == ENOENT && f->shared->failed != -1))
		return; /* of a file, it says that there is none */
	faults_check(!is_sys_readonly || (statvfs("/sys", &fs) == 0 && (fs.f_flag & ST_RDONLY)),
		     "/sys can be written");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		faults_check(has_text(files[i], "of the set"), "%s is the host's", files[i]);
}

TEST(test_the_files_of_a_namespace_are_all_in_place_or_the_set_is_refused)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;

	if (geteuid() != 0)
		skip();
	image = image_of("p = { namespaces = [ \"mount\", \"net\" ]; network = { mode = \"netns\"; "
			 "name = \"" NAME "\"; }; };");
	faults_sweep(set_up, image, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_files_of_a_namespace_are_all_in_place_or_the_set_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
