/* SPDX-License-Identifier: MIT */
/* A login by the page of joins, whose helper and anchor are children of this test. */
#include "tests/unit/pam_nsisolate/joinable_set.h"

TEST(test_a_login_like_one_before)
{
	need_set();
	expect_in();
	for (unsigned i = 0; i < JOIN_SLOTS; i++)
		if (atomic_load(&page->words[i])) {
			assert_int_equal(page->slots[i].set, SET);
			assert_string_equal(page->slots[i].user, "alice");
			assert_string_equal(page->slots[i].rule, "/etc/conf:1");
		}
}

TEST(test_an_anchor_by_the_number_of_its_pidfd)
{
	int pidfd;

	need_set();
	pidfd = proc_start_time(anchor, &view.anchor_start) == 0 ? (int)pidfd_open(anchor, 0) : -1;
	view.anchor_ino = join_pidfd_ino(pidfd);
	close(pidfd);
	if (!view.anchor_ino)
		skip();
	view.anchor_start = 0;
	publish();
	expect_in();
}

TEST(test_an_anchor_that_is_another_process)
{
	need_set();
	view.anchor_start++;
	publish();
	expect_asks();
	view.anchor_ino = 1;
	publish();
	expect_asks();
	view.anchor_ino = 0;
	view.anchor_pid = 0x7fffffff;
	publish();
	expect_asks();
}

TEST(test_a_page_of_another_instance)
{
	need_set();
	page->config[1]++;
	expect_asks();
	page->config[1]--;
	page->statedir[1]++;
	expect_asks();
	page->statedir[1]--;
	atomic_store(&page->closed, 1);
	expect_asks();
	atomic_store(&page->closed, 0);
	page->helper_pid++;
	expect_asks();
	page->helper_pid--;
	page->magic[0]++;
	expect_asks();
	page->magic[0]--;
	expect_in();
}

TEST(test_a_page_whose_helper_is_gone)
{
	need_set();
	end_child(&helper);
	expect_asks();
}

TEST(test_a_policy_that_has_changed)
{
	need_set();
	assert_int_equal(scratch_write(&dir, "policy", "version = 1; \n"), 0);
	expect_asks();
	page->seq++;
	expect_asks();
}

TEST(test_a_login_that_does_not_come_from_the_host)
{
	need_set();
	page->host.ino[NS_UTS]++;
	expect_asks();
	page->host.ino[NS_UTS]--;
	page->root_mnt++;
	expect_asks();
	page->root_mnt--;
	page->root_ino++;
	expect_asks();
	page->root_ino--;
	page->root_dev++;
	expect_asks();
	assert_int_equal(chdir("/"), 0);
	expect_asks();
	page->root_dev--;
	expect_in();
}

TEST(test_an_entry_that_is_withdrawn)
{
	need_set();
	join_withdraw(page, entry);
	expect_asks();
}

TEST(test_isolation_that_is_switched_off)
{
	need_set();
	assert_int_equal(scratch_write(&dir, OFF_FILE, ""), 0);
	expect_asks();
}

/* So the login is no one's session, and must not enter. */
TEST(test_a_page_without_a_free_slot)
{
	need_set();
	for (unsigned i = 0; i < JOIN_SLOTS; i++)
		atomic_store(&page->words[i], join_word(JOIN_LEFT, 1));
	expect_asks();
}

/* The set is not the promised one: the login is brought back to the host by the helper's namespaces. */
TEST(test_a_set_that_is_not_the_promised_one)
{
	need_set();
	view.ns.ino[NS_UTS]++;
	publish();
	expect_asks();
	assert_int_equal(slots_in(JOIN_LEFT), 1);
}

/* A login that cannot be brought back is refused, whatever "allow" says. */
TEST(test_a_way_back_that_leads_elsewhere)
{
	const char *log;
	bool is_in;

	need_set();
	view.ns.ino[NS_UTS]++;
	publish();
	end_child(&helper);
	helper = start_child(lock_page_elsewhere);
	page->helper_pid = helper;
	args.allow = true;
	assert_int_equal(login(&is_in, &log), PAM_SYSTEM_ERR);
	assert_non_null(strstr(log, "cannot go back to where the process came from"));
	assert_int_equal(slots_in(JOIN_INSIDE), 0);
}

/* With a directory of its own. */
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_login_like_one_before),
		CASE(test_an_anchor_by_the_number_of_its_pidfd),
		CASE(test_an_anchor_that_is_another_process),
		CASE(test_a_page_of_another_instance),
		CASE(test_a_page_whose_helper_is_gone),
		CASE(test_a_policy_that_has_changed),
		CASE(test_a_login_that_does_not_come_from_the_host),
		CASE(test_an_entry_that_is_withdrawn),
		CASE(test_isolation_that_is_switched_off),
		CASE(test_a_page_without_a_free_slot),
		CASE(test_a_set_that_is_not_the_promised_one),
		CASE(test_a_way_back_that_leads_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
