/* SPDX-License-Identifier: MIT */
/* The list of what a set mounts: all of it, in the order of the build */
#include "net/net.h"
#include "tests/unit/setup/plan.h"
#include "view/cover.h"

static const char *const type_names[COVER_TYPE_MAX] = {
	[COVER_PRIVATE] = "private", [COVER_KEPT] = "kept",         [COVER_FILE] = "file",
	[COVER_REMOVED] = "removed", [COVER_READONLY] = "readonly", [COVER_BIND] = "bind",
	[COVER_HOME] = "home",       [COVER_HIDDEN] = "hidden",
};

/* The rows as lines "TYPE PATH SOURCE". */
static const char *lines_of(const struct cover_list *list)
{
	static char text[4096];
	const struct cover_row *row = NULL;
	size_t used = 0;

	text[0] = '\0';
	while ((row = cover_list_next(list, row)) != NULL && used < sizeof(text))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s %s\n",
					 type_names[row->type], cover_path(row), cover_source(row));
	return text;
}

/* The covers of a policy with these keys; the caller's. */
static struct cover_list list_of(const char *keys, const struct net_config *net)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	struct setup_plan plan = plan_make(keys, &image);
	struct cover_list list = {0};

	plan.net = net;
	assert_int_equal(setup_list_covers(&plan, &list), 0);
	assert_int_equal(cover_list_check(&list), 0);
	return list;
}

static void assert_list(const char *keys, const struct net_config *net, const char *lines)
{
	struct cover_list list = list_of(keys, net);

	assert_string_equal(lines_of(&list), lines);
	cover_list_done(&list);
}

#define MOUNT "namespaces = [ \"mount\" ]; "

TEST(test_without_mounts_the_list_is_empty)
{
	assert_list("namespaces = [ \"uts\" ]; hostname = \"h\";", NULL, "");
	assert_list(MOUNT, NULL, "");
}

TEST(test_rows_are_in_the_order_of_the_build)
{
	assert_list(
		"namespaces = [ \"mount\", \"uts\" ]; hostname = \"h\"; home = \"overlay\"; "
		"hide = [ \"/media\", \"/opt\" ]; unmount = [ \"/srv\" ]; "
		"readonly = [ \"/usr\" ]; "
		"bind = ( { source = \"/srv/data\"; target = \"/mnt\"; } ); "
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; keep = [ \"a\", \"b\" ]; "
		"}, { path = \"/var/lib/x\"; method = \"overlay\"; } );",
		NULL,
		"private /tmp \n"
		"kept /tmp/a /tmp/a\n"
		"kept /tmp/b /tmp/b\n"
		"private /var/lib/x \n"
		"file /etc/hostname hostname\n"
		"file /etc/hosts hosts\n"
		"removed /srv \n"
		"readonly /usr \n"
		"bind /mnt /srv/data\n"
		"home /home/alice \n"
		"hidden /media \n"
		"hidden /opt \n");
}

TEST(test_an_instance_on_disk_is_the_source_of_its_directory)
{
	assert_list(MOUNT "directories = ( { path = \"/var/tmp\"; method = \"disk\"; retain = "
			  "\"boot\"; } );",
		    NULL, "private /var/tmp /run/state/u1000/var-tmp\n");
	assert_list(MOUNT "directories = ( { path = \"/var/tmp\"; method = \"disk\"; retain = "
			  "\"session\"; } );",
		    NULL, "private /var/tmp /run/state/s0123abcd-7/var-tmp\n");
}

TEST(test_a_private_directory_has_what_it_is_made_anew_by)
{
	struct cover_list list = list_of(
		MOUNT "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = \"16M\"; "
		      "inodes = \"99\"; mode = \"0700\"; options = [ \"noexec\" ]; }, "
		      "{ path = \"/var/tmp\"; method = \"tmpfs\"; size = \"10%\"; options = [ "
		      "\"exec\" ]; } );",
		NULL);
	const struct cover_row *row = cover_list_next(&list, NULL);

	assert_int_equal(row->method, COVER_TMPFS);
	assert_int_equal(row->mode, 0700);
	assert_true(row->bytes == 16 << 20 && row->inodes == 99 && row->percent == 0);
	assert_int_equal(row->attrs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	assert_int_equal(row->flags, 0);
	assert_int_equal(row->dir, 0);
	row = cover_list_next(&list, row);
	assert_true(row->bytes == 0 && row->percent == 10);
	assert_int_equal(row->mode, 01777);
	assert_int_equal(row->attrs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	assert_int_equal(row->flags, COVER_EXEC);
	assert_int_equal(row->dir, 1);
	cover_list_done(&list);
}

/* Nobody but root may write the source of what root's programs trust. */
TEST(test_a_bind_has_its_flags)
{
	struct cover_list list =
		list_of(MOUNT "bind = ( { source = \"/srv\"; target = \"/mnt\"; options = [ \"ro\" "
			      "]; recursive = true; }, { source = \"/srv/motd\"; target = "
			      "\"/etc/motd\"; } );",
			NULL);
	const struct cover_row *row = cover_list_next(&list, NULL);

	assert_int_equal(row->flags, COVER_RECURSIVE);
	assert_int_equal(row->attrs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	row = cover_list_next(&list, row);
	assert_int_equal(row->flags, COVER_STRICT);
	assert_int_equal(row->attrs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	cover_list_done(&list);
}

/* The flags of the last row, which is that of resolv.conf. */
static unsigned resolv_flags(const struct net_config *net)
{
	struct cover_list list = list_of(
		"namespaces = [ \"mount\", \"net\" ]; network = { mode = \"none\"; };", net);
	const struct cover_row *row = cover_list_next(&list, NULL);
	unsigned flags;

	assert_non_null(row);
	assert_string_equal(cover_path(row), "/etc/resolv.conf");
	flags = row->flags;
	cover_list_done(&list);
	return flags;
}

TEST(test_servers_of_the_hosts_follow_the_host)
{
	static const struct net_config own = {.mode = NET_BRIDGE, .has_dns = true},
				       hosts = {.mode = NET_BRIDGE}, none = {.mode = NET_NONE};

	assert_int_equal(resolv_flags(&own), 0);
	assert_int_equal(resolv_flags(&hosts), COVER_FOLLOWS);
	assert_int_equal(resolv_flags(&none), 0);
}

static void list_netns(void *arg)
{
	struct cover_list list = {0};

	(void)arg;
	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	faults_check(setup_list_netns("", &list) == 0 && setup_list_netns("class", &list) == 0 &&
			     !list.data,
		     "there are files");
	own_dir("/etc/netns", 0755);
	own_dir("/etc/netns/class", 0755);
	own_file("/etc/netns/class/resolv.conf", "");
	faults_check(setup_list_netns("class", &list) == 0, "no list");
	faults_check(strcmp(lines_of(&list),
			    "file /etc/resolv.conf /etc/netns/class/resolv.conf\n") == 0,
		     "%s", lines_of(&list));
	cover_list_done(&list);
	own_file("/etc/netns/file", "");
	faults_check(setup_list_netns("file", &list) == -ENOTDIR, "a file is a directory");
}

TEST(test_the_files_of_a_named_network_are_listed)
{
	faults_apart(list_netns, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_mounts_the_list_is_empty),
		cmocka_unit_test(test_rows_are_in_the_order_of_the_build),
		cmocka_unit_test(test_an_instance_on_disk_is_the_source_of_its_directory),
		cmocka_unit_test(test_a_private_directory_has_what_it_is_made_anew_by),
		cmocka_unit_test(test_a_bind_has_its_flags),
		cmocka_unit_test(test_servers_of_the_hosts_follow_the_host),
		cmocka_unit_test(test_the_files_of_a_named_network_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
