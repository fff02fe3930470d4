/* SPDX-License-Identifier: MIT */
#include "load/loader.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/text.h"
#include "host/host.h"
#include "load/resolver.h"
#include "log/log.h"
#include "policy/image.h"
#include "policy/kept.h"
#include "policy/load.h"
#include "priv/priv.h"

enum {
	LOAD_SECONDS = 10,
	LINE_SIZE = 600,
	LINES_MAX = 50,
	BUF_MAX = (64 << 20) + LINES_MAX * LINE_SIZE + 64,
	LOAD_BROKEN = 2, /* its exit status; 1: the answer is a sentence */
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

/* A pipe that breaks is a helper that is gone: nobody to tell. */
static int loader_write_result(int fd, const struct pol_report *report,
			       const struct pol_image *image, uint64_t since)
{
	struct load_head head = {
		.lines = (uint32_t)(report->count < LINES_MAX ? report->count : LINES_MAX),
		.image = image ? image->size : 0,
		.since = since,
	};

	if (fd_write_all(fd, &head, sizeof(head)) < 0)
		return LOAD_BROKEN;
	for (uint32_t i = 0; i < head.lines; i++) {
		char line[LINE_SIZE] = {0};

		line[0] = report->messages[i].severity == POL_ERROR ? 'e' : 'w';
		(void)policy_message_format(&report->messages[i], line + 1, sizeof(line) - 1);
		if (fd_write_all(fd, line, sizeof(line)) < 0)
			return LOAD_BROKEN;
	}
	return image && fd_write_all(fd, image, image->size) < 0 ? LOAD_BROKEN : 0;
}

/* Bytes of address space.  A sanitizer reserves shadows of all memory there is. */
#ifdef NSI_UNCONFINED
#define LOAD_MEMORY RLIM_INFINITY
#else
#define LOAD_MEMORY (1u << 30)
#endif

/* The child's part.  A helper that has no policy takes a copy of before. */
static int loader_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	static struct resolver resolver;
	const struct rlimit memory = {LOAD_MEMORY, LOAD_MEMORY}, cpu = {LOAD_SECONDS, LOAD_SECONDS};
	const struct loader *l = arg;
	struct pol_sources sources = l->sources;
	const bool or_kept = l->image == NULL;
	struct pol_report report = {0};
	struct pol_image *image = NULL;
	uint64_t since = 0;
	int r = priv_become(PRIV_LOADER, f);

	(void)fds;
	if (r < 0)
		return r;
	if (setrlimit(RLIMIT_AS, &memory) < 0 || setrlimit(RLIMIT_CPU, &cpu) < 0)
		return fail_errno(f, errno, "cannot limit the loader");
	sources_stop_at_failure();
	r = resolver_start(&resolver, f);
	if (r < 0)
		return r;
	r = fence_loader(&sources, or_kept, f);
	if (r < 0)
		return r;
	sources.names = &resolver.names;
	if (policy_load_from(&sources, 0, &image, &report) < 0) {
		image = NULL;
		if (or_kept && kept_load(&sources, &image, &since) < 0)
			image = NULL;
	}
	return loader_write_result(out, &report, image, since);
}

/* Takes the lines and the image out of what came.  Returns the image to own, or NULL. */
static struct pol_image *loader_take_result(struct loader *l, uint64_t *ret_since)
{
	struct load_head head;
	struct pol_image *image;
	size_t at = sizeof(head);

	if (l->work.status == 1 && l->work.used > 0) {
		log_line(LOG_ERR, "%s: cannot read the policy: %s", l->sources.config,
			 l->work.answer);
		return NULL;
	}
	if (l->work.used < sizeof(head)) {
		log_line(LOG_ERR, "%s: the loader of the policy died", l->sources.config);
		return NULL;
	}
	memcpy(&head, l->work.answer, sizeof(head));
	if (head.lines > LINES_MAX || l->work.used != at + head.lines * LINE_SIZE + head.image) {
		log_line(LOG_ERR, "%s: the loader of the policy ended unexpectedly",
			 l->sources.config);
		return NULL;
	}
	for (uint32_t i = 0; i < head.lines; i++, at += LINE_SIZE) {
		const char *line = l->work.answer + at;

		log_line(line[0] == 'e' ? LOG_ERR : LOG_WARNING, "%.*s", LINE_SIZE - 2, line + 1);
	}
	*ret_since = head.since;
	if (head.image == 0)
		return NULL;
	image = malloc(head.image);
	if (!image) {
		log_line(LOG_ERR, "%s: no memory for the policy", l->sources.config);
		return NULL;
	}
	memcpy(image, l->work.answer + at, head.image);
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

	l->result = hash_bytes(HASH_START, l->work.answer ? l->work.answer : "", l->work.used);
	return l->again && l->work.used > 0 && l->result == before;
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

static void loader_on_done(struct work *w)
{
	struct loader *l = loop_owner(w, struct loader, work);
	uint64_t since = 0;
	struct pol_image *image;

	if (!w->is_whole && w->status < 0)
		log_line(LOG_ERR, "%s takes more than %d seconds to read", l->sources.config,
			 LOAD_SECONDS);
	if (!w->is_whole)
		w->used = 0;
	l->is_same = loader_is_as_before(l);
	image = l->is_same ? NULL : loader_take_result(l, &since);
	l->again = false;
	work_cancel(w); /* frees the answer */
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
		keeper_start(l);
}

void loader_init(struct loader *l, struct loop *loop, const struct host *host,
		 void (*done)(struct loader *), void *arg)
{
	*l = (struct loader){
		.loop = loop,
		.sources = policy_sources(host->config),
		.done = done,
		.arg = arg,
		.work = WORK_NONE,
		.keeper = WORK_NONE,
	};
	l->sources.rundir = host->rundir;
	l->sources.statedir = host->statedir;
	l->run_fd = host->run_fd;
}

static int loader_start(struct loader *l)
{
	l->sources.last = l->image; /* the child's copy of it */
	return work_start(&l->work, l->loop,
			  &(struct work_order){
				  .run = loader_run,
				  .arg = l,
				  .patience_us = LOAD_SECONDS * UINT64_C(1000000),
				  .most = BUF_MAX,
				  .done = loader_on_done,
			  });
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
	l->again = loader_start(l) == 0;
	return l->again;
}

bool loader_look_again(struct loader *l)
{
	return loader_is_busy(l) || loader_try_again(l, false, soon_us);
}

bool loader_refresh(struct loader *l)
{
	uint64_t now;
	int r;

	if (loader_is_busy(l))
		return l->again; /* nothing is known to have changed */
	now = policy_fingerprint_again(&l->sources, &l->looks);
	if (l->tried && now == l->fingerprint) {
		(void)loader_try_again(l, true, later_us);
		return true;
	}
	l->next_fingerprint = now;
	r = loader_start(l);
	if (r == 0)
		return false;
	log_line(LOG_ERR, "cannot start the loader of the policy: %s", strerrordesc_np(-r));
	return true;
}

bool loader_is_settled(const struct loader *l)
{
	return l->image && l->tried && !loader_is_busy(l) && !loader_lacks_groups(l->image, true);
}

void loader_invalidate(struct loader *l)
{
	l->tried = false;
}
