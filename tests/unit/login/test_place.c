/* SPDX-License-Identifier: MIT */
/* Descriptors that lead nowhere, or not far enough: where the process stands then. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "login/place.h"
#include "tests/unit/test.h"
#include "wire/wire.h"

static struct place place;
static struct nsi_fail f;

static int begin(void **state)
{
	(void)state;
	f = (struct nsi_fail){""};
	place = (struct place){.ns_dir = -EBADF};
	return place_look(&place, PLACE_KINDS | ns_bit(NS_USER), &f);
}

static int end(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

static int enter(uint32_t types, const int *fds, unsigned count)
{
	const struct nsi_reply reply = {.types = types, .to = place.ns};

	f = (struct nsi_fail){""};
	return place_enter(&place, &reply, fds, count, &f);
}

TEST(test_nothing_to_enter)
{
	assert_int_equal(enter(0, NULL, 0), 0);
	assert_int_equal(enter(ns_bit(NS_UTS), NULL, 0), -EBADMSG);
	assert_string_equal(f.what, "the helper's answer lacks its descriptor");
}

TEST(test_a_descriptor_of_another_kind)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(enter(ns_bit(NS_UTS), &fd, 1), -EINVAL);
	assert_string_equal(f.what, "cannot enter the namespaces: Invalid argument");
	assert_int_equal(enter(ns_bit(NS_MNT), &fd, 1), -EINVAL);
	place.ns.ino[NS_UTS]++; /* the UTS namespace changes, too: it is not asked for */
	assert_int_equal(enter(ns_bit(NS_MNT), &fd, 1), -EINVAL);
	assert_int_equal(enter(ns_bit(NS_USER), &fd, 1), -EINVAL);
	assert_non_null(strstr(f.what, "with several threads"));
	close(fd);
	assert_int_equal(enter(ns_bit(NS_UTS), &fd, 1), -EBADF);
}

TEST(test_one_descriptor_for_each_type)
{
	int fds[2] = {open("/dev/null", O_RDONLY | O_CLOEXEC), -EBADF};

	place.is_by_type = true;
	assert_int_equal(enter(ns_bit(NS_UTS) | ns_bit(NS_IPC), fds, 2), -EINVAL);
	assert_non_null(strstr(f.what, "cannot enter the "));
	assert_int_equal(enter(ns_bit(NS_MNT), fds, 1), -EINVAL);
	close(fds[0]);
}

/* After the first of them it is too late for "nothing has changed". */
TEST(test_fewer_descriptors_than_types)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	if (getuid() != 0)
		skip();
	place.is_by_type = true;
	assert_int_equal(enter(ns_bit(NS_UTS), &fd, 1), 0);
	assert_int_equal(enter(ns_bit(NS_UTS) | ns_bit(NS_NET), &fd, 1), PLACE_STRANDED);
	close(fd);
}

/* It moves, to where it is, and that was not promised. */
TEST(test_another_namespace_than_the_promised_one)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	if (getuid() != 0)
		skip();
	place.is_by_type = true;
	place.ns.ino[NS_UTS]++;
	assert_int_equal(enter(ns_bit(NS_UTS), &fd, 1), PLACE_STRANDED);
	assert_string_equal(f.what, "the uts namespace is not the one that was promised");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_to_enter, begin, end),
		cmocka_unit_test_setup_teardown(test_a_descriptor_of_another_kind, begin, end),
		cmocka_unit_test_setup_teardown(test_one_descriptor_for_each_type, begin, end),
		cmocka_unit_test_setup_teardown(test_fewer_descriptors_than_types, begin, end),
		cmocka_unit_test_setup_teardown(test_another_namespace_than_the_promised_one, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
