/* SPDX-License-Identifier: MIT */
/* The page of joins: entries and slots as both sides use them, and files that are not used. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "join/page.h"
#include "wire/wire.h"

static struct join_page *page;
static char dir[] = "/tmp/nsi-join-XXXXXX";
static int dir_fd;

static void write_page(mode_t mode, size_t size, const void *head)
{
	int fd = openat(dir_fd, JOIN_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, head, offsetof(struct join_page, closed), 0),
			 offsetof(struct join_page, closed));
	close(fd);
}

static struct join_page head_of_page(void)
{
	return (struct join_page){
		.magic = JOIN_MAGIC, .version = JOIN_VERSION, .size = sizeof(struct join_page)};
}

static int open_page(void)
{
	struct join_page *found = NULL;
	int fd = join_page_open(dir_fd, JOIN_FILE, geteuid(), &found);

	join_page_close(found);
	return fd;
}

static int set_up(void **state)
{
	static struct join_page head;
	int fd;

	(void)state;
	head = head_of_page();
	assert_non_null(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_page(0600, sizeof(head), &head);
	fd = join_page_open(dir_fd, JOIN_FILE, geteuid(), &page);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	join_page_close(page);
	(void)unlinkat(dir_fd, JOIN_FILE, 0);
	close(dir_fd);
	return rmdir(dir);
}

static struct join_view view_of(uint32_t uid, const char *service, uint16_t asks)
{
	struct nsi_open open = {
		.uid = uid, .gid = uid, .user = "alice", .tty = "pts/1", .rhost = "example.org"};
	struct join_view view = {.set = uid, .anchor_pid = 1};

	assert_int_equal(text_copy(open.service, sizeof(open.service), service), 0);
	assert_true(join_key_fill(&view.key, &open, asks));
	return view;
}

static void test_a_login_finds_its_entry_until_it_is_withdrawn(void **state)
{
	struct join_view view = view_of(1000, "sshd", 0), other = view_of(1000, "cron", 0), found;
	struct join_view asked = view_of(1000, "sshd", JOIN_ASKS_TTY);
	unsigned at = join_publish(page, &view);
	uint32_t seq;

	(void)state;
	assert_int_equal(join_find(page, &view.key, &found, &seq), at);
	assert_memory_equal(&found, &view, sizeof(view));
	assert_int_equal(join_find(page, &other.key, &found, &seq), -ENOENT);
	assert_int_equal(join_find(page, &asked.key, &found, &seq), -ENOENT);
	join_withdraw(page, at);
	assert_int_equal(join_find(page, &view.key, &found, &seq), -ENOENT);
	join_withdraw(page, at); /* twice is the same */
	assert_int_equal(join_publish(page, &view), at);
	assert_int_equal(join_find(page, &view.key, &found, &seq), at);
	join_withdraw(page, at);
}

static void test_a_full_bucket_makes_room(void **state)
{
	struct join_view found;
	unsigned there = 0;
	uint32_t seq;

	(void)state;
	for (uint32_t uid = 1; uid <= 4000; uid++) {
		struct join_view view = view_of(uid, "sshd", 0);

		assert_true(join_publish(page, &view) < JOIN_ENTRIES);
		assert_true(join_find(page, &view.key, &found, &seq) >= 0);
	}
	for (uint32_t uid = 1; uid <= 4000; uid++) {
		struct join_view view = view_of(uid, "sshd", 0);

		there += join_find(page, &view.key, &found, &seq) >= 0;
	}
	assert_true(there > JOIN_ENTRIES / 2 && there <= JOIN_ENTRIES);
}

static void test_texts_that_do_not_fit_make_no_key(void **state)
{
	struct nsi_open open = {.service = "sshd"};
	struct join_key key;

	(void)state;
	memset(open.user, 'x', sizeof(open.user) - 1);
	assert_false(join_key_fill(&key, &open, 0));
}

static void test_an_announcement_tells_whether_the_entry_is_valid(void **state)
{
	struct join_view view = view_of(7, "su", 0), found;
	unsigned at = join_publish(page, &view);
	uint32_t seq;
	int slot = join_take(page, 42), other = join_take(page, 42);

	(void)state;
	assert_true(slot >= 0 && other >= 0 && slot != other);
	assert_int_equal(join_find(page, &view.key, &found, &seq), at);
	assert_true(join_announce(page, slot, 42, at, seq));
	assert_int_equal(join_word_state(page->words[slot]), JOIN_ENTERING);
	assert_int_equal(join_word_pid(page->words[slot]), 42);
	join_withdraw(page, at);
	assert_false(join_announce(page, other, 42, at, seq));
	(void)join_publish(page, &view); /* valid again, but another one */
	assert_false(join_announce(page, other, 42, at, seq));
	assert_int_equal(join_find(page, &view.key, &found, &seq), at);
	page->closed = 1;
	assert_false(join_announce(page, other, 42, at, seq));
	page->closed = 0;
	page->words[slot] = page->words[other] = JOIN_FREE;
}

static void test_no_slot_is_given_twice(void **state)
{
	(void)state;
	for (int i = 0; i < JOIN_SLOTS; i++)
		assert_true(join_take(page, 1000 + i) >= 0);
	assert_int_equal(join_take(page, 5), -EBUSY);
	for (int i = 0; i < JOIN_SLOTS; i++)
		page->words[i] = JOIN_FREE;
}

static void test_a_close_tells_whether_the_helper_knows_of_the_session(void **state)
{
	int slot = join_take(page, 42);

	(void)state;
	page->slots[slot].set = 7;
	page->slots[slot].id = 9;
	assert_false(join_may_close(page, slot, 42, 7, 9)); /* it is not inside */
	join_settle(page, slot, 42, JOIN_INSIDE);
	assert_true(join_may_close(page, slot, 42, 7, 9));
	assert_false(join_may_close(page, slot, 43, 7, 9));
	assert_false(join_may_close(page, slot, 42, 8, 9));
	assert_false(join_may_close(page, slot, 42, 7, 8));
	assert_int_equal(join_close(page, slot, 43), JOIN_CLOSE_ASK);
	assert_int_equal(join_close(page, slot, 42), JOIN_CLOSE_DONE);
	assert_int_equal(join_word_state(page->words[slot]), JOIN_CLOSED);
	assert_int_equal(join_close(page, slot, 42), JOIN_CLOSE_ASK);
	join_settle(page, slot, 42, JOIN_INSIDE);
	page->closed = 1;
	assert_int_equal(join_close(page, slot, 42), JOIN_CLOSE_TELL);
	/* It logs the close, and the helper does not. */
	assert_false(join_claim_close(page, (unsigned)slot, 42, join_word(JOIN_TAKEN, 0)));
	page->closed = 0;
	join_settle(page, slot, 42, JOIN_INSIDE);
	assert_int_equal(join_know(page, (unsigned)slot), join_word(JOIN_INSIDE, 42));
	assert_false(join_may_close(page, slot, 42, 7, 9));
	assert_int_equal(join_close(page, slot, 42), JOIN_CLOSE_TELL);
	assert_false(join_take_back(page, (unsigned)slot, 42)); /* it is closed */
	join_settle(page, slot, 42, JOIN_INSIDE);
	assert_true(join_take_back(page, (unsigned)slot, 42));
	page->words[slot] = JOIN_FREE;
	page->slots[slot].known = 0;
	page->slots[slot].set = page->slots[slot].id = 0;
}

static void test_a_crowded_page_is_not_closed_by(void **state)
{
	int slot = join_take(page, 42);

	(void)state;
	join_settle(page, slot, 42, JOIN_INSIDE);
	for (int i = 1; i < JOIN_SLOTS_OPEN; i++)
		assert_true(join_take(page, 1000 + i) >= 0);
	assert_true(join_may_close(page, slot, 42, 0, 0));
	assert_true(join_take(page, 5) >= 0);
	assert_false(join_may_close(page, slot, 42, 0, 0));
	for (int i = 0; i < JOIN_SLOTS; i++)
		page->words[i] = JOIN_FREE;
}

static void test_files_that_are_no_page_are_not_used(void **state)
{
	static struct join_page head;

	(void)state;
	head = head_of_page();
	write_page(0600, sizeof(head) - 4096, &head); /* cut short: SIGBUS, if it were mapped */
	assert_int_equal(open_page(), -EBADMSG);
	write_page(0600, 0, &head);
	assert_int_equal(open_page(), -EBADMSG);
	write_page(0640, sizeof(head), &head);
	assert_int_equal(open_page(), -EBADMSG);
	head.version++;
	write_page(0600, sizeof(head), &head);
	assert_int_equal(open_page(), -EBADMSG);
	head = head_of_page();
	head.magic[0] = 'x';
	write_page(0600, sizeof(head), &head);
	assert_int_equal(open_page(), -EBADMSG);
	head = head_of_page();
	memset(head.config, 'x', sizeof(head.config));
	write_page(0600, sizeof(head), &head);
	assert_int_equal(open_page(), -EBADMSG);
	assert_int_equal(unlinkat(dir_fd, JOIN_FILE, 0), 0);
	assert_int_equal(open_page(), -ENOENT);
	assert_int_equal(symlinkat("/etc/passwd", dir_fd, JOIN_FILE), 0);
	assert_int_equal(open_page(), -EBADMSG);
	assert_int_equal(unlinkat(dir_fd, JOIN_FILE, 0), 0);
	assert_int_equal(mkfifoat(dir_fd, JOIN_FILE, 0600), 0);
	assert_int_equal(open_page(), -EBADMSG);
	assert_int_equal(unlinkat(dir_fd, JOIN_FILE, 0), 0);
}

static void test_a_dead_holder_holds_nothing(void **state)
{
	static struct join_page head;
	struct join_page *mapped = NULL;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd, ready[2];
	char byte;
	pid_t pid;

	(void)state;
	head = head_of_page();
	write_page(0600, sizeof(head), &head);
	fd = join_page_open(dir_fd, JOIN_FILE, geteuid(), &mapped);
	assert_true(fd >= 0);
	assert_int_equal(join_page_holder(fd), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		int own = openat(dir_fd, JOIN_FILE, O_RDWR | O_CLOEXEC);

		if (fcntl(own, F_SETLK, &lock) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(join_page_holder(fd), pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(join_page_holder(fd), 0);
	close(fd);
	close(ready[0]);
	close(ready[1]);
	join_page_close(mapped);
}

/* The real functions at full speed: a set is over at some moment, and nobody is in it behind that. */
enum {
	ROUNDS = 3000
};
static _Atomic int turn, entered;

static void *log_in(void *arg)
{
	struct join_view view = view_of(9, "race", 0), found;
	uint32_t seq;

	(void)arg;
	for (int round = 1; round <= ROUNDS; round++) {
		int slot, at;

		while (atomic_load(&turn) < round)
			(void)sched_yield();
		at = join_find(page, &view.key, &found, &seq);
		slot = join_take(page, 1);
		atomic_store(&entered, 0);
		if (at >= 0 && join_announce(page, slot, 1, (unsigned)at, seq))
			atomic_store(&entered, 1);
		else
			join_settle(page, slot, 1, JOIN_LEFT);
		atomic_store(&turn, -round);
	}
	return NULL;
}

static void test_the_race_has_two_ends_only(void **state)
{
	struct join_view view = view_of(9, "race", 0);
	unsigned at = join_publish(page, &view), ins = 0, outs = 0;
	pthread_t login;

	(void)state;
	assert_int_equal(pthread_create(&login, NULL, log_in, NULL), 0);
	for (int round = 1; round <= ROUNDS; round++) {
		bool has_session = false;

		(void)join_publish(page, &view);
		atomic_store(&turn, round);
		for (volatile int i = 0; i < (round * 7) % 400; i++)
			;
		join_withdraw(page, at);
		for (int i = 0; i < JOIN_SLOTS; i++)
			has_session |= join_word_state(page->words[i]) == JOIN_ENTERING;
		while (atomic_load(&turn) != -round)
			(void)sched_yield();
		assert_false(atomic_load(&entered) && !has_session);
		ins += (unsigned)atomic_load(&entered);
		outs += !atomic_load(&entered);
		for (int i = 0; i < JOIN_SLOTS; i++)
			page->words[i] = JOIN_FREE;
	}
	assert_int_equal(pthread_join(login, NULL), 0);
	print_message("# %u in, %u not\n", ins, outs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_login_finds_its_entry_until_it_is_withdrawn),
		cmocka_unit_test(test_a_full_bucket_makes_room),
		cmocka_unit_test(test_texts_that_do_not_fit_make_no_key),
		cmocka_unit_test(test_an_announcement_tells_whether_the_entry_is_valid),
		cmocka_unit_test(test_no_slot_is_given_twice),
		cmocka_unit_test(test_a_close_tells_whether_the_helper_knows_of_the_session),
		cmocka_unit_test(test_a_crowded_page_is_not_closed_by),
		cmocka_unit_test(test_the_race_has_two_ends_only),
		cmocka_unit_test(test_files_that_are_no_page_are_not_used),
		cmocka_unit_test(test_a_dead_holder_holds_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
