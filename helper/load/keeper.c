/* SPDX-License-Identifier: MIT */
/* The child that keeps a copy of the policy */
#include "load/loader.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "load/resolver.h"
#include "log/log.h"
#include "policy/kept.h"
#include "policy/load.h"
#include "priv/priv.h"

/* A disk or a directory service that hangs must not collect such children. */
enum {
	KEEPER_SECONDS = 60
};

/* The directory of the copy must be there before this process may write there alone. */
static int keeper_confine(const struct pol_sources *sources, struct nsi_fail *f)
{
	NSI_AUTO_FD int state = path_make_trusted_dir(sources->statedir, 0700, f);

	return state < 0 ? state : fence_keeper(sources, f);
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
