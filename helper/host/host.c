/* SPDX-License-Identifier: MIT */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/nstype.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "log/log.h"
#include "login/off.h"
#include "mnt/mnt.h"
#include "priv/priv.h"
#include "state/record.h"

/* Ids are reserved in blocks, so that few first logins write a file for theirs. */
enum {
	ID_BLOCK = 64
};

enum {
	RELIEVE_MS = 6000,     /* longer than a helper takes that is told to go */
	STRAGGLER_TRIES = 100, /* for a child of one that has gone */
	STRAGGLER_NAP_US = 10000
};

/* A write lock of the open file: forks have it, too, until they close the descriptor, as all do first. */
static int host_try_lock(struct host *h)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char pid[16];

	if (fcntl(h->lock_fd, F_OFD_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES ? HOST_TAKEN : -errno;
	text_fmt(pid, sizeof(pid), "%-10d\n", (int)getpid()); /* 11 characters, always */
	(void)!pwrite(h->lock_fd, pid, strlen(pid),
		      0); /* for host_relieve() alone, which can do without */
	return 0;
}

/*
 * Asks whoever holds the lock to go, and waits for it.  That the lock is still
 * taken after the pidfd was had says that the pid is its holder's.
 */
static int host_relieve(struct host *h)
{
	char text[16] = "";
	NSI_AUTO_FD int pidfd = -EBADF;
	struct pollfd gone = {.events = POLLIN};
	int r;

	if (pread(h->lock_fd, text, sizeof(text) - 1, 0) > 0)
		pidfd = (int)pidfd_open(atoi(text), 0);
	r = host_try_lock(h);
	if (r != HOST_TAKEN)
		return r;
	if (pidfd >= 0 && pidfd_send_signal(pidfd, SIGTERM, NULL, 0) == 0) {
		gone.fd = pidfd;
		(void)poll(&gone, 1, RELIEVE_MS); /* the lock says how it went */
	}
	r = host_try_lock(h);
	/* A child that it has just forked has the lock until it has closed what it inherited. */
	for (int i = 0; r == HOST_TAKEN && i < STRAGGLER_TRIES; i++) {
		(void)usleep(STRAGGLER_NAP_US);
		r = host_try_lock(h);
	}
	return r;
}

static int host_take_lock(struct host *h, struct nsi_fail *f)
{
	int r = host_try_lock(h);

	if (r == HOST_TAKEN && h->relieves)
		r = host_relieve(h);
	if (r == HOST_TAKEN && h->relieves)
		return fail_set(f, EBUSY, "another helper serves %s and does not make way",
				h->rundir);
	return r < 0 ? fail_errno(f, r, "cannot lock %s", h->rundir) : r;
}

/* Files in <rundir>/etc replace the host's, which every program reads: new ones get the type of their directory. */
static void host_label_etc(const struct host *h)
{
	NSI_AUTO_FD int hosts = open("/etc/hosts", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct nsi_fail f = {""};

	if (hosts < 0) /* then it is covered in no set */
		return;
	if (mnt_copy_label(hosts, h->etc_fd, &f) < 0)
		log_line(LOG_WARNING,
			 "programs in sets may not be able to read the sets' own files of /etc: %s",
			 f.what);
}

static int host_make_dirs(struct host *h, struct nsi_fail *f)
{
	h->run_fd = path_make_trusted_dir(h->rundir, 0700, f);
	if (h->run_fd < 0)
		return h->run_fd;
	h->sets_fd = path_make_dir(h->run_fd, "sets", 0700, f);
	h->etc_fd = path_make_dir(h->run_fd, "etc", 0700, f);
	if (h->sets_fd < 0 || h->etc_fd < 0)
		return h->sets_fd < 0 ? h->sets_fd : h->etc_fd;
	h->has_selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
	if (h->has_selinux)
		host_label_etc(h);
	return 0;
}

/* Sets mount on it, so that within one it is no directory of the rundir's. */
static int host_make_sentinel(const struct host *h, struct nsi_fail *f)
{
	NSI_AUTO_FD int sentinel = path_make_dir(h->run_fd, RECORD_SENTINEL, 0700, f);

	return sentinel < 0 ? sentinel : 0;
}

/*
 * The host's mount namespace is that of PID 1, or the one that a helper of this boot has
 * recorded.  While there are sets it is the recorded one alone: PID 1 could be that of a PID
 * namespace which somebody has made inside a set.
 */
static int host_check_namespaces(struct host *h, struct nsi_fail *f)
{
	char text[128], boot[PROC_BOOT_ID_SIZE];
	uint64_t mnt = 0, last;
	bool is_of_boot;
	int n;

	n = (int)fd_read_file(h->run_fd, "host", text, sizeof(text));
	if (n < 0 && n != -ENOENT)
		return fail_errno(f, n, "cannot read %s/host", h->rundir);
	is_of_boot = n > 0 &&
		     sscanf(text, "nsisolate-host 1 mnt=%" SCNu64 " last=%" SCNu64 " boot=%39s",
			    &mnt, &last, boot) == 3 &&
		     strcmp(boot, h->boot_id) == 0;
	if (is_of_boot && mnt != h->ns.ino[NS_MNT] && record_any(h->sets_fd))
		return fail_set(
			f, EXDEV,
			"no helper is running, and this login comes from inside a set: start "
			"nsisolate-helper on the host (systemctl start nsisolate.socket, or any "
			"login from outside)");
	n = system_check(h->look, is_of_boot && mnt == h->ns.ino[NS_MNT], f);
	if (n < 0)
		return n;
	if (is_of_boot)
		h->last_set = h->reserved = last;
	return 0;
}

static int host_write_file(struct host *h, struct nsi_fail *f)
{
	char text[160];
	int n = snprintf(text, sizeof(text),
			 "nsisolate-host 1 mnt=%" PRIu64 " last=%" PRIu64 " boot=%s\n",
			 h->ns.ino[NS_MNT], h->reserved, h->boot_id);
	int r = path_write_file(h->run_fd, "host", 0600, text, (size_t)n);

	return r < 0 ? fail_errno(f, r, "cannot write %s/host", h->rundir) : 0;
}

int host_init(struct host *h, struct nsi_fail *f)
{
	NSI_AUTO_FD int ns_dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (ns_dir < 0)
		return fail_errno(f, errno, "cannot open /proc/self/ns; is /proc mounted?");
	priv_raise(); /* the helper is not dumpable: its own /proc entries are root's to see */
	r = ns_inodes_read(ns_dir, &h->ns);
	priv_lower();
	if (r < 0)
		return fail_errno(f, r, "cannot read the namespaces of the helper");
	r = proc_boot_id(h->boot_id);
	if (r < 0)
		return fail_errno(f, r, "cannot read the boot id from /proc");
	if (statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &h->root) < 0)
		return fail_errno(f, errno, "cannot look at the root directory");
	h->off_by_kernel = off_by_kernel();
	h->look = system_look(h->ns.ino[NS_MNT]);
	if (h->look == SYSTEM_IS_CHROOT) /* before anything is made in it */
		return system_check(h->look, false, f);
	r = host_make_dirs(h, f);
	if (r < 0)
		return r;
	h->lock_fd =
		openat(h->run_fd, "helper.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return h->lock_fd < 0 ? fail_errno(f, errno, "cannot open the lock in %s", h->rundir) : 0;
}

int host_take(struct host *h, struct nsi_fail *f)
{
	NSI_AUTO_FD int state = -EBADF;
	int r = host_take_lock(h, f);

	if (r != 0)
		return r;
	r = host_check_namespaces(h, f);
	if (r < 0)
		return r;
	r = host_make_sentinel(h, f);
	if (r < 0)
		return r;
	state = path_make_trusted_dir(h->statedir, 0700, f);
	if (state < 0 && state != -EROFS)
		return state;
	h->self_fd = (int)pidfd_open(getpid(), 0);
	if (h->self_fd < 0)
		return fail_errno(f, errno, "cannot get a handle of the helper");
	return host_write_file(h, f);
}

int host_next_set(struct host *h, uint64_t *ret, struct nsi_fail *f)
{
	if (h->last_set == h->reserved) {
		int r;

		h->reserved += ID_BLOCK;
		r = host_write_file(h, f);
		if (r < 0) {
			h->reserved -= ID_BLOCK;
			return r;
		}
	}
	*ret = ++h->last_set;
	return 0;
}

bool host_is_replaced(void)
{
	static const char suffix[] = " (deleted)"; /* proc_pid_exe(5) */
	const size_t len = sizeof(suffix) - 1;
	char exe[PATH_MAX];
	ssize_t n;

	priv_raise(); /* the helper is not dumpable */
	n = readlink("/proc/self/exe", exe, sizeof(exe));
	priv_lower();
	return n > (ssize_t)len && memcmp(exe + (size_t)n - len, suffix, len) == 0;
}

/* Whether "/" of this process and that of PID 1 are one directory of one mount. */
static int host_compare_roots(void)
{
	struct statx own = {0}, init = {0};

	if (statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &own) < 0 ||
	    statx(AT_FDCWD, "/proc/1/root", 0, STATX_INO | STATX_MNT_ID, &init) < 0)
		return -errno;
	return own.stx_mnt_id == init.stx_mnt_id && own.stx_ino == init.stx_ino &&
			       own.stx_dev_major == init.stx_dev_major &&
			       own.stx_dev_minor == init.stx_dev_minor
		       ? SYSTEM_IS_HOST
		       : SYSTEM_IS_CHROOT;
}

int system_look(uint64_t own_mnt)
{
	uint64_t init;
	int r;

	priv_raise();
	r = ns_inode_read(AT_FDCWD, "/proc/1/ns/mnt", &init);
	if (r == 0)
		r = init == own_mnt ? host_compare_roots() : SYSTEM_IS_ELSEWHERE;
	priv_lower();
	return r;
}

int system_check(int look, bool is_recorded, struct nsi_fail *f)
{
	if (look == SYSTEM_IS_HOST)
		return 0;
	if (look == SYSTEM_IS_CHROOT)
		return fail_set(
			f, EXDEV,
			"this is a chroot, and a set is made of the host's directories: start "
			"nsisolate-helper outside of it (systemctl start nsisolate.socket, or "
			"any login from there)");
	if (is_recorded)
		return 0;
	if (look < 0)
		return fail_errno(
			f, look,
			"cannot tell whether this is the host's mount namespace, which is "
			"that of PID 1 (a container needs a PID namespace of its own): "
			"/proc/1/ns/mnt");
	return fail_set(
		f, EXDEV,
		"no helper is running, and this is not the host's mount namespace, which is "
		"PID 1's (it may be that of PrivateTmp=, pam_namespace or a sandbox): start "
		"nsisolate-helper on the host (systemctl start nsisolate.socket, or any login "
		"there)");
}
