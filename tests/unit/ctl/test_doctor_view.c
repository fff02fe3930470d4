/* SPDX-License-Identifier: MIT */
/* The views of live sets, and the host's mounts, as "doctor" finds them */
#include <stdlib.h>

#include "ctl/doctor.h"
#include "tests/unit/ctl/machine.h"
#include "tests/unit/ctl/root.h"
#include "tests/unit/image.h"

static struct output o;
static struct pol_image *image;

static void examine(void)
{
	struct doctor d = {.ctl = &machine.ctl};

	output_begin(&o);
	d.out = stdout;
	doctor_view(&d, NULL);
	output_end(&o);
}

TEST(test_the_view_of_a_live_set)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	rec = machine_set(7, 0);
	text_fmt(rec.view, sizeof(rec.view), "/tmp was mounted anew");
	machine_record(&rec, getpid());
	examine();
	expect_text(o.out, "note     view: set 7 of root: /tmp was mounted anew [view-mended]\n");
	rec.view_lost = 1;
	machine_record(&rec, getpid());
	examine();
	expect_text(o.out, "error    view: set 7 of root: /tmp was mounted anew [view-lost]\n");
}

static int examine_mounts(void)
{
	const struct ctl ctl = {.rundir = "/run/x"};
	struct doctor d = {.ctl = &ctl, .out = stdout};

	doctor_view(&d, image);
	return 0;
}

/* The findings on a host with these lines of mountinfo(5). */
static const char *findings(const char *policy, const char *mounts)
{
	root_write("proc/self/mountinfo", mounts);
	root_write("proc/thread-self/mountinfo", mounts);
	image = image_of(policy);
	assert_int_equal(root_call(examine_mounts), 0);
	free(image);
	return root_o.out;
}

#define SHARED  "20 1 8:1 / / rw shared:1 - ext4 /dev/a rw\n"
#define PRIVATE "20 1 8:1 / / rw - ext4 /dev/a rw\n"
#define AUTOFS  "21 20 0:30 / /net rw shared:2 - autofs systemd-1 rw\n"
#define BINFMT  "21 20 0:30 / /proc/sys/fs/binfmt_misc rw shared:2 - autofs systemd-1 rw\n"
#define CUTS                                                                              \
	"lab = { namespaces = [ \"mount\" ]; propagation = ( { path = \"/home\"; type = " \
	"\"private\"; } ); }"

TEST(test_mounts_of_the_host)
{
	if (geteuid() != 0)
		skip();
	assert_string_equal(findings(CUTS, SHARED), "");
	assert_string_equal(findings(CUTS, SHARED BINFMT), "");
	expect_text(findings(CUTS, PRIVATE),
		    "warning  view: mounts of / do not propagate on this host");
	assert_string_equal(findings("lab = { namespaces = [ \"ipc\" ]; }", PRIVATE), "");
	expect_text(findings(CUTS, SHARED AUTOFS),
		    ":2: policy 'lab' cuts /home off from the host's mounts, and this host has "
		    "automounts: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_view_of_a_live_set),
		ROOT_TEST(test_mounts_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
