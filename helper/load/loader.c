/* SPDX-License-Identifier: MIT */
#include "load/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/text.h"
#include "host/host.h"
#include "load/fence.h"
#include "load/keeper.h"
#include "load/resolver.h"
#include "log/log.h"
#include "policy/image.h"
#include "policy/kept.h"
#include "policy/load.h"
#include "priv/child.h"
#include "priv/priv.h"

enum {
	LOAD_SECONDS = 10,
	LINE_SIZE = 600,
	LINES_MAX = 50,
	BUF_MAX = (64 << 20) + LINES_MAX * LINE_SIZE + 64,
};

static const uint64_t soon_us = 250000;
static const uint64_t later_us = 60 * UINT64_C(1000000);

/* The head of the answer in the pipe; the lines follow, then the image. */
struct load_head {
	uint32_t lines; /* of LINE_SIZE bytes each, severity in the first */
	uint32_t pad;
	uint64_t image; /* bytes; 0: there were errors */
	uint64_t since; /* of the kept copy that it was made of; 0: of the files */
};

static void loader_write_result(int fd, const struct pol_report *report,
				const struct pol_image *image, uint64_t since)
{
	struct load_head head = {
		.lines = (uint32_t)(report->count < LINES_MAX ? report->count : LINES_MAX),
		.image = image ? image->size : 0,
		.since = since,
	};

	/* A pipe that breaks is a helper that is gone: nobody to tell. */
	if (fd_write_all(fd, &head, sizeof(head)) < 0)
		_exit(1);
	for (uint32_t i = 0; i < head.lines; i++) {
		char line[LINE_SIZE] = {0};

		line[0] = report->messages[i].severity == POL_ERROR ? 'e' : 'w';
		(void)policy_message_format(&report->messages[i], line + 1, sizeof(line) - 1);
		if (fd_write_all(fd, line, sizeof(line)) < 0)
			_exit(1);
	}
	if (image && fd_write_all(fd, image, image->size) < 0)
		_exit(1);
}

static void loader_give_up(const struct nsi_fail *f)
{
	log_line(LOG_ERR, "cannot read the policy: %s", f->what);
	_exit(1);
}

/* The child: never returns.  @or_kept: a copy of before will do. */
static void load_child(struct pol_sources sources, bool or_kept, int out)
{
	static struct resolver resolver;
	const struct rlimit memory = {1u << 30, 1u << 30}, cpu = {LOAD_SECONDS, LOAD_SECONDS};
	struct pol_report report = {0};
	struct pol_image *image = NULL;
	struct nsi_fail f = {""};
	uint64_t since = 0;

	if (child_isolate(&out, 1) < 0 || priv_become(PRIV_LOADER, &f) < 0)
		_exit(1);
	if (setrlimit(RLIMIT_AS, &memory) < 0 || setrlimit(RLIMIT_CPU, &cpu) < 0)
		_exit(1);
	log_forked();
	sources_stop_at_failure();
	if (resolver_start(&resolver, &f) < 0 || fence_loader(&sources, or_kept, &f) < 0)
		loader_give_up(&f);
	sources.names = &resolver.names;
	if (policy_load_from(&sources, 0, &image, &report) < 0) {
		image = NULL;
		if (or_kept && kept_load(&sources, &image, &since) < 0)
			image = NULL;
	}
	loader_write_result(out, &report, image, since);
	_exit(0);
}

/* Takes the lines and the image out of what came.  Returns the image to own, or NULL. */
static struct pol_image *loader_take_result(struct loader *l, uint64_t *ret_since)
{
	struct load_head head;
	struct pol_image *image;
	size_t at = sizeof(head);

	if (l->used < sizeof(head)) {
		log_line(LOG_ERR, "%s: the loader of the policy died", l->sources.config);
		return NULL;
	}
	memcpy(&head, l->buf, sizeof(head));
	if (head.lines > LINES_MAX || l->used != at + head.lines * LINE_SIZE + head.image) {
		log_line(LOG_ERR, "%s: the loader of the policy ended unexpectedly",
			 l->sources.config);
		return NULL;
	}
	for (uint32_t i = 0; i < head.lines; i++, at += LINE_SIZE) {
		const char *line = l->buf + at;

		log_line(line[0] == 'e' ? LOG_ERR : LOG_WARNING, "%.*s", LINE_SIZE - 2, line + 1);
	}
	*ret_since = head.since;
	if (head.image == 0)
		return NULL;
	image = malloc(head.image);
	if (!image)
		return NULL;
	memcpy(image, l->buf + at, head.image);
	if (policy_image_check(image, head.image) < 0) {
		log_line(LOG_ERR, "%s: the loader returned an invalid policy image",
			 l->sources.config);
		free(image);
		return NULL;
	}
	return image;
}

/* Whether the look at the groups has found what the load before it had. */
static bool loader_is_as_before(struct loader *l)
{
	uint64_t before = l->result;

	l->result = hash_bytes(HASH_START, l->buf ? l->buf : "", l->used);
	return l->again && l->used > 0 && l->result == before;
}

/* When that was, as an administrator would write it. */
static const char *loader_format_time(uint64_t since, char buf[32])
{
	time_t t = (time_t)since;
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(buf, 32, "%Y-%m-%d %H:%M", &tm) == 0)
		text_fmt(buf, 32, "@%" PRIu64, since);
	return buf;
}

/* Announces the policy that is in force from now on, in the log and for the command. */
static void loader_announce(struct loader *l, enum in_force_state state, bool is_kept)
{
	struct in_force in_force = {.state = state, .since = l->since};
	char time[32];
	int r;

	if (state == IN_FORCE_NONE)
		log_line(LOG_ERR,
			 "%s cannot be used, and there is none from before: sessions are refused",
			 l->sources.config);
	else if (state == IN_FORCE_LAST_GOOD)
		log_line(LOG_ERR,
			 "%s cannot be used: the last good policy, of %s%s%s%s, stays in force",
			 l->sources.config, loader_format_time(l->since, time),
			 is_kept ? ", kept in " : "", is_kept ? l->sources.statedir : "",
			 is_kept ? "/" KEPT_DIR : "");
	text_fmt(in_force.config, sizeof(in_force.config), "%s", l->sources.config);
	r = in_force_write(l->run_fd, &in_force);
	if (r < 0)
		log_line(LOG_WARNING, "cannot note which policy is in force: %s",
			 strerrordesc_np(-r));
}

static void loader_finish(struct loader *l)
{
	uint64_t since = 0;
	struct pol_image *image;

	l->is_same = loader_is_as_before(l);
	image = l->is_same ? NULL : loader_take_result(l, &since);
	l->again = false;
	loop_disarm(l->loop, &l->deadline);
	loop_remove(l->loop, &l->pipe);
	nsi_closep(&l->pipe.fd);
	(void)pidfd_send_signal(l->pidfd, SIGKILL, NULL, 0); /* it has nothing left to say */
	child_reap(&l->pidfd);
	nsi_freep(&l->buf);
	l->buf = NULL;
	l->busy = false;
	l->tried = true;
	l->loaded_us = clock_now_us();
	l->fingerprint = l->next_fingerprint;
	if (image) {
		free(l->image);
		l->image = image;
		l->since = since ? since : (uint64_t)time(NULL);
	}
	if (!l->is_same)
		loader_announce(l,
				!l->image             ? IN_FORCE_NONE
				: image && since == 0 ? IN_FORCE_CURRENT
						      : IN_FORCE_LAST_GOOD,
				since != 0);
	l->done(l);
	if (image && since == 0)
		keeper_start(&l->sources);
}

static void loader_on_pipe(struct source *s, uint32_t events)
{
	struct loader *l = loop_owner(s, struct loader, pipe);
	ssize_t n;

	(void)events;
	if (l->used == l->room) {
		size_t room = l->room ? l->room * 2 : 65536;
		char *buf = room <= (size_t)BUF_MAX * 2 ? realloc(l->buf, room) : NULL;

		if (!buf) {
			l->used = 0; /* reported as an unexpected end below */
			loader_finish(l);
			return;
		}
		l->buf = buf;
		l->room = room;
	}
	n = read(s->fd, l->buf + l->used, l->room - l->used);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0)
		l->used += (size_t)n;
	else
		loader_finish(l);
}

static void loader_on_deadline(struct timer *t)
{
	struct loader *l = loop_owner(t, struct loader, deadline);

	log_line(LOG_ERR, "%s takes more than %d seconds to read", l->sources.config, LOAD_SECONDS);
	l->used = 0;
	loader_finish(l);
}

void loader_init(struct loader *l, struct loop *loop, const struct host *host,
		 void (*done)(struct loader *), void *arg)
{
	*l = (struct loader){
		.loop = loop,
		.sources = policy_sources(host->config),
		.done = done,
		.arg = arg,
		.pidfd = -EBADF,
		.pipe = {.fd = -EBADF, .ready = loader_on_pipe},
		.deadline = {.fire = loader_on_deadline},
	};
	l->sources.rundir = host->rundir;
	l->sources.statedir = host->statedir;
	l->run_fd = host->run_fd;
}

static int loader_fork(struct loader *l)
{
	NSI_AUTO_FD int in = -EBADF;
	NSI_AUTO_FD int out = -EBADF;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	l->sources.last = l->image; /* the child's copy of it */
	l->pid = child_fork(0, &l->pidfd);
	if (l->pid == 0)
		load_child(l->sources, l->image == NULL, out);
	if (l->pid < 0)
		return (int)l->pid;
	l->pipe.fd = nsi_take_fd(&in);
	r = loop_add(l->loop, &l->pipe, EPOLLIN);
	if (r < 0) {
		log_line(LOG_ERR, "cannot watch the loader of the policy: %s", strerrordesc_np(-r));
		(void)pidfd_send_signal(l->pidfd, SIGKILL, NULL, 0); /* reaped with the others */
		nsi_closep(&l->pidfd);
		nsi_closep(&l->pipe.fd);
		return r;
	}
	l->buf = NULL;
	l->used = l->room = 0;
	loop_arm(l->loop, &l->deadline, LOAD_SECONDS * UINT64_C(1000000));
	l->busy = true;
	return 0;
}

/* Whether there are groups that could not be looked up or, if @absent, that did not exist. */
static bool loader_lacks_groups(const struct pol_image *image, bool absent)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);

	for (uint64_t i = 0; i < image->table[POL_TABLE_MATCHES].count; i++)
		if (rows[i].members == POL_MEMBERS_UNKNOWN ||
		    (absent && rows[i].kind == POL_MATCH_RANGE && rows[i].low > rows[i].high))
			return true;
	return false;
}

static bool loader_try_again(struct loader *l, bool absent, uint64_t after_us)
{
	if (!l->image || clock_now_us() - l->loaded_us < after_us ||
	    !loader_lacks_groups(l->image, absent))
		return false;
	l->next_fingerprint = l->fingerprint;
	l->again = loader_fork(l) == 0;
	return l->again;
}

bool loader_look_again(struct loader *l)
{
	return l->busy || loader_try_again(l, false, soon_us);
}

bool loader_refresh(struct loader *l)
{
	uint64_t now;
	int r;

	if (l->busy)
		return l->again; /* nothing is known to have changed */
	now = policy_fingerprint_again(&l->sources, &l->looks);
	if (l->tried && now == l->fingerprint) {
		(void)loader_try_again(l, true, later_us);
		return true;
	}
	l->next_fingerprint = now;
	r = loader_fork(l);
	if (r == 0)
		return false;
	log_line(LOG_ERR, "cannot start the loader of the policy: %s", strerrordesc_np(-r));
	return true;
}

bool loader_is_settled(const struct loader *l)
{
	return l->image && l->tried && !l->busy && !loader_lacks_groups(l->image, true);
}

void loader_invalidate(struct loader *l)
{
	l->tried = false;
}
