/* SPDX-License-Identifier: MIT */
/* Records of lines: limits, which must be whole, and networks, of which unknown lines are left out */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "state/limits_record.h"
#include "state/net_record.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch scratch;
static int dir = -EBADF;

static int begin(void **state)
{
	(void)state;
	if (scratch_make(&scratch) < 0)
		return -1;
	dir = open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	nsi_closep(&dir);
	scratch_done(&scratch);
	return 0;
}

TEST(test_limits_come_back_as_they_were)
{
	const struct limits_record rec = {
		.group = "/sys/fs/cgroup/user.slice/user-1000.slice",
		.unit = "user-1000.slice",
		.tasks = "18446744073709551615",
		.kept = "tasks cpu",
	};
	const struct limits_record none = {.group = ""};
	struct limits_record got;

	assert_int_equal(limits_write(dir, "u1000", &rec), 0);
	assert_int_equal(limits_read(dir, "u1000", &got), 0);
	assert_memory_equal(&got, &rec, sizeof(rec));
	assert_int_equal(limits_write(dir, "u1000", &none), 0);
	assert_int_equal(limits_read(dir, "u1000", &got), 0);
	assert_memory_equal(&got, &none, sizeof(none));
	assert_int_equal(limits_read(dir, "u1", &got), -ENOENT);
}

/* Fills a text of the longest that its field has room for. */
#define FILL(field)                                    \
	do {                                           \
		memset(field, 'a', sizeof(field) - 1); \
		(field)[sizeof(field) - 1] = '\0';     \
	} while (0)

TEST(test_the_longest_texts)
{
	struct limits_record rec = {.group = ""}, got;

	FILL(rec.group);
	FILL(rec.unit);
	FILL(rec.tasks);
	FILL(rec.memory);
	FILL(rec.cpu);
	FILL(rec.kept);
	assert_int_equal(limits_write(dir, "u1", &rec), 0);
	assert_int_equal(limits_read(dir, "u1", &got), 0);
	assert_memory_equal(&got, &rec, sizeof(rec));
}

/* Of what cannot be read whole, nothing is used: it would be undone in part. */
TEST(test_limits_that_are_damaged)
{
	static char text[1200];
	static const char *const bad[] = {
		"unit=x\nnonsense\n",
		"unit=x\nfuture=1\n",
		"=x\n",
		"unit\n",
		"tasks=1234567890123456789012345\n",
		"UNIT=x\n",
		"unit =x\n",
		"unit=x\n\r\n",
	};
	struct limits_record got = {.group = "before"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(scratch_write(&scratch, "u1", bad[i]), 0);
		assert_int_equal(limits_read(dir, "u1", &got), -EBADMSG);
		assert_string_equal(got.group, "before");
	}
	memset(text, '\n', sizeof(text) - 1);
	assert_int_equal(scratch_write(&scratch, "u1", text), 0);
	assert_int_equal(limits_read(dir, "u1", &got), -E2BIG);
	text[300] = '\0';
	memset(text, 'a', 300);
	memcpy(text, "group=", 6);
	assert_int_equal(scratch_write(&scratch, "u1", text), 0);
	assert_int_equal(limits_read(dir, "u1", &got), -EBADMSG); /* longer than its field */
}

TEST(test_a_record_that_is_no_file)
{
	struct limits_record got;

	assert_int_equal(mkdirat(dir, "u1", 0700), 0);
	assert_int_equal(limits_read(dir, "u1", &got), -EISDIR);
	assert_int_equal(symlinkat("/etc/passwd", dir, "u2"), 0);
	assert_int_equal(limits_read(dir, "u2", &got), -ELOOP);
}

TEST(test_names_of_limits)
{
	char name[LIMITS_NAME];

	limits_name(name, 0, UINT32_MAX);
	assert_string_equal(name, "u4294967295");
	limits_name(name, UINT64_MAX, 1000);
	assert_string_equal(name, "s18446744073709551615");
}

static struct net_record longest_network(void)
{
	struct net_record rec = {.mode = ""};

	FILL(rec.mode);
	FILL(rec.owner);
	FILL(rec.index);
	FILL(rec.bridge);
	FILL(rec.create);
	FILL(rec.veth);
	for (int i = 0; i < NET_FAMILIES; i++) {
		FILL(rec.pool[i]);
		FILL(rec.address[i]);
		FILL(rec.gateway[i]);
	}
	FILL(rec.mtu);
	FILL(rec.nat);
	FILL(rec.isolate_peers);
	FILL(rec.peers);
	FILL(rec.hostname);
	FILL(rec.netns);
	FILL(rec.publish);
	FILL(rec.ns);
	FILL(rec.parent);
	FILL(rec.interfaces);
	FILL(rec.forwards);
	FILL(rec.rules);
	FILL(rec.process);
	return rec;
}

/* NET_RECORD_TEXT has room for the longest record, and every field has a key. */
TEST(test_networks_come_back_as_they_were)
{
	static char text[NET_RECORD_TEXT];
	const struct net_record longest = longest_network(), none = {.mode = ""};
	struct net_record got;

	assert_true(net_record_format(&longest, text) < NET_RECORD_TEXT);
	net_record_parse(text, &got);
	assert_memory_equal(&got, &longest, sizeof(got));
	assert_int_equal(net_record_format(&none, text), 0);
	assert_string_equal(text, "");
	net_record_parse(text, &got);
	assert_memory_equal(&got, &none, sizeof(got));
}

TEST(test_lines_of_another_version_are_left_out)
{
	char text[] = "mode=bridge\nfuture=1\nowner=u1000\nmtu=12345678901234567\nnonsense\n\n=\n"
		      "mode\naddress4=192.0.2.7/24";
	struct net_record got;

	net_record_parse(text, &got);
	assert_string_equal(got.mode, "bridge");
	assert_string_equal(got.owner, "u1000");
	assert_string_equal(got.mtu, ""); /* it does not fit, and is not cut */
	assert_string_equal(got.address[NET_V4], "192.0.2.7/24");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_limits_come_back_as_they_were),
		CASE(test_the_longest_texts),
		CASE(test_limits_that_are_damaged),
		CASE(test_a_record_that_is_no_file),
		cmocka_unit_test(test_names_of_limits),
		cmocka_unit_test(test_networks_come_back_as_they_were),
		cmocka_unit_test(test_lines_of_another_version_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
