/* SPDX-License-Identifier: MIT */
/* A rundir, a statedir and a policy of a test's own, with records of sets whose anchors are its children */
#ifndef NSI_TEST_MACHINE_H
#define NSI_TEST_MACHINE_H

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "policy/image.h"
#include "state/record.h"
#include "tests/unit/ctl/output.h"
#include "tests/unit/process.h"
#include "tests/unit/scratch.h"

#define MACHINE_POLICY                                                                       \
	"version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; }; };\nrules = ( { " \
	"user = \"root\"; policy = \"lab\"; } );\n"

struct machine {
	struct scratch s;
	char config[128], rundir[128], statedir[128];
	char *operands[8];
	struct ctl ctl;
	int sets_fd;
	pid_t anchors[8];
	unsigned anchor_count;
};

static struct machine machine;

/* Below /run, as a policy is trusted only in a directory of root's; elsewhere for other users. */
static inline int machine_make(void **state)
{
	struct machine *m = &machine;

	(void)state;
	umask(022);
	(void)setenv("TZ", "UTC", 1);
	*m = (struct machine){.sets_fd = -1};
	if (scratch_make_below(&m->s, geteuid() == 0 ? "/run" : "/tmp") < 0)
		return -1;
	text_fmt(m->config, sizeof(m->config), "%s/nsisolate.conf", m->s.top);
	text_fmt(m->rundir, sizeof(m->rundir), "%s/run", m->s.top);
	text_fmt(m->statedir, sizeof(m->statedir), "%s/state", m->s.top);
	m->ctl = (struct ctl){.config = m->config,
			      .rundir = m->rundir,
			      .statedir = m->statedir,
			      .operands = m->operands};
	if (scratch_write(&m->s, "nsisolate.conf", MACHINE_POLICY) < 0 ||
	    mkdir(m->rundir, 0700) < 0 || mkdir(m->statedir, 0700) < 0 ||
	    mkdir(scratch_path(&m->s, 0, "run/sets"), 0700) < 0)
		return -1;
	m->sets_fd = open(scratch_path(&m->s, 0, "run/sets"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return m->sets_fd < 0 ? -1 : 0;
}

static inline void machine_kill_anchors(void)
{
	while (machine.anchor_count > 0) {
		(void)kill(machine.anchors[--machine.anchor_count], SIGKILL);
		(void)waitpid(machine.anchors[machine.anchor_count], NULL, 0);
	}
}

static inline int machine_done(void **state)
{
	(void)state;
	machine_kill_anchors();
	(void)close(machine.sets_fd);
	scratch_done(&machine.s);
	return 0;
}

#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, machine_make, machine_done)

/* The head of a set of user @uid, without namespaces of its own, whose anchor is a new process. */
static inline struct set_record machine_set(uint64_t id, uid_t uid)
{
	struct set_record rec = {.id = id, .uid = uid, .gid = uid, .owner = uid, .created = 86400};
	pid_t pid = process_start();

	assert_true(pid > 0);
	machine.anchors[machine.anchor_count++] = pid;
	assert_int_equal(proc_boot_id(rec.boot_id), 0);
	assert_int_equal(proc_start_time(pid, &rec.anchor_start), 0);
	assert_int_equal(proc_namespaces(pid, &rec.ns), 0);
	rec.anchor_pid = pid;
	text_fmt(rec.user, sizeof(rec.user), "%s", uid == 0 ? "root" : "somebody");
	text_fmt(rec.policy, sizeof(rec.policy), "lab");
	rec.end.state = SET_LIVE;
	return rec;
}

/* Puts it on record, with a session of @pid unless that is 0. */
static inline void machine_record(struct set_record *rec, pid_t pid)
{
	struct session_record session = {.id = 1, .pid = pid, .uid = rec->uid, .state = SLOT_LIVE};
	int fd = record_create(machine.sets_fd, rec);

	assert_true(fd >= 0);
	session.start = proc_now();
	text_fmt(session.service, sizeof(session.service), "sshd");
	if (pid)
		assert_int_equal(record_write_slot(fd, 0, &session), 0);
	(void)close(fd);
}

#endif /* NSI_TEST_MACHINE_H */
