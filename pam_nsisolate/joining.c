/* SPDX-License-Identifier: MIT */
#include "pam_nsisolate/joining.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "join/page.h"
#include "login/args.h"
#include "login/off.h"
#include "login/place.h"
#include "pam_nsisolate/session_data.h"
#include "wire/wire.h"

/*
 * DOC: no call that waits
 *
 * Each question here is one system call that reads what the kernel has at hand: no other process
 * is woken and none is waited for, so the login keeps its processor however many want one.  Any
 * answer but the expected one is no failure: the helper is asked then.
 */

static int joining_map(struct joining *j, const struct module_args *args)
{
	char path[NSI_PATH_SIZE + sizeof(JOIN_FILE) + 1];

	text_fmt(path, sizeof(path), "%s/" JOIN_FILE, args->rundir); /* room was made */
	j->page_fd = fd_above_stdio(join_page_open(AT_FDCWD, path, 0, &j->page));
	if (j->page_fd < 0) {
		join_page_close(j->page);
		j->page = NULL;
		return j->page_fd;
	}
	/* The number is the helper's own only if both are in one PID namespace, as pids here are. */
	if (join_page_holder(j->page_fd) != j->page->helper_pid)
		return -ESRCH;
	return strcmp(j->page->config, args->config) == 0 &&
			       strcmp(j->page->statedir, args->statedir) == 0 &&
			       atomic_load(&j->page->closed) == 0
		       ? 0
		       : -ENOENT;
}

static int joining_find(const struct joining *j, const struct nsi_open *open,
			struct join_view *view, uint32_t *ret_seq)
{
	struct join_key key;

	if (!join_key_fill(&key, open, (uint16_t)atomic_load(&j->page->asks)))
		return -ENAMETOOLONG;
	return join_find(j->page, &key, view, ret_seq);
}

/* Whether the root directory is this one; @dir is where the process stands. */
static bool joining_has_root(uint64_t mnt, uint64_t dev, uint64_t ino, const struct workdir *dir)
{
	struct statx st;

	if (strcmp(dir->path, "/") == 0)
		return dir->mount == mnt && dir->device == dev && dir->inode == ino;
	return statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &st) == 0 &&
	       st.stx_mnt_id == mnt && st.stx_ino == ino && workdir_device(&st) == dev;
}

/* In the host's namespaces, of all types that the set has: so the way back is known. */
static bool joining_is_on_host(const struct join_page *page, const struct join_view *view,
			       const struct place *place)
{
	const uint32_t more = view->types & ~(uint32_t)PLACE_KINDS;
	struct ns_inodes at;

	if (place_read(more, &at) < 0)
		return false;
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		uint64_t ino = more & ns_bit(type) ? at.ino[type] : place->ns.ino[type];

		if ((view->types & ns_bit(type)) && ino != page->host.ino[type])
			return false;
	}
	/* The host's root directory, and no chroot. */
	return joining_has_root(page->root_mnt, page->root_dev, page->root_ino, &place->dir);
}

/* The files of the policy are those that the helper has read. */
static bool joining_knows_policy(const struct join_page *page)
{
	struct join_files files;
	struct join_file now;

	if (!join_read_files(page, &files))
		return false;
	for (uint32_t i = 0; i < files.count; i++) {
		join_file_look(files.row[i].path, &now);
		if (memcmp(&now, &files.row[i], sizeof(now)) != 0)
			return false;
	}
	return true;
}

/* Any file of that name has the helper asked, which looks at it closely. */
static bool joining_is_off(const struct module_args *args)
{
	char path[NSI_PATH_SIZE + sizeof(OFF_FILE) + 1];
	struct stat st;

	text_fmt(path, sizeof(path), "%s/" OFF_FILE, args->rundir); /* room was made */
	return lstat(path, &st) == 0 || errno != ENOENT;
}

/* A pidfd of the anchor, if its number is that process's still. */
static int joining_open_anchor(const struct join_view *view)
{
	NSI_AUTO_FD int pidfd = fd_above_stdio((int)pidfd_open(view->anchor_pid, 0));
	struct stat st;
	uint64_t start;

	if (pidfd < 0)
		return -ESRCH;
	if (view->anchor_ino)
		return fstat(pidfd, &st) == 0 && st.st_ino == view->anchor_ino ? nsi_take_fd(&pidfd)
									       : -ESRCH;
	return proc_start_time(view->anchor_pid, &start) == 0 && start == view->anchor_start
		       ? nsi_take_fd(&pidfd)
		       : -ESRCH;
}

static bool joining_fill_slot(struct join_slot *slot, const struct nsi_open *open,
			      const struct join_view *view)
{
	slot->start = proc_now();
	slot->since = (uint64_t)time(NULL);
	slot->set = view->set;
	slot->types = view->types;
	slot->missing = view->missing;
	slot->uid = open->uid;
	memcpy(slot->policy, view->policy, sizeof(slot->policy));
	return text_copy(slot->user, sizeof(slot->user), open->user) == 0 &&
	       text_copy(slot->service, sizeof(slot->service), open->service) == 0 &&
	       text_copy(slot->tty, sizeof(slot->tty), open->tty) == 0 &&
	       text_copy(slot->rhost, sizeof(slot->rhost), open->rhost) == 0 &&
	       text_copy(slot->rule, sizeof(slot->rule), view->rule) == 0;
}

/* On record before it enters; then, whether what it has read is still so. */
static bool joining_reserve(struct joining *j, const struct nsi_open *open,
			    const struct join_view *view, unsigned entry, uint32_t seq)
{
	int slot = join_take(j->page, j->pid);

	if (slot < 0)
		return false;
	j->joined = (struct joined){
		.has_slot = true,
		.slot = slot,
		.types = view->types,
		.keeps_root = view->flags & JOIN_HOSTS_ROOT,
		.root_mnt = view->root_mnt,
		.root_dev = view->root_dev,
		.root_ino = view->root_ino,
	};
	if (joining_fill_slot(&j->page->slots[slot], open, view) &&
	    join_announce(j->page, slot, j->pid, entry, seq))
		return true;
	join_settle(j->page, slot, j->pid, JOIN_LEFT);
	return false;
}

static void joining_answer(const struct joining *j, const struct join_view *view,
			   struct nsi_reply *reply)
{
	*reply = (struct nsi_reply){
		.h = wire_header(NSI_ENTER),
		.types = view->types,
		.joined = 1,
		.all_types = view->types,
		.missing = view->missing,
		.set = view->set,
		.session = j->page->slots[j->joined.slot].id,
		.to = view->ns,
	};
	memcpy(reply->policy, view->policy, sizeof(view->policy));
	memcpy(reply->rule, view->rule, sizeof(view->rule));
}

static int joining_try(struct joining *j, const struct module_args *args,
		       const struct nsi_open *open, struct place *place, struct nsi_reply *reply)
{
	NSI_AUTO_FD int anchor = -EBADF;
	struct join_view view;
	uint32_t seq;
	int entry = joining_map(j, args);

	if (entry == 0)
		entry = joining_find(j, open, &view, &seq);
	if (entry < 0)
		return entry;
	if (!joining_is_on_host(j->page, &view, place) || !joining_knows_policy(j->page) ||
	    joining_is_off(args))
		return -ESTALE;
	anchor = joining_open_anchor(&view);
	if (anchor < 0 || (view.mnt_id && join_mounts(view.mnt_id) != view.mounts))
		return -ESTALE;
	if (!joining_reserve(j, open, &view, (unsigned)entry, seq))
		return -ESTALE;
	joining_answer(j, &view, reply);
	place->keeps_proc = view.flags & JOIN_HOSTS_PROC;
	place->keeps_root = view.flags & JOIN_HOSTS_ROOT;
	return nsi_take_fd(&anchor);
}

static void joining_close(struct joining *j)
{
	nsi_closep(&j->page_fd);
	join_page_close(j->page);
	j->page = NULL;
}

int joining_begin(struct joining *j, const struct module_args *args, const struct nsi_open *open,
		  struct place *place, struct nsi_reply *reply)
{
	int anchor;

	j->pid = place->pid;
	anchor = joining_try(j, args, open, place, reply);
	if (anchor < 0)
		joining_close(j);
	return anchor;
}

int joining_way_back(const struct joining *j)
{
	NSI_AUTO_FD int pidfd = fd_above_stdio((int)pidfd_open(j->page->helper_pid, 0));

	if (pidfd < 0)
		return -errno;
	/* It holds the lock while there is a pidfd of it: so the number is not another process's. */
	return join_page_holder(j->page_fd) == j->page->helper_pid ? nsi_take_fd(&pidfd) : -ESRCH;
}

void joining_done(struct joining *j, bool entered)
{
	if (!j->page)
		return;
	j->page->slots[j->joined.slot].took_us = (uint32_t)(clock_now_us() - j->since_us);
	join_settle(j->page, j->joined.slot, j->pid, entered ? JOIN_INSIDE : JOIN_LEFT);
	joining_close(j);
}

/* Back to the host's namespaces, where a login by the page has come from. */
static int joining_go_back(const struct joining *j, struct place *place)
{
	const struct nsi_reply way = {.types = j->joined.types, .to = j->page->host};
	NSI_AUTO_FD int helper = joining_way_back(j);
	struct nsi_fail ignored = {""};

	if (helper < 0)
		return helper;
	place->keeps_proc = true;
	place->keeps_root = j->joined.keeps_root;
	return place_enter(place, &way, &helper, 1, &ignored) == 0 ? 0 : -EXDEV;
}

static enum join_close joining_try_leave(struct joining *j, const struct module_args *args,
					 const struct pam_session *s, struct place *place)
{
	const struct joined *in = &j->joined;

	if (joining_map(j, args) < 0 || !join_may_close(j->page, in->slot, j->pid, s->set, s->id) ||
	    !joining_has_root(in->root_mnt, in->root_dev, in->root_ino, &place->dir) ||
	    joining_go_back(j, place) < 0)
		return JOIN_CLOSE_ASK;
	return join_close(j->page, in->slot, j->pid);
}

enum join_close joining_leave(const struct module_args *args, const struct pam_session *s,
			      struct place *place)
{
	struct joining j = JOINING_NONE;
	enum join_close closed;

	if (!s->joined.has_slot)
		return JOIN_CLOSE_ASK;
	j.pid = place->pid;
	j.joined = s->joined;
	closed = joining_try_leave(&j, args, s, place);
	place->keeps_proc = place->keeps_root = false;
	joining_close(&j);
	return closed;
}
