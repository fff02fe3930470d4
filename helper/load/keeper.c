/* SPDX-License-Identifier: MIT */
/* The limits of the processes that handle the files of the policy, and the one that keeps a copy */
#include "load/loader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "confine/confine.h"
#include "load/resolver.h"
#include "log/log.h"
#include "policy/kept.h"
#include "policy/load.h"
#include "priv/priv.h"

enum {
	FENCE_PLACES = 5
};

/* The places of one process, and the room for their paths. */
struct fence {
	struct landlock_place places[FENCE_PLACES];
	unsigned count;
	char config[PATH_MAX], vendor[PATH_MAX], kept[PATH_MAX];
};

static void keeper_fence_add(struct fence *f, const char *path, enum landlock_access access)
{
	f->places[f->count++] = (struct landlock_place){.path = path, .access = access};
}

/*
 * The directory of a file, in which its drop-in directory is, too.  Not the file alone: an editor may put
 * another one in its place before it is opened.
 */
static void keeper_fence_directory(struct fence *f, const char *file, char room[PATH_MAX])
{
	char *slash;

	if (!file || snprintf(room, PATH_MAX, "%s", file) >= PATH_MAX)
		return;
	slash = strrchr(room, '/');
	if (!slash)
		return; /* a relative path is refused when it is opened */
	slash[slash == room] = '\0';
	keeper_fence_add(f, room, LANDLOCK_TO_READ);
}

static void keeper_fence_begin(struct fence *f, const struct pol_sources *sources)
{
	f->count = 0;
	keeper_fence_directory(f, sources->config, f->config);
	keeper_fence_directory(f, sources->vendor, f->vendor);
	keeper_fence_add(f, "/etc/group", LANDLOCK_TO_READ);
}

int fence_loader(const struct pol_sources *sources, bool or_kept, struct nsi_fail *f)
{
	struct fence fence;
	int r;

	keeper_fence_begin(&fence, sources);
	if (or_kept && snprintf(fence.kept, PATH_MAX, "%s/" KEPT_DIR, sources->statedir) < PATH_MAX)
		keeper_fence_add(&fence, fence.kept, LANDLOCK_TO_READ);
	r = landlock_limit(fence.places, fence.count, 0, f);
	return r < 0 ? r : confine_become(CONFINE_LOADER, f);
}

/* A disk or a directory service that hangs must not collect such children. */
enum {
	KEEPER_SECONDS = 60
};

/* The directory of the copy must be there before this process may write there alone. */
static int keeper_confine(const struct pol_sources *sources, struct nsi_fail *f)
{
	NSI_AUTO_FD int state = path_make_trusted_dir(sources->statedir, 0700, f);
	struct fence fence;
	int r;

	if (state < 0)
		return state;
	keeper_fence_begin(&fence, sources);
	keeper_fence_add(&fence, sources->statedir, LANDLOCK_TO_WRITE);
	r = landlock_limit(fence.places, fence.count, 0, f);
	return r < 0 ? r : confine_become(CONFINE_KEEPER, f);
}

/* The child's part. */
static int keeper_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	static struct resolver resolver;
	struct pol_sources sources = *(const struct pol_sources *)arg;
	int r = priv_become(PRIV_LOADER, f);

	(void)fds, (void)out;
	if (r < 0)
		return r;
	r = resolver_start(&resolver, f);
	if (r < 0)
		return r;
	r = keeper_confine(&sources, f);
	if (r < 0)
		return r;
	sources.names = &resolver.names;
	return kept_save(&sources, f);
}

static void keeper_warn(const char *why)
{
	log_line(LOG_WARNING, "the policy cannot be kept for a later start of the helper: %s", why);
}

static void keeper_on_done(struct work *w)
{
	struct nsi_fail f = {""};

	if (!work_is_good(w, &f, "its child ended before it was done"))
		keeper_warn(f.what);
	work_cancel(w); /* frees the answer */
}

void keeper_start(struct loader *l)
{
	int r;

	work_cancel(&l->keeper); /* it copies files of before */
	r = work_start(&l->keeper, l->loop,
		       &(struct work_order){
			       .run = keeper_run,
			       .arg = &l->sources,
			       .seconds = KEEPER_SECONDS,
			       .done = keeper_on_done,
		       });
	if (r < 0)
		keeper_warn(strerrordesc_np(-r));
}
