/* SPDX-License-Identifier: MIT */
/* The child that keeps a copy of the policy */
#include "load/loader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "load/resolver.h"
#include "log/log.h"
#include "policy/kept.h"
#include "policy/load.h"
#include "priv/child.h"
#include "priv/priv.h"

enum {
	KEEPER_SECONDS = 60
};

/* The directory of the copy must be there before this process may write there alone. */
static int keeper_confine(const struct pol_sources *sources, struct nsi_fail *f)
{
	NSI_AUTO_FD int state = path_make_trusted_dir(sources->statedir, 0700, f);

	return state < 0 ? state : fence_keeper(sources, f);
}

/* The child: never returns. */
static void keeper_run(struct pol_sources sources)
{
	static struct resolver resolver;
	struct nsi_fail f = {""};

	if (child_isolate(NULL, 0) < 0 || priv_become(PRIV_LOADER, &f) < 0)
		_exit(1);
	log_forked();
	(void)umask(0);
	(void)alarm(
		KEEPER_SECONDS); /* a disk or a directory service that hangs must not collect us */
	if (resolver_start(&resolver, &f) == 0 && keeper_confine(&sources, &f) == 0) {
		sources.names = &resolver.names;
		if (kept_save(&sources, &f) == 0)
			_exit(0);
	}
	log_line(LOG_WARNING, "the policy cannot be kept for a later start of the helper: %s",
		 f.what);
	_exit(1);
}

void keeper_start(const struct pol_sources *sources)
{
	int pidfd = -EBADF;
	pid_t pid = child_fork(0, &pidfd);

	if (pid == 0)
		keeper_run(*sources);
	if (pid < 0)
		log_line(LOG_WARNING, "the policy cannot be kept for a later start: %s",
			 strerrordesc_np(-pid));
	else
		child_reap(&pidfd);
}
