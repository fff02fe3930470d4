/* SPDX-License-Identifier: MIT */
#include "state/decisions.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/text.h"

static_assert(sizeof(struct decision) <= DECISION_SIZE, "a decision fits its slot");

static uint64_t decision_hash(const struct decision *d)
{
	return hash_bytes(HASH_START, d, offsetof(struct decision, check));
}

static bool decision_is_whole(const struct decision *d)
{
	return d->number && d->check == decision_hash(d) && d->outcome < DECISION_OUTCOMES &&
	       text_is_terminated(d->user, sizeof(d->user)) &&
	       text_is_terminated(d->service, sizeof(d->service)) &&
	       text_is_terminated(d->tty, sizeof(d->tty)) &&
	       text_is_terminated(d->rhost, sizeof(d->rhost)) &&
	       text_is_terminated(d->policy, sizeof(d->policy)) &&
	       text_is_terminated(d->rule, sizeof(d->rule)) &&
	       text_is_terminated(d->text, sizeof(d->text));
}

static int decision_compare(const void *a, const void *b)
{
	const struct decision *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int decisions_read_fd(int fd, struct decision **ret)
{
	NSI_AUTO_FREE struct decision *all = calloc(DECISIONS_COUNT, sizeof(*all));
	int count = 0;

	if (!all)
		return -ENOMEM;
	for (int slot = 0; slot < DECISIONS_COUNT; slot++) {
		ssize_t n = pread(fd, &all[count], sizeof(*all), (off_t)slot * DECISION_SIZE);

		if (n < 0)
			return -errno;
		count += n == (ssize_t)sizeof(*all) && decision_is_whole(&all[count]);
	}
	qsort(all, (size_t)count, sizeof(*all), decision_compare);
	*ret = nsi_take_ptr(&all);
	return count;
}

int decisions_read(int run_fd, struct decision **ret)
{
	NSI_AUTO_FD int fd = openat(run_fd, DECISIONS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*ret = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return decisions_read_fd(fd, ret);
}

int decisions_open(struct decisions *d, int run_fd)
{
	NSI_AUTO_FD int fd =
		openat(run_fd, DECISIONS_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	NSI_AUTO_FREE struct decision *all = NULL;
	int count;

	*d = (struct decisions){.fd = -EBADF};
	if (fd < 0)
		return -errno;
	count = decisions_read_fd(fd, &all);
	if (count < 0)
		return count;
	if (count > 0)
		d->last = all[count - 1];
	d->fd = nsi_take_fd(&fd);
	return 0;
}

int decisions_note(struct decisions *d, struct decision *new)
{
	off_t at = (off_t)(d->last.number % DECISIONS_COUNT) * DECISION_SIZE;
	ssize_t n;

	if (d->fd < 0)
		return 0;
	new->number = d->last.number + 1;
	new->time = (uint64_t)time(NULL);
	memcpy(new->outcomes, d->last.outcomes, sizeof(new->outcomes));
	memcpy(new->causes, d->last.causes, sizeof(new->causes));
	new->outcomes[new->outcome]++;
	if ((new->outcome == DECISION_REFUSED || new->outcome == DECISION_ALLOWED) &&
	    new->cause < DECISION_CAUSES)
		new->causes[new->cause]++;
	new->check = decision_hash(new);
	d->last = *new;
	n = pwrite(d->fd, new, sizeof(*new), at);
	return n == (ssize_t)sizeof(*new) ? 0 : n < 0 ? -errno : -EIO;
}
