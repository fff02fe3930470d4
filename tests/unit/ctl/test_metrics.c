/* SPDX-License-Identifier: MIT */
/* "metrics": text that a collector can parse, with the numbers of status */
#include <ctype.h>

#include "base/cleanup.h"
#include "state/decisions.h"
#include "state/waits.h"
#include "tests/unit/ctl/machine.h"
#include "wire/wire.h"

static struct output o;

static void write_numbers(void)
{
	NSI_AUTO_FD int run = open(machine.rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct decision d = {.outcome = DECISION_REFUSED, .cause = NSI_CAUSE_MEMORY};
	struct decisions ring = {.fd = -EBADF};
	struct waits waits;
	int fd = waits_open(run, &waits);

	waits_add(&waits, WAITS_JOINED, 1);
	waits_add(&waits, WAITS_JOINED, 3600000000);
	assert_int_equal(waits_write(fd, &waits), 0);
	(void)close(fd);
	assert_int_equal(decisions_open(&ring, run), 0);
	assert_int_equal(decisions_note(&ring, &d), 0);
	(void)close(ring.fd);
}

TEST(test_the_numbers)
{
	static const char *const lines[] = {
		"nsisolate_build_info{version=\"" PACKAGE_VERSION "\"} 1\n",
		"nsisolate_ok 1\n",
		"nsisolate_helper_running 0\n",
		"nsisolate_isolation_enabled 1\n",
		"nsisolate_policy_ok 1\n",
		"nsisolate_policy_errors 0\n",
		"nsisolate_policy_read_timestamp_seconds 0\n",
		"nsisolate_policy_in_force{state=\"none\"} 0\n",
		"nsisolate_sets{state=\"live\"} 0\n",
		"nsisolate_decisions_total{outcome=\"refused\"} 1\n",
		"nsisolate_failures_total{cause=\"memory\"} 1\n",
		"nsisolate_failures_total{cause=\"system\"} 0\n",
		"nsisolate_login_seconds_bucket{set=\"joined\",le=\"+Inf\"} 2\n",
		"nsisolate_login_seconds_sum{set=\"joined\"} 3600.000001\n",
		"nsisolate_login_seconds_count{set=\"joined\"} 2\n",
		"nsisolate_login_seconds_count{set=\"new\"} 0\n",
	};

	if (geteuid() != 0)
		skip();
	write_numbers();
	assert_int_equal(output_of(&o, metrics_verb, &machine.ctl), CTL_OK);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_text(o.out, lines[i]);
}

/* Each sample follows the two lines of its family, whose name it begins with. */
TEST(test_the_form)
{
	char family[100] = "", *save = NULL;

	if (geteuid() != 0)
		skip();
	assert_int_equal(output_of(&o, metrics_verb, &machine.ctl), CTL_OK);
	assert_string_equal(o.out + strlen(o.out) - strlen("# EOF\n"), "# EOF\n");
	for (char *line = strtok_r(o.out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "# TYPE %99s", family) == 1 || strncmp(line, "# ", 2) == 0)
			continue;
		if (strncmp(line, family, strlen(family)) != 0 ||
		    !isdigit((unsigned char)strrchr(line, ' ')[1]))
			fail_msg("not of %s: %s", family, line);
	}
}

TEST(test_the_fingerprint_of_a_policy_that_cannot_be_used_is_empty)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "nonsense"), 0);
	assert_int_equal(output_of(&o, metrics_verb, &machine.ctl), CTL_OK);
	expect_text(o.out, "nsisolate_policy_info{fingerprint=\"\"} 0\n");
	expect_text(o.out, "nsisolate_ok 0\n");
	machine.ctl.rundir = machine.config;
	assert_int_equal(output_of(&o, metrics_verb, &machine.ctl), CTL_SYSTEM);
	assert_string_equal(o.out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_numbers),
		MACHINE_TEST(test_the_form),
		MACHINE_TEST(test_the_fingerprint_of_a_policy_that_cannot_be_used_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
