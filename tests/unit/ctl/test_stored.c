/* SPDX-License-Identifier: MIT */
/* "dirs": the directories below the statedir, their owners, ends and states, and their removal */
#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/sets.h"
#include "ctl/stored.h"
#include "instance/instance.h"
#include "tests/unit/ctl/machine.h"
#include "tests/unit/faults.h"

static struct output o;

static int dirs(const char *user, const char *path)
{
	machine.operands[0] = (char *)(uintptr_t)user;
	machine.operands[1] = (char *)(uintptr_t)path;
	return output_of(&o, dirs_verb, &machine.ctl);
}

/* An instance of root's, as a set would make it, whose set has ended. */
static void make_instance(const char *path, uint64_t age)
{
	const struct instance_key key = {.kind = 'u', .user = "root"};
	const struct instance_retention keep = {.age = age};
	NSI_AUTO_FD int state = open(machine.statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int lock = -EBADF;
	struct nsi_fail f = {""};
	int fd;

	umask(0);
	fd = instance_open(state, &key, path, 01777, &keep, &lock, &f);
	if (fd < 0)
		fail_msg("%s", f.what);
	(void)close(fd);
}

TEST(test_nothing_is_stored)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(dirs(NULL, NULL), CTL_OK);
	assert_string_equal(o.out, "no stored directories\n");
	assert_int_equal(dirs("root", NULL), CTL_OK);
	assert_string_equal(o.out, "no stored directories\n");
	assert_int_equal(dirs("gone", NULL), CTL_NOT_FOUND);
	assert_string_equal(o.err,
			    "nsisolate: there is no user gone, and nothing is stored under this "
			    "name\n");
	machine.ctl.statedir = "/nonexistent/state";
	assert_int_equal(dirs(NULL, NULL), CTL_OK);
	machine.ctl.statedir = machine.config;
	assert_int_equal(dirs(NULL, NULL), CTL_SYSTEM);
	expect_text(o.err, "nsisolate: cannot list ");
}

TEST(test_a_directory_of_a_user)
{
	if (geteuid() != 0)
		skip();
	make_instance("/var/tmp", 0);
	make_instance("/tmp", 86400);
	assert_int_equal(scratch_write(&machine.s, "state/u0/tmp/file", "12345"), 0);
	assert_int_equal(scratch_write(&machine.s, "state/u0/no\\way", ""), 0); /* no directory */
	assert_int_equal(scratch_write(&machine.s, "state/strange/tmp/x", ""), 0); /* no owner's */
	assert_int_equal(dirs("root", NULL), CTL_OK);
	expect_text(output_cells(&o), "OWNER DIRECTORY USED FILES LASTUSE ENDS POLICIES STATE\n"
				      "root /tmp ");
	expect_text(o.out, " never - stored\n");
	machine.ctl.json = true;
	assert_int_equal(dirs(NULL, NULL), CTL_OK);
	expect_json(&o, "directories.0.path", "\"/tmp\"");
	expect_json(&o, "directories.0.kind", "\"user\"");
	expect_json(&o, "directories.0.files", "1");
	expect_json(&o, "directories.0.ends_with", "null");
	expect_json(&o, "directories.1.path", "\"/var/tmp\"");
	expect_json(&o, "directories.1.ends", "null");
	expect_json(&o, "directories.2", "nothing");
	assert_int_equal(dirs("root", "/srv"), CTL_OK);
	expect_json(&o, "directories", "[]");
}

TEST(test_directories_of_sets_groups_and_jobs)
{
	char boot[PROC_BOOT_ID_SIZE], name[100];

	if (geteuid() != 0)
		skip();
	assert_int_equal(proc_boot_id(boot), 0);
	assert_int_equal(scratch_write(&machine.s, "state/g5/tmp/x", ""), 0);
	(void)snprintf(name, sizeof(name), "state/s%.8s-7/tmp/x", boot);
	assert_int_equal(scratch_write(&machine.s, name, ""), 0);
	assert_int_equal(
		scratch_write(&machine.s, "state/s00000000-9/.owner", "root\njob slurm-5\n"), 0);
	assert_int_equal(scratch_write(&machine.s, "state/s00000000-9/tmp/x", ""), 0);
	machine.ctl.noheadings = true;
	assert_int_equal(dirs(NULL, NULL), CTL_OK);
	expect_text(output_cells(&o), "g5 /tmp ");
	expect_text(o.out, " - - - stored\n");
	expect_text(o.out, "root, job slurm-5 /tmp ");
	expect_text(o.out, " now - over\n");
	machine.ctl.json = true;
	assert_int_equal(dirs(NULL, NULL), CTL_OK);
	expect_json(&o, "directories.0.kind", "\"group\"");
	expect_json(&o, "directories.1.kind", "\"set\"");
	expect_json(&o, "directories.1.ends_with", "\"set\"");
	expect_json(&o, "directories.2.job", "\"slurm-5\"");
	assert_int_equal(dirs("root", NULL), CTL_OK); /* by the owner of the job */
	expect_json(&o, "directories.0.job", "\"slurm-5\"");
}

TEST(test_the_policies_that_ask_for_it_and_the_set_that_uses_it)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	assert_int_equal(
		scratch_write(&machine.s, "nsisolate.conf",
			      "version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ];\n"
			      "directories = ( { path = \"/tmp\"; method = \"disk\"; } ); }; };\n"),
		0);
	make_instance("/tmp", 0);
	rec = machine_set(7, 0);
	rec.dir_count = 1;
	text_fmt(rec.dirs[0].path, RECORD_PATH, "/tmp");
	rec.dirs[0].method = POL_METHOD_DISK;
	machine_record(&rec, getpid());
	machine.ctl.json = true;
	assert_int_equal(dirs(NULL, NULL), CTL_OK);
	expect_json(&o, "directories.0.state", "\"live\"");
	expect_json(&o, "directories.0.policies", "[\"lab\"]");
	machine.ctl.remove = true;
	assert_int_equal(dirs("root", "/tmp"), CTL_REFUSED);
	expect_text(o.err,
		    "/tmp of root stays: a live set uses it; \"nsisolate close\" ends that\n");
}

TEST(test_removal)
{
	char boot[PROC_BOOT_ID_SIZE], name[100], parent[40];

	if (geteuid() != 0)
		skip();
	machine.ctl.remove = true;
	assert_int_equal(dirs(NULL, NULL), CTL_USAGE);
	expect_text(o.err, "dirs --remove takes a USER, and a DIRECTORY if not all are meant\n");
	assert_int_equal(dirs("root", NULL), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no such directory\n");
	make_instance("/tmp", 0);
	assert_int_equal(dirs("root", "/tmp"), CTL_OK);
	assert_string_equal(o.out,
			    "/tmp of root: moved to the trash, which the next sweep empties\n");
	assert_int_equal(dirs("root", "/tmp"), CTL_NOT_FOUND);
	assert_int_equal(proc_boot_id(boot), 0);
	(void)snprintf(parent, sizeof(parent), "s%.8s-7", boot);
	(void)snprintf(name, sizeof(name), "state/%s/tmp/x", parent);
	assert_int_equal(scratch_write(&machine.s, name, ""), 0);
	assert_int_equal(dirs(parent, NULL), CTL_REFUSED);
	expect_text(o.err,
		    " ends with its set: \"nsisolate gc\" removes what such a set has left\n");
}

/* The directories are found with one call failing: both, or it is reported. */
static void find_with_a_fault(struct faults *f)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	NSI_CLEANUP(dirs_done) struct stored_dirs dirs = {0};
	struct nsi_fail fail = {""};
	int r;

	faults_check(machine_make(NULL) == 0, "no machine");
	make_instance("/tmp", 0);
	make_instance("/var/tmp", 0);
	f->fds = faults_count_fds();
	faults_begin(f);
	r = dirs_find(&machine.ctl, &sets, NULL, &dirs, &fail);
	faults_end(f);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (f->shared->error == EIO)
		faults_check(r < 0 || dirs.count == 2, "%u directories of two", dirs.count);
	faults_check_fds(f);
	(void)machine_done(NULL);
}

TEST(test_a_failing_call_leaves_no_directory_out)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(find_with_a_fault, NULL, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_nothing_is_stored),
		MACHINE_TEST(test_a_directory_of_a_user),
		MACHINE_TEST(test_directories_of_sets_groups_and_jobs),
		MACHINE_TEST(test_the_policies_that_ask_for_it_and_the_set_that_uses_it),
		MACHINE_TEST(test_removal),
		cmocka_unit_test(test_a_failing_call_leaves_no_directory_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
