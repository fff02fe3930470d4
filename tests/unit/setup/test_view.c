/* SPDX-License-Identifier: MIT */
/* The building of a whole set when a system call fails: it is whole, or refused with a sentence */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "policy/image.h"
#include "setup/setup.h"
#include "tests/unit/faults.h"
#include "tests/unit/image.h"

/* Policies with most of the parts that a set can have. */
static const char plain[] =
	"p = {"
	" namespaces = [ \"mount\", \"ipc\", \"uts\", \"net\", \"time\" ];"
	" hostname = \"%{user}\";"
	" directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = \"16M\"; },"
	"                 { path = \"/var/tmp\"; method = \"disk\"; retain = \"boot\"; },"
	"                 { path = \"/srv\"; method = \"overlay\"; } );"
	" hide = [ \"/media\" ]; readonly = [ \"/opt\" ];"
	" bind = ( { source = \"/etc\"; target = \"/mnt\"; options = [ \"ro\" ]; } );"
	" sysctl = [ \"kernel.shmmax=65536\" ];"
	" network = { mode = \"none\"; };"
	" };";

static const char delegated[] =
	"p = {"
	" namespaces = [ \"mount\", \"ipc\", \"uts\", \"net\", \"cgroup\" ];"
	" user = \"delegate\"; home = \"overlay\"; hostname = \"%{user}-%{service}\";"
	" directories = ( { path = \"/tmp\"; method = \"tmpfs\"; keep = [ \".X11-unix\" ]; import "
	"= [ \"krb5cc_%{uid}*\" ]; },"
	"                 { path = \"/var/tmp\"; method = \"disk\"; retain = \"1h\"; } );"
	" bind = ( { source = \"/etc\"; target = \"/mnt\"; } );"
	" propagation = ( { path = \"/opt\"; type = \"private\"; } );"
	" hide = [ \"/media\", \"/etc/shadow\" ];"
	" on_create = { run = \"/usr/bin/true\"; };"
	" network = { mode = \"none\"; dns = [ \"192.0.2.1\" ]; };"
	" };";

static const char rooted[] =
	"p = {"
	" namespaces = [ \"mount\", \"ipc\", \"uts\", \"pid\" ];"
	" root = \"/run/image\"; root_method = \"overlay\"; hostname = \"%{user}\";"
	" directories = ( { path = \"/tmp\"; method = \"tmpfs\"; }, { path = \"/var/tmp\"; method "
	"= \"tmpfs\"; } );"
	" bind = ( { source = \"/etc\"; target = \"/mnt\"; options = [ \"ro\" ]; } );"
	" hide = [ \"/media\" ];"
	" };";

/* Its mounts, and all else that is asked of it afterwards, by an errno of 0. */
static const struct {
	const char *path;
	uint32_t mode;
} places[] = {
	{"/tmp", S_IFDIR | 01777},
	{"/var/tmp", S_IFDIR | 01777},
	{"/media", S_IFDIR},
};

/* Something of the host's, which must not be seen where the set has its own. */
static void put_marks(void)
{
	for (unsigned i = 0; i < 2; i++) {
		char path[64];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/nsi-test-mark", places[i].path);
		faults_check(mount("host", places[i].path, "tmpfs", 0, "mode=1777") == 0,
			     "no %s of the host's", places[i].path);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		faults_check(fd >= 0, "no mark");
		(void)close(fd);
	}
}

static void check_whole(void)
{
	char name[64] = "";

	faults_check(gethostname(name, sizeof(name)) == 0 && strncmp(name, "alice", 5) == 0,
		     "the hostname is %s", name);
	faults_check(access("/tmp/nsi-test-mark", F_OK) < 0, "/tmp is the host's");
	faults_check(access("/var/tmp/nsi-test-mark", F_OK) < 0, "/var/tmp is the host's");
	faults_check(access("/mnt/passwd", F_OK) == 0, "nothing is bound to /mnt");
}

/* A root of its own that has no more than the places for mounts. */
static void make_image(void)
{
	static const char *const dirs[] = {"",     "/etc", "/proc", "/sys",   "/dev",    "/run",
					   "/tmp", "/var", "/mnt",  "/media", "/var/tmp"};
	char path[64];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		(void)snprintf(path, sizeof(path), "/run/image%s", dirs[i]);
		faults_check(mkdir(path, 0755) == 0, "no %s", path);
	}
}

static struct host *host_make(void)
{
	static struct host host = {
		.config = "/etc/nonexistent", .rundir = "/run/nsisolate", .statedir = "/run/state"};
	struct nsi_fail f = {""};

	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mount("home", "/home", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir("/home/alice", 0700) == 0 &&
			     chown("/home/alice", 1000, 1000) == 0 &&
			     mkdir("/run/nsisolate", 0700) == 0 && mkdir("/run/state", 0700) == 0,
		     "no system: %s", strerror(errno));
	put_marks();
	make_image();
	faults_check(host_init(&host, &f) == 0, "%s", f.what);
	host.self_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return &host;
}

static void build(struct faults *f)
{
	static struct setup_report report;
	const struct pol_image *image = f->arg;
	struct setup_held held = {.count = 0};
	struct setup_plan plan = {
		.image = image,
		.policy = policy_get(image, 0),
		.id = 7,
		.owner = 1000,
		.pid = getpid(),
		.uid = 1000,
		.gid = 1000,
		.user = "alice",
		.home = "/home/alice",
		.service = "sshd",
		.held = &held,
	};
	const uint32_t types = setup_types_cloned(plan.policy);
	int flags = 0;

	umask(0);
	plan.host = host_make();
	plan.helper_fd = plan.host->self_fd;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (types & ns_bit(type))
			flags |= (int)ns_types[type].flag;
	faults_check(unshare(flags) == 0, "no namespaces: %s", strerror(errno));
	faults_begin(f);
	setup_set(&plan, &report);
	faults_end(f);
	for (unsigned i = 0; i < held.count; i++)
		(void)close(held.fds[i]);
	faults_check(report.err == 0 || report.fail.what[0], "%d without a sentence", report.err);
	faults_check(f->shared->failed != -1 || report.err == 0, "without a fault: %s",
		     report.fail.what);
	if (report.err != 0)
		f->fds = faults_count_fds(); /* the anchor ends, with all that it has open */
	else if (f->shared->error != ENOENT)
		check_whole();
}

TEST(test_a_set_is_built_whole_or_refused_with_a_sentence)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;

	if (geteuid() != 0)
		skip();
	image = image_of(plain);
	faults_sweep(build, image, 97);
}

TEST(test_a_set_with_another_root_is_built_whole_or_refused_with_a_sentence)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;

	if (geteuid() != 0)
		skip();
	image = image_of(rooted);
	faults_sweep(build, image, 97);
}

TEST(test_a_delegated_set_is_built_whole_or_refused_with_a_sentence)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;

	if (geteuid() != 0)
		skip();
	image = image_of(delegated);
	faults_sweep(build, image, 97);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_is_built_whole_or_refused_with_a_sentence),
		cmocka_unit_test(
			test_a_set_with_another_root_is_built_whole_or_refused_with_a_sentence),
		cmocka_unit_test(test_a_delegated_set_is_built_whole_or_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
