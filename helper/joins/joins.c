/* SPDX-License-Identifier: MIT */
#include "joins/joins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/host.h"
#include "load/loader.h"
#include "log/log.h"
#include "login/workdir.h"
#include "policy/files.h"
#include "policy/image.h"
#include "policy/load.h"

#define JOINS_NEW_FILE ".joins.new"

static const uint64_t look_us = 1000000;

/* A file <rundir>/joins.off of root's: all logins ask the helper. */
static bool joins_are_off(int run_fd)
{
	struct stat st;

	return fstatat(run_fd, JOIN_OFF_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_uid == 0;
}

static uint16_t joins_asks(const struct pol_image *image)
{
	unsigned asks = 0;

	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);

		asks |= rule->match[POL_TTY].count ? JOIN_ASKS_TTY : 0;
		asks |= rule->match[POL_RHOST].count ? JOIN_ASKS_RHOST : 0;
	}
	return (uint16_t)asks;
}

static void joins_fill(struct join_page *page, const struct host *host)
{
	memcpy(page->magic, JOIN_MAGIC, sizeof(page->magic));
	page->version = JOIN_VERSION;
	page->size = sizeof(*page);
	memcpy(page->boot_id, host->boot_id, sizeof(page->boot_id));
	page->host = host->ns;
	page->root_mnt = host->root.stx_mnt_id;
	page->root_dev = workdir_device(&host->root);
	page->root_ino = host->root.stx_ino;
	page->helper_pid = getpid();
}

/* Allocates the file whole, so that a full file system does not show up as SIGBUS in a login. */
static int joins_make_file(int run_fd)
{
	NSI_AUTO_FD int fd = -EBADF;
	int err;

	if (unlinkat(run_fd, JOINS_NEW_FILE, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(run_fd, JOINS_NEW_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	err = posix_fallocate(fd, 0, (off_t)sizeof(struct join_page));
	return err ? -err : nsi_take_fd(&fd);
}

/* Random numbers for sessions: whoever closes one has to know it. */
static int joins_number(struct join_page *page, unsigned slot)
{
	return getrandom(&page->slots[slot].id, sizeof(page->slots[slot].id), 0) ==
			       sizeof(page->slots[slot].id)
		       ? 0
		       : -errno;
}

void joins_free_slot(struct joins *j, unsigned slot)
{
	j->session_of[slot] = 0;
	j->seen[slot] = 0;
	j->is_noted[slot] = false;
	atomic_store(&j->page->slots[slot].known, 0);
	/* Without a number it is a slot that nobody has filled in, and is given back at the next look. */
	atomic_store(&j->page->words[slot], joins_number(j->page, slot) == 0
						    ? join_word(JOIN_FREE, 0)
						    : join_word(JOIN_TAKEN, 0));
}

static int joins_make(struct joins *j)
{
	const struct host *host = j->host;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	NSI_AUTO_FD int fd = joins_make_file(host->run_fd);
	struct join_page *page;
	int r = 0;

	if (fd < 0)
		return fd;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	/* It is nobody's but the helper's: an anchor that is a fork of it does not have it. */
	if (madvise(page, sizeof(*page), MADV_DONTFORK) < 0)
		r = -errno;
	joins_fill(page, host);
	if (text_copy(page->config, sizeof(page->config), host->config) < 0 ||
	    text_copy(page->statedir, sizeof(page->statedir), host->statedir) < 0)
		r = -ENAMETOOLONG;
	for (unsigned i = 0; r == 0 && i < JOIN_SLOTS; i++)
		r = joins_number(page, i);
	/* A lock of this process (fcntl(2)): no child has it, and the kernel takes it back at its end. */
	if (r == 0 && (fcntl(fd, F_SETLK, &lock) < 0 ||
		       renameat(host->run_fd, JOINS_NEW_FILE, host->run_fd, JOIN_FILE) < 0))
		r = -errno;
	if (r < 0) {
		join_page_close(page);
		return r;
	}
	j->page = page;
	j->fd = nsi_take_fd(&fd);
	return 0;
}

void joins_init(struct joins *j, struct loop *loop, const struct host *host,
		void (*on_look)(struct timer *t))
{
	int fd;

	*j = (struct joins){.loop = loop, .host = host, .fd = -EBADF, .look = {.fire = on_look}};
	fd = join_page_open(host->run_fd, JOIN_FILE, 0, &j->former);
	if (fd == -ENOENT)
		return;
	if (fd < 0) {
		j->is_former_lost = true;
		log_line(LOG_WARNING,
			 "%s/" JOIN_FILE " cannot be read (%s): sessions that are noted there "
			 "alone are not known, and sets are kept until no process is in them",
			 host->rundir, strerrordesc_np(-fd));
		return;
	}
	nsi_closep(&fd);
	if (strcmp(j->former->boot_id, host->boot_id) != 0) {
		join_page_close(j->former);
		j->former = NULL;
		return;
	}
	atomic_store(&j->former->closed, 1);
	atomic_thread_fence(memory_order_seq_cst);
}

void joins_start(struct joins *j)
{
	int r = 0;

	join_page_close(j->former);
	j->former = NULL;
	if (joins_are_off(j->host->run_fd) || j->host->off_by_kernel) {
		if (unlinkat(j->host->run_fd, JOIN_FILE, 0) < 0 && errno != ENOENT)
			r = -errno;
	} else {
		r = joins_make(j);
	}
	if (r < 0)
		log_line(LOG_WARNING,
			 "%s/" JOIN_FILE " cannot be made (%s): each login asks the helper",
			 j->host->rundir, strerrordesc_np(-r));
}

void joins_reload(struct joins *j, const struct loader *loader)
{
	joins_withdraw_all(j);
	if (j->page && loader->image)
		atomic_store(&j->page->asks, joins_asks(loader->image));
}

void joins_watch(struct joins *j)
{
	if (j->look.due_us == 0)
		loop_arm(j->loop, &j->look, look_us);
}

void joins_publish(struct joins *j, const struct join_view *view)
{
	unsigned at = join_publish(j->page, view);

	j->entries += j->set_of[at] == 0;
	j->set_of[at] = view->set;
	j->suspended_of[at] = 0;
	joins_watch(j);
}

static void joins_withdraw_entry(struct joins *j, unsigned entry)
{
	join_withdraw(j->page, entry);
	j->set_of[entry] = 0;
	j->entries--;
}

void joins_suspend(struct joins *j, uint64_t set)
{
	for (unsigned i = 0; j->entries > 0 && i < JOIN_ENTRIES; i++) {
		if (j->set_of[i] != set)
			continue;
		joins_withdraw_entry(j, i);
		j->suspended_of[i] = set;
	}
}

bool joins_has_suspended(const struct joins *j, uint64_t set)
{
	for (unsigned i = 0; i < JOIN_ENTRIES; i++)
		if (j->suspended_of[i] == set)
			return true;
	return false;
}

void joins_renew(struct joins *j, uint64_t set, uint64_t mounts, uint32_t flags)
{
	for (unsigned i = 0; i < JOIN_ENTRIES; i++) {
		if (j->suspended_of[i] != set)
			continue;
		join_renew(j->page, i, mounts, flags);
		j->suspended_of[i] = 0;
		j->set_of[i] = set;
		j->entries++;
	}
	joins_watch(j);
}

void joins_withdraw(struct joins *j, uint64_t set)
{
	for (unsigned i = 0; i < JOIN_ENTRIES; i++) {
		if (j->set_of[i] == set)
			joins_withdraw_entry(j, i);
		if (j->suspended_of[i] == set)
			j->suspended_of[i] = 0;
	}
}

void joins_withdraw_all(struct joins *j)
{
	for (unsigned i = 0; j->page && i < JOIN_ENTRIES; i++) {
		if (j->set_of[i])
			joins_withdraw_entry(j, i);
		j->suspended_of[i] = 0;
	}
}

void joins_stop(struct joins *j)
{
	if (!j->page)
		return;
	joins_withdraw_all(j);
	atomic_store(&j->page->closed, 1);
	atomic_thread_fence(memory_order_seq_cst);
}

static int joins_add_file(struct join_files *files, const char *path)
{
	struct join_file *row = &files->row[files->count];

	if (files->count == JOIN_FILES || strlen(path) >= sizeof(row->path))
		return -E2BIG;
	join_file_look(path, row);
	files->count++;
	/* A directory that has just changed may change again in the same tick of the clock. */
	if (S_ISDIR(row->mode) && row->ctime_s + 2 >= (uint64_t)time(NULL))
		return -EAGAIN;
	return 0;
}

/* A file and what is beside it in its drop-in directory, as policy_fingerprint_from() has them. */
static int joins_add_config(struct join_files *files, const char *config)
{
	NSI_AUTO_DIR DIR *stream = NULL;
	const struct dirent *e;
	char dir[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	const char *slash = strrchr(config, '/');
	int r;

	/* A directory that is not there has neither. */
	(void)snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - config) : 0, config);
	if (dir[0] && access(dir, F_OK) < 0 && errno == ENOENT)
		return joins_add_file(files, dir);
	r = joins_add_file(files, config);
	if (r < 0 || files_dropin_dir(config, dir, sizeof(dir)) < 0)
		return r;
	r = joins_add_file(files, dir);
	stream = r < 0 ? NULL : opendir(dir);
	if (!stream)
		return r < 0 || errno == ENOENT ? r : -errno;
	while (r == 0 && (errno = 0, e = readdir(stream)) != NULL) {
		if (!files_is_dropin(e->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name); /* room was made */
		r = joins_add_file(files, path);
	}
	return r == 0 && errno ? -errno : r;
}

/* Whether a rule names a group: no other number of /etc/group tells one login from another. */
static bool joins_needs_groups(const struct pol_image *image)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);

		if (rule->match[POL_GROUP].count || rule->match[POL_FROM_GROUP].count)
			return true;
	}
	return false;
}

/*
 * The page lists the files as they are, if they are those of the policy in force.  First the list, then the
 * fingerprint: a change between the two shows in one of them.
 */
bool joins_list_files(struct joins *j, struct loader *l)
{
	struct join_files files = {0};
	int r = joins_add_config(&files, l->sources.config);

	if (r == 0 && l->sources.vendor)
		r = joins_add_config(&files, l->sources.vendor);
	if (r == 0 && joins_needs_groups(l->image))
		r = joins_add_file(&files, "/etc/group");
	if (r < 0 || policy_fingerprint_again(&l->sources, &l->looks) != l->fingerprint)
		return false;
	if (memcmp(&files, &j->page->files, sizeof(files)) != 0)
		join_put_files(j->page, &files);
	return true;
}
