/* SPDX-License-Identifier: MIT */
/* A login by the page of joins, whose helper and anchor are children of this test. */
#include "tests/unit/pam_nsisolate/joinable_set.h"

#include "pam_nsisolate/joining.h"

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

static unsigned slot_inside(void)
{
	unsigned slot = 0;

	while (join_word_state(atomic_load(&page->words[slot])) != JOIN_INSIDE)
		slot++;
	return slot;
}

/* A login by the page that closes; @between runs in its process, inside. */
static void expect_close(void (*between)(void), enum join_close how, enum join_state left_as)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		pam_handle_t pamh = standin_of_alice();
		struct place place = {.ns_dir = -EBADF, .rules = {.caller = getuid()}};
		struct nsi_fail f = {""};
		enum join_close closed;
		unsigned slot;

		if (open_session(&pamh, 0, &args) != PAM_SUCCESS || slots_in(JOIN_INSIDE) != 1)
			_exit(1);
		slot = slot_inside();
		between();
		if (place_look(&place, 0, &f) < 0)
			_exit(2);
		closed = joining_leave(&args, session_get(&pamh), &place);
		if (closed != how || join_word_state(atomic_load(&page->words[slot])) != left_as)
			_exit(3);
		_exit((uts_of(getpid()) == uts_of(anchor)) != (how == JOIN_CLOSE_ASK) ? 4 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	for (int i = 0; i < JOIN_SLOTS; i++) {
		atomic_store(&page->words[i], JOIN_FREE);
		atomic_store(&page->slots[i].known, 0);
	}
}

static void in_peace(void)
{
}

static void be_known(void)
{
	(void)join_know(page, slot_inside());
}

static void be_collected(void)
{
	atomic_store(&page->words[slot_inside()], JOIN_FREE);
}

static void be_of_another_page(void)
{
	page->slots[slot_inside()].id++;
}

static void lose_the_helper(void)
{
	page->helper_pid++;
}

static void crowd_the_page(void)
{
	while (join_take(page, 1) >= 0)
		;
}

static void go_into_a_chroot(void)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL), 0);
	assert_int_equal(chroot("/mnt"), 0);
}

TEST(test_a_close_by_the_page)
{
	need_set();
	expect_close(in_peace, JOIN_CLOSE_DONE, JOIN_CLOSED);
	expect_close(be_known, JOIN_CLOSE_ASK, JOIN_INSIDE);
	expect_close(be_collected, JOIN_CLOSE_ASK, JOIN_FREE);
	expect_close(be_of_another_page, JOIN_CLOSE_ASK, JOIN_INSIDE);
	expect_close(crowd_the_page, JOIN_CLOSE_ASK, JOIN_INSIDE);
	expect_close(lose_the_helper, JOIN_CLOSE_ASK, JOIN_INSIDE);
}

TEST(test_a_close_from_a_chroot)
{
	need_set();
	expect_close(go_into_a_chroot, JOIN_CLOSE_ASK, JOIN_INSIDE);
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
		CASE(test_a_close_by_the_page),
		CASE(test_a_close_from_a_chroot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
