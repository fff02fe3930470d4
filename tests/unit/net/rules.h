/* SPDX-License-Identifier: MIT */
/* The rules of nftables in force, as "nft list ruleset" prints them. */
#ifndef NSI_TEST_RULES_H
#define NSI_TEST_RULES_H

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include "base/programs.h"
#include "tests/unit/faults.h"

struct nft_ctx;

static inline void rules_find(void *library, const char *name, void *ret)
{
	void *at = dlsym(library, name);

	faults_check(at, "the library has no %s()", name);
	memcpy(ret, &at, sizeof(at));
}

/* The test is skipped where the library is not there; for what network_test() calls. */
static inline void rules_need_library(void)
{
	if (!dlopen(LIBRARY_NFTABLES, RTLD_NOW | RTLD_LOCAL))
		_exit(77);
}

/* Of this process's network, to be read until the next call. */
static inline const char *rules_in_force(void)
{
	static char text[16384];
	void *library = dlopen(LIBRARY_NFTABLES, RTLD_NOW | RTLD_LOCAL);
	struct nft_ctx *(*ctx_new)(uint32_t flags);
	int (*buffer_output)(struct nft_ctx * ctx);
	int (*run)(struct nft_ctx * ctx, const char *command);
	const char *(*output)(struct nft_ctx * ctx);
	void (*ctx_free)(struct nft_ctx * ctx);
	struct nft_ctx *ctx;

	rules_find(library, "nft_ctx_new", &ctx_new);
	rules_find(library, "nft_ctx_buffer_output", &buffer_output);
	rules_find(library, "nft_run_cmd_from_buffer", &run);
	rules_find(library, "nft_ctx_get_output_buffer", &output);
	rules_find(library, "nft_ctx_free", &ctx_free);
	ctx = ctx_new(0);
	faults_check(ctx && buffer_output(ctx) == 0 && run(ctx, "list ruleset") == 0,
		     "the rules cannot be listed");
	(void)snprintf(text, sizeof(text), "%s", output(ctx));
	ctx_free(ctx);
	return text;
}

#endif /* NSI_TEST_RULES_H */
