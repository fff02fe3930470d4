/* SPDX-License-Identifier: MIT */
/* The keys of a view are read as written, inherited, and change the digest of a policy. */
#include <linux/mount.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "policy/values.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

#define BASE "namespaces = [ \"mount\", \"time\", \"pid\" ]; "

TEST(test_every_key_comes_out_as_written)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"a = { " BASE
		"bind = ( { source = \"/srv\"; target = \"/mnt\"; options = [ \"ro\", \"dev\" ]; "
		"recursive = true; }, { source = \"/opt\"; } ); hide = [ \"/media\" ]; "
		"readonly = [ \"/\", \"/usr\" ]; unmount = [ \"/boot\" ]; "
		"propagation = \"unbindable\"; proc = { hidepid = \"ptraceable\"; subset = "
		"\"pid\"; }; "
		"home = \"overlay\"; nested = \"without-pid\"; "
		"clock = { boottime = \"+3d\"; monotonic = \"-10m\"; }; };");
	const struct pol_view *v = &policy_get(image, 0)->view;
	const struct pol_mount *bind = policy_mount(image, v->binds.first);

	assert_int_equal(v->binds.count, 2);
	assert_string_equal(policy_str(image, bind[0].source), "/srv");
	assert_string_equal(policy_str(image, bind[0].target), "/mnt");
	assert_int_equal(bind[0].attrs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	assert_int_equal(bind[0].recursive, 1);
	assert_string_equal(policy_str(image, bind[1].target), "/opt");
	assert_int_equal(bind[1].attrs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	assert_string_equal(policy_str(image, policy_mount(image, v->hidden.first)->target),
			    "/media");
	assert_int_equal(v->readonly.count, 2);
	assert_string_equal(policy_str(image, policy_mount(image, v->readonly.first)->target), "/");
	assert_string_equal(policy_str(image, policy_mount(image, v->unmounts.first)->target),
			    "/boot");
	assert_int_equal(policy_mount(image, v->propagations.first)->propagation,
			 POL_PROPAGATION_UNBINDABLE);
	assert_int_equal(v->proc.hidepid, POL_HIDEPID_PTRACEABLE);
	assert_int_equal(v->proc.subset, POL_SUBSET_PID);
	assert_int_equal(v->home, POL_HOME_OVERLAY);
	assert_int_equal(v->nested, POL_NESTED_WITHOUT_PID);
	assert_int_equal(v->clock.boottime, 3 * 86400);
	assert_int_equal(v->clock.monotonic, -600);
}

TEST(test_a_list_replaces_the_inherited_one)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"a = { " BASE "hide = [ \"/a\", \"/b\" ]; clock = { boottime = \"+1d\"; }; }; "
		"b = { extends = \"a\"; }; c = { extends = \"a\"; hide = [ \"/c\" ]; };");

	assert_int_equal(policy_get(image, 1)->view.hidden.count, 2);
	assert_int_equal(policy_get(image, 1)->view.clock.boottime, 86400);
	assert_int_equal(policy_get(image, 2)->view.hidden.count, 1);
}

static uint64_t digest(const char *more)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	char text[512];

	(void)snprintf(text, sizeof(text), "a = { " BASE "%s };", more);
	image = image_of(text);
	return policy_get(image, 0)->digest;
}

TEST(test_another_view_is_another_policy)
{
	static const char *const views[] = {
		"",
		"bind = ( { source = \"/srv\"; } );",
		"bind = ( { source = \"/srv\"; recursive = true; } );",
		"hide = [ \"/srv\" ];",
		"readonly = [ \"/srv\" ];",
		"unmount = [ \"/srv\" ];",
		"propagation = \"private\";",
		"propagation = \"shared\";",
		"proc = { hidepid = \"noaccess\"; };",
		"proc = { subset = \"pid\"; };",
		"home = \"overlay\";",
		"clock = { boottime = \"+1s\"; };",
		"clock = { monotonic = \"+1s\"; };",
		"limits = { tasks = \"5\"; };",
		"limits = { memory = \"5M\"; };",
		"limits = { memory = \"5%\"; };",
		"limits = { cpu = \"5%\"; };",
	};
	enum {
		COUNT = sizeof(views) / sizeof(views[0])
	};
	uint64_t digests[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		digests[i] = digest(views[i]);
		for (size_t j = 0; j < i; j++)
			assert_true(digests[i] != digests[j]);
	}
	assert_true(digest("nested = \"without-pid\";") == digests[0]);
}

TEST(test_shift_needs_a_sign)
{
	uint64_t value;

	assert_int_equal(value_shift("+2h", 86400, &value), 0);
	assert_int_equal(value, 7200);
	assert_int_equal(value_shift("-2h", 86400, &value), 0);
	assert_int_equal((int64_t)value, -7200);
	assert_int_equal(value_shift("2h", 86400, &value), -EINVAL);
	assert_int_equal(value_shift("+-2h", 86400, &value), -EINVAL);
	assert_int_equal(value_shift("+2", 86400, &value), -EINVAL);
	assert_int_equal(value_shift("+2d", 86400, &value), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_comes_out_as_written),
		cmocka_unit_test(test_a_list_replaces_the_inherited_one),
		cmocka_unit_test(test_another_view_is_another_policy),
		cmocka_unit_test(test_shift_needs_a_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
