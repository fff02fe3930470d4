/* SPDX-License-Identifier: MIT */
/* Whole lives of sets while a system call fails: the login has all of its set or a sentence, and nothing is left of it */
#include <net/if.h>
#include <sys/socket.h>

#include "tests/unit/faults_system.h"
#include "tests/unit/sets/whole.h"

#ifdef SYS_epoll_wait
#define WAIT_CALL SYS_epoll_wait
#else
#define WAIT_CALL SYS_epoll_pwait
#endif

static struct faults *faults;

static const struct kind {
	const char *policy;
	bool is_entered;  /* by the login, and by a process that it leaves behind */
	bool anchor_dies; /* while the session lives */
	bool has_network; /* and a view */
} kinds[] = {
	{"p = { namespaces = [ \"mount\", \"ipc\", \"uts\" ]; hostname = \"of-%{user}\"; "
	 "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = \"1M\"; } ); };",
	 false, false},
	{"p = { namespaces = [ \"mount\", \"pid\" ]; "
	 "directories = ( { path = \"/tmp\"; method = \"disk\"; retain = \"session\"; } ); };",
	 false, false},
	{"p = { namespaces = [ \"mount\", \"ipc\" ]; on_last_close = \"kill\"; kill_grace = "
	 "\"0s\"; "
	 "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } ); };",
	 true, false},
	{"p = { namespaces = [ \"mount\", \"uts\" ]; on_last_close = \"kill\"; kill_grace = "
	 "\"0s\"; "
	 "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } ); };",
	 true, true},
	{"p = { namespaces = [ \"mount\", \"uts\", \"net\" ]; hostname = \"h\"; "
	 "network = { mode = \"bridge\"; bridge = \"nsit0\"; create = true; publish = true; "
	 "pool = \"10.77.0.0/16\"; hosts = \"peers\"; }; "
	 "hide = [ \"/srv\" ]; readonly = [ \"/opt\" ]; "
	 "bind = ( { source = \"/opt\"; target = \"/mnt\"; } ); "
	 "on_create = { run = \"/usr/bin/true\"; }; "
	 "directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } ); };",
	 false, false, true},
};

/* A process that can be told to enter a set, and waits. */
struct member {
	pid_t pid;
	int tube;
};

static struct member member_start(void)
{
	int pair[2];
	struct member m;

	faults_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "no pair");
	m = (struct member){.pid = fork(), .tube = pair[0]};
	if (m.pid == 0) {
		int in[2], pidfd;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(pair[0]);
		if (read(pair[1], in, sizeof(in)) != sizeof(in))
			_exit(0);
		pidfd = (int)pidfd_open(in[0], 0);
		faults_check(pidfd >= 0 && setns(pidfd, in[1]) == 0, "cannot enter");
		(void)close(pidfd);
		(void)!write(pair[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(pair[1]);
	return m;
}

/* Without a fault it does.  Else its own call may have failed, or the anchor have ended. */
static void member_enter(const struct member *m, const struct set *set)
{
	const int in[] = {set->anchor.pid, ns_clone_flags(set->rec.types)};
	char byte;

	if (write(m->tube, in, sizeof(in)) == sizeof(in) && read(m->tube, &byte, 1) == 1)
		return;
	faults_check(faults->shared->failed != -1, "nobody enters");
	_exit(0);
}

static bool member_lives(const struct member *m)
{
	return waitpid(m->pid, NULL, WNOHANG) == 0;
}

static void member_end(const struct member *m)
{
	(void)kill(m->pid, SIGKILL);
	(void)close(m->tube);
}

static struct session *begin_session(struct set *set, pid_t pid, struct nsi_fail *f)
{
	struct nsi_open open = {.uid = USER, .service = "sshd"};
	struct origin origin = {.type = ORIGIN_HOST, .ns = sets.host.ns};
	int pidfd = (int)pidfd_open(pid, 0);

	for (int i = 0; i < NS_TYPE_MAX; i++)
		origin.fds[i] = -EBADF;
	if (pidfd < 0) {
		(void)fail_errno(f, errno, "no process");
		return NULL;
	}
	return session_new(&sets, set, &open, pid, pidfd, &origin, NULL, f);
}

/* As a login would see it: directories of its own, in namespaces of its own. */
static void check_built(const struct set *set)
{
	struct ns_inodes ns;
	struct stat own, hosts;
	char path[64];

	faults_check(set->state == SET_LIVE && set->anchor.pidfd >= 0, "it is not live");
	faults_check(proc_namespaces(set->anchor.pid, &ns) == 0, "it has no anchor");
	/* It has just ended: another is made, or the set ends.  ENOENT: the kernel has no such type. */
	if (ns.ino[NS_MNT] == 0 ||
	    (faults->shared->failed != -1 && faults->shared->error == ENOENT))
		return;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (set->rec.types & ns_bit(type))
			faults_check(ns.ino[type] != sets.host.ns.ino[type] &&
					     ns.ino[type] == set->rec.ns.ino[type],
				     "namespace %d is not its own", type);
	(void)snprintf(path, sizeof(path), "/proc/%d/root/tmp", set->anchor.pid);
	faults_check(stat(path, &own) == 0 && stat("/tmp", &hosts) == 0 &&
			     (own.st_dev != hosts.st_dev || own.st_ino != hosts.st_ino),
		     "its /tmp is the host's");
	faults_check((own.st_mode & 07777) == 01777 && own.st_uid == 0, "mode %o of %u",
		     own.st_mode, own.st_uid);
	(void)snprintf(path, sizeof(path), "/run/nsi/sets/%d", (int)set->rec.id);
	faults_check(is_there(path), "it is on no record");
}

static bool all_are_collected(void)
{
	return all_are_gone() && !work_is_busy(&sets.networks.work);
}

static void check_nothing_is_left(unsigned mounts)
{
	faults_check(all_are_gone(), "the set is left");
	adopt_all(&sets); /* as the next helper, which ends what could not be ended */
	networks_collect(&sets.networks);
	(void)whole_run(all_are_collected);
	faults_check(count_files("/run/nsi/sets") == 0, "its record is left");
	faults_check(count_files("/run/nsi/etc") == 0, "its files are left");
	faults_check(count_files("/run/nsi/limits") == 0, "its limits are left");
	faults_check(if_nametoindex("nsit0") == 0, "its bridge is left");
	faults_check(!is_there("/run/nsi/net/1") && !is_there("/run/nsi/net/1.undo"),
		     "the record of its network is left");
	faults_check(LIST_EMPTY(&sets.limits.holders), "somebody holds limits");
	if (faults->shared->failed != -1 && faults->shared->error == ENOENT)
		return; /* of a name below /run/netns, it says that there is none */
	faults_check(count_files("/run/netns") == 0, "the name of its network is left");
	faults_check(count_mounts() == mounts, "the host has %u mounts, and had %u", count_mounts(),
		     mounts);
}

/* Closes what the helper has, but for what is the policy's. */
static void end_helper(void)
{
	spare_drop(&sets.spare);
	loop_disarm(&sets.loop, &sets.spare.timer);
	work_cancel(&sets.scanner.work);
	work_cancel(&sets.sweeper.work);
}

static struct session *session;
static struct nsi_fail why; /* there is none */
static const struct kind *kind;
static struct member user, leftover;

/* As serve/enter.c does, whose module has entered. */
static void login_goes_on(struct set *set)
{
	if (!set || set->state != SET_LIVE)
		return;
	faults->shared->is_on = 0;
	check_built(set);
	if (kind->is_entered) {
		member_enter(&user, set);
		member_enter(&leftover, set);
	}
	faults->shared->is_on = 1;
	session = begin_session(set, user.pid, &why);
	if (session)
		session_confirm(session);
	else
		set_step(set, SET_SESSIONS);
}

static bool leftover_is_gone(void)
{
	return !member_lives(&leftover);
}

static int lost_anchor;

static bool set_has_its_anchor(void)
{
	const struct set *set = set_by_id(&sets, login.set_id);

	return !set || set->state == SET_LOST ||
	       (!set->reviving && set->anchor.pidfd >= 0 && set->anchor.pid != lost_anchor &&
		set->state == SET_LIVE);
}

/* The session goes on: nobody inside is harmed, and the set is known, with another anchor or lost. */
static void lose_anchor(struct faults *f)
{
	struct set *set = set_by_id(&sets, login.set_id);

	lost_anchor = set->anchor.pid;
	(void)kill(lost_anchor, SIGKILL);
	f->shared->is_on = 1;
	(void)whole_run(set_has_its_anchor);
	f->shared->is_on = 0;
	faults_check(member_lives(&user) && member_lives(&leftover), "somebody inside is harmed");
	faults_check(set_by_id(&sets, login.set_id), "a set with a session is given up");
	faults_check(whole_run(set_has_its_anchor), "it is neither revived nor lost");
	faults_check(count_files("/run/nsi/sets") == 1, "its record is gone");
	faults_check(session_by_id(&sets, login.set_id, session->rec.id) != NULL,
		     "its session is gone");
}

static void live(struct faults *f)
{
	struct pol_image *image;
	unsigned mounts;
	struct set *set;
	bool is_answered;

	faults = f;
	kind = &kinds[*(int *)f->arg];
	image = image_of(kind->policy);
	faults_check(!kind->has_network || unshare(CLONE_NEWNET) == 0, "no network");
	user = member_start();
	leftover = member_start();
	whole_begin(image);
	mounts = count_mounts();
	f->shared->is_on = 1;
	set = whole_want_set(policy_get(image, 0), &why);
	is_answered = !set || whole_run(login_is_answered);
	f->shared->is_on = 0;
	if (!is_answered && f->shared->failed == WAIT_CALL)
		_exit(0); /* the helper ends, and another takes over */
	faults_check(is_answered, "the login has no answer");
	faults_check(session || why.what[0] || login.failure.what[0],
		     "no session, and no sentence");
	faults_check(session || f->shared->failed != -1, "without a fault: %s%s", why.what,
		     login.failure.what);
	if (session && kind->anchor_dies)
		lose_anchor(f);
	member_end(&user);
	f->shared->is_on = 1;
	(void)whole_run(all_are_gone);
	f->shared->is_on = 0;
	(void)whole_run(all_are_gone);
	if (f->shared->failed == SYS_waitid)
		_exit(0); /* a child that is not reaped has its namespaces until the helper ends */
	check_nothing_is_left(mounts);
	faults_check(!kind->is_entered || !session || whole_run(leftover_is_gone),
		     "who was left inside lives on");
	faults_check(kind->is_entered || member_lives(&leftover),
		     "a process of the host's was killed");
	member_end(&leftover);
	end_helper();
	faults_check(whole_run(nobody_is_left), "%u processes are left", count_processes());
	_exit(0);
}

static void run(struct faults *f)
{
	faults_with_init(f, live);
}

static void sweep(int which)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, &which, 197);
}

TEST(test_a_set_in_memory)
{
	sweep(0);
}

TEST(test_a_set_whose_last_processes_are_killed)
{
	sweep(2);
}

TEST(test_a_set_that_loses_its_anchor)
{
	sweep(3);
}

TEST(test_a_set_with_a_network_and_a_view)
{
	sweep(4);
}

TEST(test_a_set_on_disk_with_processes_of_its_own)
{
	sweep(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_in_memory),
		cmocka_unit_test(test_a_set_whose_last_processes_are_killed),
		cmocka_unit_test(test_a_set_that_loses_its_anchor),
		cmocka_unit_test(test_a_set_with_a_network_and_a_view),
		cmocka_unit_test(test_a_set_on_disk_with_processes_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
