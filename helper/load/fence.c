/* SPDX-License-Identifier: MIT */
/* The limits of the processes that handle the policy's files */
#include "load/loader.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "confine/confine.h"
#include "policy/kept.h"
#include "policy/load.h"

enum {
	FENCE_PLACES = 5
};

/* The places of one process, and the room for their paths. */
struct fence {
	struct landlock_place places[FENCE_PLACES];
	unsigned count;
	char config[PATH_MAX], vendor[PATH_MAX], kept[PATH_MAX];
};

static void fence_add(struct fence *f, const char *path, enum landlock_access access)
{
	f->places[f->count++] = (struct landlock_place){.path = path, .access = access};
}

/*
 * The directory of a file, in which its drop-in directory is, too.  Not the file alone: an editor may put
 * another one in its place before it is opened.
 */
static void fence_add_directory(struct fence *f, const char *file, char room[PATH_MAX])
{
	char *slash;

	if (!file || snprintf(room, PATH_MAX, "%s", file) >= PATH_MAX)
		return;
	slash = strrchr(room, '/');
	if (!slash)
		return; /* a relative path is refused when it is opened */
	slash[slash == room] = '\0';
	fence_add(f, room, LANDLOCK_TO_READ);
}

static void fence_begin(struct fence *f, const struct pol_sources *sources)
{
	f->count = 0;
	fence_add_directory(f, sources->config, f->config);
	fence_add_directory(f, sources->vendor, f->vendor);
	fence_add(f, "/etc/group", LANDLOCK_TO_READ);
}

int fence_loader(const struct pol_sources *sources, bool or_kept, struct nsi_fail *f)
{
	struct fence fence;
	int r;

	fence_begin(&fence, sources);
	if (or_kept && snprintf(fence.kept, PATH_MAX, "%s/" KEPT_DIR, sources->statedir) < PATH_MAX)
		fence_add(&fence, fence.kept, LANDLOCK_TO_READ);
	r = landlock_limit(fence.places, fence.count, 0, f);
	return r < 0 ? r : confine_become(CONFINE_LOADER, f);
}

int fence_keeper(const struct pol_sources *sources, struct nsi_fail *f)
{
	struct fence fence;
	int r;

	fence_begin(&fence, sources);
	fence_add(&fence, sources->statedir, LANDLOCK_TO_WRITE);
	r = landlock_limit(fence.places, fence.count, 0, f);
	return r < 0 ? r : confine_become(CONFINE_KEEPER, f);
}
