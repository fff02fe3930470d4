/* SPDX-License-Identifier: MIT */
/* Sessions that cannot begin: the step that failed is named, and the record keeps the others. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "state/record.h"
#include "tests/unit/faults.h"
#include "tests/unit/idle_sets.h"

static struct sets sets;
static struct set *set;

static int begin(void **state)
{
	struct set_record rec = {.id = 3, .types = 1};
	int record = memfd_create("record", MFD_CLOEXEC);

	(void)state;
	if (idle_sets_make(&sets, "/run/none", -EBADF, -EBADF) < 0 || record < 0 ||
	    pwrite(record, &rec, sizeof(rec), 0) != sizeof(rec))
		return -1;
	set = set_adopt(&sets, &rec, record);
	return set ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	idle_sets_done(&sets);
	return 0;
}

static struct session *open_one(int pidfd, struct nsi_fail *f)
{
	const struct nsi_open open = {.uid = 1000, .service = "sshd"};
	struct origin origin = {.type = ORIGIN_HOST};

	for (int i = 0; i < NS_TYPE_MAX; i++)
		origin.fds[i] = -EBADF;
	return session_new(&sets, set, &open, getpid(), pidfd, &origin, NULL, f);
}

static uint8_t state_of_slot(unsigned slot)
{
	struct session_record rec = {.state = SLOT_FREE};

	return record_read_slot(set->record_fd, slot, &rec) > 0 ? rec.state : SLOT_FREE;
}

TEST(test_a_process_that_cannot_be_watched)
{
	struct nsi_fail f = {""};

	assert_non_null(open_one((int)pidfd_open(getpid(), 0), &f));
	assert_null(open_one(-EBADF, &f));
	assert_non_null(strstr(f.what, "cannot watch the process of the session"));
	assert_int_equal(set->session_count, 1);
	assert_int_equal(state_of_slot(0), SLOT_PENDING);
	assert_int_equal(state_of_slot(1), SLOT_FREE);
}

TEST(test_a_record_that_cannot_be_written)
{
	struct nsi_fail f = {""};
	int record = set->record_fd;

	set->record_fd = -EBADF;
	assert_null(open_one((int)pidfd_open(getpid(), 0), &f));
	set->record_fd = record;
	assert_non_null(strstr(f.what, "cannot note the session below /run/none/sets"));
	assert_int_equal(set->session_count, 0);
}

TEST(test_a_set_whose_slots_are_taken)
{
	NSI_AUTO_FREE struct session *taken = calloc(RECORD_SLOTS_MAX, sizeof(*taken));
	struct nsi_fail f = {""};

	assert_non_null(taken);
	for (unsigned i = 0; i < RECORD_SLOTS_MAX; i++) {
		taken[i].slot = i;
		LIST_INSERT_HEAD(&set->sessions, &taken[i], link);
	}
	assert_null(open_one((int)pidfd_open(getpid(), 0), &f));
	assert_ptr_equal(LIST_FIRST(&set->sessions), &taken[RECORD_SLOTS_MAX - 1]);
	LIST_INIT(&set->sessions);
	assert_string_equal(f.what, "set 3 has 65536 sessions, and no more");
	assert_int_equal(lseek(set->record_fd, 0, SEEK_END), sizeof(struct set_record));
}

/* A session is there with its slot, or there is none, a sentence says why, and nothing is left of it. */
static void open_failing(struct faults *f)
{
	struct nsi_fail why = {""};
	struct session *s;
	int pidfd = (int)pidfd_open(getpid(), 0);

	/* It is that of the run before. */
	faults_check(ftruncate(set->record_fd, sizeof(struct set_record)) == 0, "no record");
	set->rec.user_count = RECORD_USERS; /* no new user, whose record would be written anew */
	f->fds = faults_count_fds();
	f->shared->is_on = 1;
	s = open_one(pidfd, &why);
	faults_end(f);
	faults_check(s || why.what[0], "there is no session, and no word why");
	faults_check(set->session_count == (s ? 1 : 0), "%u sessions are counted",
		     set->session_count);
	faults_check(!s || state_of_slot(0) == SLOT_PENDING, "it is not on record");
	faults_check(s || f->shared->failed == SYS_pwrite64 || state_of_slot(0) == SLOT_FREE,
		     "the record has a session that is not there");
	if (!s)
		f->fds--; /* the pidfd is closed */
}

TEST(test_each_call_of_a_new_session_fails)
{
	faults_sweep(open_failing, NULL, 1);
}

/* A session whose process lives inside must not be ended because of a look that failed. */
static void look_inside_failing(struct faults *f)
{
	struct nsi_fail why = {""};
	struct session *s = open_one((int)pidfd_open(getpid(), 0), &why);
	bool is_inside;

	set->rec.types = ns_bit(NS_MNT) | ns_bit(NS_UTS);
	faults_check(s && proc_namespaces(getpid(), &set->rec.ns) == 0, "no session");
	faults_begin(f);
	is_inside = session_is_inside(s, getpid());
	faults_end(f);
	if (f->shared->failed == -1 || f->shared->error != ENOENT) /* that says that it has ended */
		faults_check(is_inside, "it is taken to be outside");
}

TEST(test_each_look_whether_a_process_is_inside_fails)
{
	faults_sweep(look_inside_failing, NULL, 1);
}

TEST(test_a_process_elsewhere_is_not_inside)
{
	struct nsi_fail why = {""};
	struct session *s = open_one((int)pidfd_open(getpid(), 0), &why);

	assert_non_null(s);
	set->rec.types = ns_bit(NS_MNT) | ns_bit(NS_UTS);
	assert_int_equal(proc_namespaces(getpid(), &set->rec.ns), 0);
	assert_true(session_is_inside(s, getpid()));
	set->rec.ns.ino[NS_UTS]++;
	assert_false(session_is_inside(s, getpid()));
	assert_false(session_is_inside(s, INT32_MAX)); /* nor is one that has ended */
	s->set = NULL;
	assert_false(session_is_inside(s, getpid())); /* action = "host" */
	s->set = set;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_process_that_cannot_be_watched, begin, end),
		cmocka_unit_test_setup_teardown(test_a_record_that_cannot_be_written, begin, end),
		cmocka_unit_test_setup_teardown(test_a_set_whose_slots_are_taken, begin, end),
		cmocka_unit_test_setup_teardown(test_each_call_of_a_new_session_fails, begin, end),
		cmocka_unit_test_setup_teardown(test_each_look_whether_a_process_is_inside_fails,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_process_elsewhere_is_not_inside, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
