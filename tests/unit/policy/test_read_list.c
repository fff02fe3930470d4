/* SPDX-License-Identifier: MIT */
/* Lists of words and of texts: as written, or refused at the element that is wrong */
#include <linux/mount.h>

#include "base/nstype.h"
#include "tests/unit/image.h"
#include "tests/unit/policy/said.h"

#define IN_DIR(keys) \
	IN_POLICY("directories = ( { path = \"/tmp\"; method = \"tmpfs\";\n" keys "} );")

TEST(test_lists_come_out_as_written)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"a = { namespaces = ( \"mount\", \"ipc\" ); sysctl = [ "
		"\"kernel.shmmax=65536\" ]; directories = ( { path = \"/tmp\"; method = "
		"\"tmpfs\"; options = [ \"exec\", \"suid\", \"ro\" ]; keep = [ \"x\", "
		"\"y\" ]; }, { path = \"/var/tmp\"; method = \"tmpfs\"; options = [ ]; keep "
		"= [ ]; } ); };");
	const struct pol_policy *p = policy_get(image, 0);
	const struct pol_dir *dir = policy_dir(image, p->dirs.first);

	assert_int_equal(p->types, ns_bit(NS_MNT) | ns_bit(NS_IPC));
	assert_int_equal(p->view.sysctls.count, 1);
	assert_string_equal(policy_list_str(image, p->view.sysctls, 0), "kernel.shmmax=65536");
	assert_int_equal(dir[0].attrs, MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY | POL_ATTR_EXEC);
	assert_int_equal(dir[0].keep.count, 2);
	assert_string_equal(policy_list_str(image, dir[0].keep, 1), "y");
	assert_int_equal(dir[1].attrs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	assert_int_equal(dir[1].keep.count, 0);
}

TEST(test_words)
{
	static const struct said rows[] = {
		{IN_DIR("options = [ \"ro\",\n\"noexce\" ];"),
		 "5: error: unknown option \"noexce\" in a directory of policy 'a' (did you mean "
		 "\"noexec\"?)"},
		{IN_DIR("options = [ \"ro\",\n\"rw\" ];"),
		 "5: error: 'options' in a directory of policy 'a' has \"rw\" in it after another "
		 "word for the same"},
		{IN_DIR("options = ( \"ro\",\n5 );"),
		 "5: error: 'options' in a directory of policy 'a' must be a list such as [ "
		 "\"noexec\", \"nosuid\" ]; a number without quotes is refused"},
		{IN_DIR("options = \"ro\";"),
		 "4: error: 'options' in a directory of policy 'a' must be a list such as [ "
		 "\"noexec\", \"nosuid\" ], not \"ro\""},
		{"version = 1;\npolicies = { a = {\nnamespaces = [ \"ipc\",\n\"\" ]; }; };",
		 "4: error: unknown namespace \"\" in policy 'a'"},
		{"version = 1;\npolicies = { a = {\nnamespaces = [ \"ipc\",\n\"ipc\" ]; }; };",
		 "4: error: 'namespaces' in policy 'a' has \"ipc\" in it after another word for "
		 "the "
		 "same"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_texts)
{
	static const struct said rows[] = {
		{IN_DIR("keep = [ \"x\",\n\"a/b\" ];"),
		 "5: error: 'keep' in a directory of policy 'a' has \"a/b\" in it, which is not a "
		 "name without \"/\""},
		{IN_DIR("keep = [ \"..\" ];"),
		 "4: error: 'keep' in a directory of policy 'a' has \"..\" in it, which is not a "
		 "name without \"/\""},
		{IN_DIR("keep = [ \"\" ];"),
		 "4: error: 'keep' in a directory of policy 'a' has \"\" in it, which is not a "
		 "name without \"/\""},
		{IN_DIR("import = [ \"%{host}\" ];"),
		 "4: error: 'import' in a directory of policy 'a' has \"%{host}\" in it, which is "
		 "not a name without \"/\" (with %{uid} and %{user} at most)"},
		{IN_DIR("keep = [ true ];"),
		 "4: error: 'keep' in a directory of policy 'a' must be a list of names without "
		 "\"/\", such as [ \".X11-unix\" ]"},
		{IN_POLICY("sysctl = [ \"vm.swappiness=1\" ];"),
		 "3: error: 'sysctl' in policy 'a' has \"vm.swappiness=1\", which is of no IPC or "
		 "network namespace"},
		{IN_POLICY("sysctl = [ \"kernel.shmmax\" ];"),
		 "3: error: 'sysctl' in policy 'a' must be a list such as [ "
		 "\"kernel.shmmax=65536\" ], not \"kernel.shmmax\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

/* With @count elements. */
static const char *keep_of(int count, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%s",
				       "version = 1;\npolicies = { a = { namespaces = [ \"mount\" "
				       "];\ndirectories = ( { path = \"/tmp\"; method = \"tmpfs\"; "
				       "keep = [");

	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s\"k%d\"", i ? ", " : " ", i);
	(void)snprintf(buf + used, size - used, " ]; } ); }; };");
	return buf;
}

TEST(test_the_longest_list)
{
	char text[2048];

	expect_said(keep_of(POL_KEEP_MAX, text, sizeof(text)), "");
	expect_said(keep_of(POL_KEEP_MAX + 1, text, sizeof(text)),
		    "3: error: 'keep' in a directory of policy 'a' has more than 32 elements");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_come_out_as_written),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_the_longest_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
