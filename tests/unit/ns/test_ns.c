/* SPDX-License-Identifier: MIT */
/* The numbers of namespaces, as kernels before and since 6.11 give them */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ns/ns.h"
#include "tests/unit/test.h"

static int refusal; /* errno of every ioctl(2); 0: it gives @given */
static uint64_t given;

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;

	(void)fd, (void)request;
	errno = refusal;
	if (refusal)
		return -1;
	va_start(ap, request);
	*va_arg(ap, uint64_t *) = given;
	va_end(ap);
	return 0;
}

static int read_with(int error, uint64_t number, uint64_t *ret)
{
	refusal = error;
	given = number;
	return ns_mnt_id_read(getpid(), ret);
}

TEST(test_a_mount_namespace_has_a_number_since_6_11)
{
	uint64_t id = 0;

	assert_int_equal(read_with(0, UINT64_C(0x123456789a), &id), 0);
	assert_true(id == UINT64_C(0x123456789a));
}

TEST(test_an_earlier_kernel_has_none)
{
	uint64_t id = 5;

	assert_int_equal(read_with(ENOTTY, 0, &id), -EOPNOTSUPP);
	assert_int_equal(read_with(EINVAL, 0, &id), -EOPNOTSUPP);
	assert_int_equal(read_with(EPERM, 0, &id), -EPERM);
	assert_true(id == 5);
}

TEST(test_a_process_that_is_gone_has_none)
{
	uint64_t id = 5;

	assert_int_equal(ns_mnt_id_read(0x7ffffff0, &id), -ENOENT);
	assert_int_equal(ns_mnt_id_read_at(AT_FDCWD, "/proc/self/ns/none", &id), -ENOENT);
	assert_int_equal(ns_handle_read(0x7ffffff0, NS_MNT, &id), -ENOENT);
	assert_true(id == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mount_namespace_has_a_number_since_6_11),
		cmocka_unit_test(test_an_earlier_kernel_has_none),
		cmocka_unit_test(test_a_process_that_is_gone_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
