/* SPDX-License-Identifier: MIT */
#include "join/page.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/text.h"
#include "wire/wire.h"

static bool join_key_add(struct join_key *key, const char *text)
{
	size_t len = strlen(text) + 1;

	if (key->size + len > sizeof(key->text))
		return false;
	memcpy(key->text + key->size, text, len);
	key->size = (uint16_t)(key->size + len);
	return true;
}

bool join_key_fill(struct join_key *key, const struct nsi_open *open, uint16_t asks)
{
	*key = (struct join_key){
		.uid = open->uid,
		.gid = open->gid,
		.caller_uid = open->caller_uid,
		.asks = asks,
	};
	return join_key_add(key, open->user) && join_key_add(key, open->service) &&
	       join_key_add(key, asks & JOIN_ASKS_TTY ? open->tty : "") &&
	       join_key_add(key, asks & JOIN_ASKS_RHOST ? open->rhost : "");
}

static unsigned join_bucket(const struct join_key *key)
{
	uint64_t hash = hash_bytes(HASH_START ^ key->uid, key->text, key->size);

	return (unsigned)((hash >> 20) % JOIN_BUCKETS) * JOIN_WAYS;
}

static bool join_is_page(const struct join_page *page)
{
	return memcmp(page->magic, JOIN_MAGIC, sizeof(page->magic)) == 0 &&
	       page->version == JOIN_VERSION && page->size == sizeof(*page) &&
	       text_is_terminated(page->boot_id, sizeof(page->boot_id)) &&
	       text_is_terminated(page->config, sizeof(page->config)) &&
	       text_is_terminated(page->statedir, sizeof(page->statedir));
}

int join_page_open(int dirfd, const char *path, uid_t owner, struct join_page **ret)
{
	/* O_NONBLOCK: a FIFO in its place must not hold us up. */
	NSI_AUTO_FD int fd = openat(dirfd, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct join_page *page;
	struct stat st;

	if (fd < 0)
		return errno == ELOOP || errno == ENXIO || errno == EISDIR ? -EBADMSG : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != owner || (st.st_mode & 077) != 0 ||
	    st.st_size != (off_t)sizeof(*page))
		return -EBADMSG;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	if (!join_is_page(page)) {
		join_page_close(page);
		return -EBADMSG;
	}
	*ret = page;
	return nsi_take_fd(&fd);
}

void join_page_close(struct join_page *page)
{
	if (page)
		(void)munmap(page, sizeof(*page)); /* a whole mapping of ours: cannot fail */
}

int join_page_holder(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0
		       ? lock.l_pid
		       : 0;
}

/* Copies @size bytes that @seq guards.  Returns the number that they had, or 0 if they are not to be used. */
static uint32_t join_copy(const _Atomic uint32_t *seq, const void *from, void *to, size_t size)
{
	uint32_t before = atomic_load_explicit(seq, memory_order_acquire);

	if (before == 0 || before % 2)
		return 0;
	memcpy(to, from, size);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(seq, memory_order_relaxed) == before ? before : 0;
}

static bool join_is_view(const struct join_view *view)
{
	return view->anchor_pid > 0 && view->set != 0 &&
	       text_is_terminated(view->policy, sizeof(view->policy)) &&
	       text_is_terminated(view->rule, sizeof(view->rule));
}

int join_find(const struct join_page *page, const struct join_key *key, struct join_view *ret,
	      uint32_t *ret_seq)
{
	unsigned first = join_bucket(key);

	for (unsigned i = first; i < first + JOIN_WAYS; i++) {
		const struct join_entry *e = &page->entries[i];

		*ret_seq = join_copy(&e->seq, &e->view, ret, sizeof(*ret));
		if (*ret_seq && memcmp(&ret->key, key, sizeof(*key)) == 0 && join_is_view(ret))
			return (int)i;
	}
	return -ENOENT;
}

int join_take(struct join_page *page, int pid)
{
	for (unsigned i = 0; i < JOIN_SLOTS; i++) {
		unsigned at = ((unsigned)pid + i) % JOIN_SLOTS;
		uint64_t none = JOIN_FREE;

		if (atomic_load_explicit(&page->words[at], memory_order_relaxed) == JOIN_FREE &&
		    atomic_compare_exchange_strong(&page->words[at], &none,
						   join_word(JOIN_TAKEN, pid)))
			return (int)at;
	}
	return -EBUSY;
}

bool join_announce(struct join_page *page, int slot, int pid, unsigned entry, uint32_t seq)
{
	atomic_store(&page->words[slot], join_word(JOIN_ENTERING, pid));
	atomic_fetch_add(&page->news, 1);
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load(&page->entries[entry].seq) == seq && atomic_load(&page->closed) == 0;
}

void join_settle(struct join_page *page, int slot, int pid, enum join_state state)
{
	atomic_store(&page->words[slot], join_word(state, pid));
	atomic_fetch_add(&page->news, 1);
}

/* Slots are free again when the helper looks: many closes in a second are not to take them all. */
static bool join_is_crowded(const struct join_page *page)
{
	unsigned used = 0;

	for (unsigned i = 0; i < JOIN_SLOTS; i++)
		used += atomic_load_explicit(&page->words[i], memory_order_relaxed) != JOIN_FREE;
	return used > JOIN_SLOTS_OPEN;
}

bool join_may_close(const struct join_page *page, int slot, int pid, uint64_t set, uint64_t id)
{
	const struct join_slot *s = &page->slots[slot];

	return atomic_load(&page->words[slot]) == join_word(JOIN_INSIDE, pid) && s->set == set &&
	       s->id == id && atomic_load(&s->known) == 0 && !join_is_crowded(page);
}

bool join_claim_close(struct join_page *page, unsigned slot, int pid, uint64_t word)
{
	uint64_t closed = join_word(JOIN_CLOSED, pid);

	return atomic_compare_exchange_strong(&page->words[slot], &closed, word);
}

enum join_close join_close(struct join_page *page, int slot, int pid)
{
	uint64_t inside = join_word(JOIN_INSIDE, pid);

	if (!atomic_compare_exchange_strong(&page->words[slot], &inside,
					    join_word(JOIN_CLOSED, pid)))
		return JOIN_CLOSE_ASK;
	atomic_fetch_add(&page->news, 1);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load(&page->slots[slot].known) == 0 && atomic_load(&page->closed) == 0)
		return JOIN_CLOSE_DONE;
	return join_claim_close(page, (unsigned)slot, pid, join_word(JOIN_TOLD, pid))
		       ? JOIN_CLOSE_TELL
		       : JOIN_CLOSE_DONE;
}

uint64_t join_know(struct join_page *page, unsigned slot)
{
	atomic_store(&page->slots[slot].known, 1);
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load(&page->words[slot]);
}

bool join_take_back(struct join_page *page, unsigned slot, int pid)
{
	uint64_t inside = join_word(JOIN_INSIDE, pid);

	return atomic_compare_exchange_strong(&page->words[slot], &inside,
					      join_word(JOIN_TAKEN, 0));
}

bool join_read_files(const struct join_page *page, struct join_files *ret)
{
	if (!join_copy(&page->seq, &page->files, ret, sizeof(*ret)) || ret->count == 0 ||
	    ret->count > JOIN_FILES)
		return false;
	for (uint32_t i = 0; i < ret->count; i++)
		if (!text_is_terminated(ret->row[i].path, sizeof(ret->row[i].path)))
			return false;
	return true;
}

/* Makes @seq odd, so that nobody uses what it guards. */
static void join_seq_stop(_Atomic uint32_t *seq)
{
	uint32_t now = atomic_load(seq);

	if (now % 2 == 0)
		atomic_store(seq, now + 1);
	atomic_thread_fence(memory_order_seq_cst);
}

/* Makes it even again, and another number than any before: 0 is none. */
static void join_seq_go(_Atomic uint32_t *seq)
{
	uint32_t next = atomic_load(seq) + 1;

	atomic_store(seq, next ? next : 2);
}

void join_put_files(struct join_page *page, const struct join_files *files)
{
	join_seq_stop(&page->seq);
	page->files = *files;
	join_seq_go(&page->seq);
}

/* The entry that @key has, or else one that is not in use, or else one that is. */
static unsigned join_choose(const struct join_page *page, const struct join_key *key)
{
	unsigned first = join_bucket(key), unused = JOIN_ENTRIES;

	for (unsigned i = first; i < first + JOIN_WAYS; i++) {
		const struct join_entry *e = &page->entries[i];
		uint32_t seq = atomic_load(&e->seq);

		if (memcmp(&e->view.key, key, sizeof(*key)) == 0)
			return i;
		if (seq == 0 || seq % 2)
			unused = i;
	}
	return unused < JOIN_ENTRIES ? unused : first + atomic_load(&page->news) % JOIN_WAYS;
}

unsigned join_publish(struct join_page *page, const struct join_view *view)
{
	unsigned at = join_choose(page, &view->key);
	struct join_entry *e = &page->entries[at];

	join_seq_stop(&e->seq);
	e->view = *view;
	join_seq_go(&e->seq);
	return at;
}

void join_renew(struct join_page *page, unsigned entry, uint64_t mounts, uint32_t flags)
{
	struct join_entry *e = &page->entries[entry];

	join_seq_stop(&e->seq);
	e->view.mounts = mounts;
	e->view.flags = flags;
	join_seq_go(&e->seq);
}

void join_withdraw(struct join_page *page, unsigned entry)
{
	join_seq_stop(&page->entries[entry].seq);
}
