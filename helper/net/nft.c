/* SPDX-License-Identifier: MIT */
/* Rules of nftables, loaded by libnftables */
#include "net/net.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/programs.h"
#include "confine/confine.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"

struct nft_ctx;

/* Those functions of libnftables(3) that are used, by their names in it. */
static struct {
	struct nft_ctx *(*nft_ctx_new)(uint32_t flags);
	int (*nft_ctx_buffer_error)(struct nft_ctx *ctx);
	int (*nft_run_cmd_from_buffer)(struct nft_ctx *ctx, const char *text);
	const char *(*nft_ctx_get_error_buffer)(struct nft_ctx *ctx);
	bool is_open;
} library;

/* dlsym(3) gives a pointer to data, which POSIX lets be one to a function. */
static bool nft_find(void *handle, const char *name, void *ret)
{
	void *at = dlsym(handle, name);

	memcpy(ret, &at, sizeof(at));
	return at != NULL;
}

void nft_prepare(void)
{
	void *handle = library.is_open ? NULL : dlopen(LIBRARY_NFTABLES, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return;
	library.is_open =
		nft_find(handle, "nft_ctx_new", &library.nft_ctx_new) &&
		nft_find(handle, "nft_ctx_buffer_error", &library.nft_ctx_buffer_error) &&
		nft_find(handle, "nft_run_cmd_from_buffer", &library.nft_run_cmd_from_buffer) &&
		nft_find(handle, "nft_ctx_get_error_buffer", &library.nft_ctx_get_error_buffer);
}

/* The child: never returns.  @out gets the complaint. */
static void nft_run(const char *text, int out)
{
	struct nsi_fail f = {""};
	struct nft_ctx *ctx;
	const char *said;

	log_forked();
	if (priv_become(PRIV_RULES, &f) < 0 || landlock_limit_to_reading(0, &f) < 0 ||
	    confine_become(CONFINE_RULES, &f) < 0)
		_exit(1);
	ctx = library.nft_ctx_new(0);
	if (!ctx || library.nft_ctx_buffer_error(ctx) != 0)
		_exit(1);
	if (library.nft_run_cmd_from_buffer(ctx, text) == 0)
		_exit(0);
	said = library.nft_ctx_get_error_buffer(ctx);
	(void)fd_write_all(out, said ? said : "",
			   said ? strlen(said) : 0); /* the status says it too */
	_exit(1);
}

/* The complaint, on one line: where, what, and then the rule itself. */
static int nft_complain(int out, const char *what, struct nsi_fail *f)
{
	char text[160] = "";

	if (lseek(out, 0, SEEK_SET) == 0 && fd_read_all(out, text, sizeof(text) - 1) > 0)
		text[strcspn(text, "\n")] = '\0';
	return fail_set(f, EINVAL, "%.100s: nftables: %.120s", what,
			text[0] ? text : "failed without a message");
}

int nft_load(const char *text, const char *what, struct nsi_fail *f)
{
	/* Memory that reads like a file: unlike a pipe, it cannot fill up while nobody reads. */
	NSI_AUTO_FD int out = memfd_create("nsisolate", MFD_CLOEXEC);
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info = {0};
	pid_t pid;

	nft_prepare();
	if (!library.is_open)
		return fail_set(f, ENOENT,
				"%.100s: " LIBRARY_NFTABLES " cannot be used; is it installed?",
				what);
	if (out < 0)
		return fail_errno(f, errno, "no memory for the output of nftables");
	pid = child_fork(0, &pidfd);
	if (pid == 0)
		nft_run(text, out);
	if (pid < 0)
		return fail_errno(f, pid, "cannot fork to load rules");
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) {
		if (errno != EINTR)
			return fail_errno(f, errno, "cannot wait for nftables");
	}
	return info.si_code == CLD_EXITED && info.si_status == 0 ? 0 : nft_complain(out, what, f);
}
