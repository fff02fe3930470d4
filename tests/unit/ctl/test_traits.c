/* SPDX-License-Identifier: MIT */
/* "show" has every key of a policy, as text and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/show.h"
#include "policy/load.h"
#include "tests/unit/test.h"

static const char sample[] = "tests/unit/policy/good/every-key.conf";

static struct pol_image *load(void)
{
	struct pol_report report = {0};
	struct pol_image *image = NULL;

	assert_int_equal(
		policy_load(sample, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS, &image, &report), 0);
	policy_report_done(&report);
	return image;
}

static const struct trait *find(const struct traits *t, const char *key)
{
	unsigned i = 0;

	while (i < t->count && strcmp(keys[t->rows[i].key].name, key) != 0)
		i++;
	if (i == t->count)
		fail_msg("%s is left out", key);
	return &t->rows[i];
}

static void expect(const struct traits *t, const char *key, const char *text, const char *json)
{
	const struct trait *row = find(t, key);
	char *dump = json_dumps(row->json, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_string_equal(row->text, text);
	assert_string_equal(dump, json);
	free(dump);
}

TEST(test_no_key_is_left_out)
{
	NSI_AUTO_FREE struct pol_image *image = load();
	NSI_CLEANUP(traits_done) struct traits t;

	traits_of_policy(image, policy_get(image, 0), &t);
	for (size_t i = 0; i < K_MAX; i++)
		if (keys[i].block == KEY_POLICY && i != K_EXTENDS && i != K_DIRECTORIES)
			(void)find(&t, keys[i].name);
	traits_done(&t);
	traits_of_dir(image, policy_dir(image, 0), &t);
	for (size_t i = 0; i < K_MAX; i++)
		if (keys[i].block == KEY_DIR)
			(void)find(&t, keys[i].name);
}

TEST(test_text_and_json_say_the_same)
{
	NSI_AUTO_FREE struct pol_image *image = load();
	NSI_CLEANUP(traits_done) struct traits t;

	traits_of_policy(image, policy_get(image, 0), &t);
	expect(&t, "linger", "1m", "60");
	expect(&t, "hostname", "h", "\"h\"");
	expect(&t, "on_error", "ipc = allow", "{\"ipc\":\"allow\"}");
	expect(&t, "hide", "/srv", "[\"/srv\"]");
	expect(&t, "bind",
	       "{ source = /srv; target = /mnt; options = ro, nosuid, nodev; recursive = true }",
	       "[{\"source\":\"/srv\",\"target\":\"/"
	       "mnt\",\"options\":[\"ro\",\"nosuid\",\"nodev\"],"
	       "\"recursive\":true}]");
	expect(&t, "propagation", "{ path = /srv; type = private }",
	       "[{\"path\":\"/srv\",\"type\":\"private\"}]");
	expect(&t, "proc", "hidepid = invisible; subset = pid",
	       "{\"hidepid\":\"invisible\",\"subset\":\"pid\"}");
	expect(&t, "clock", "boottime = +3d; monotonic = -10m",
	       "{\"boottime\":259200,\"monotonic\":-600}");
	expect(&t, "sysctl", "kernel.shmmax=1", "[\"kernel.shmmax=1\"]");
	expect(&t, "on_create", "run = /bin/true; where = inside; timeout = 3s",
	       "{\"run\":\"/bin/true\",\"where\":\"inside\",\"timeout\":3}");
	expect(&t, "limits", "tasks = 5; memory = 2M; cpu = 50%",
	       "{\"tasks\":5,\"memory\":2097152,\"cpu\":\"50%\"}");
	expect(&t, "root", "", "null");
}

TEST(test_what_is_not_set_is_null_or_the_default)
{
	NSI_AUTO_FREE struct pol_image *image = load();
	NSI_CLEANUP(traits_done) struct traits t;

	traits_of_policy(image, policy_get(image, 2), &t);
	expect(&t, "root", "/srv/root", "\"/srv/root\"");
	expect(&t, "network", "", "null");
	expect(&t, "bind", "", "null");
	expect(&t, "on_end", "", "null");
	expect(&t, "clock", "", "null");
	expect(&t, "limits", "", "null");
	expect(&t, "linger", "0", "0");
	expect(&t, "proc", "hidepid = off; subset = all",
	       "{\"hidepid\":\"off\",\"subset\":\"all\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_key_is_left_out),
		cmocka_unit_test(test_text_and_json_say_the_same),
		cmocka_unit_test(test_what_is_not_set_is_null_or_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
