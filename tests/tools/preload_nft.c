/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libnftables in a rig.  By the word in /run/rig/nft.mode it refuses each ruleset
 * ("fail"), or loads it three seconds later by the library in /run/rig/nft.real ("slow").  Meanwhile
 * the process is there by its name; it may write no file.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC void *nft_ctx_new(uint32_t flags);
PUBLIC int nft_ctx_buffer_error(void *ctx);
PUBLIC const char *nft_ctx_get_error_buffer(void *ctx);
PUBLIC int nft_run_cmd_from_buffer(void *ctx, const char *text);

static void *real;

/* With this library: the process that loads rules may load no code any more. */
__attribute__((constructor)) static void load_real(void)
{
	real = dlopen("/run/rig/nft.real", RTLD_NOW | RTLD_LOCAL);
}

static int load_slowly(const char *text)
{
	void *(*new_context)(uint32_t flags);
	int (*run)(void *ctx, const char *text);
	void *at;

	if (!real)
		return -1;
	at = dlsym(real, "nft_ctx_new");
	memcpy(&new_context, &at, sizeof(at));
	at = dlsym(real, "nft_run_cmd_from_buffer");
	memcpy(&run, &at, sizeof(at));
	sleep(3);
	return run(new_context(0), text);
}

void *nft_ctx_new(uint32_t flags)
{
	static int context;

	(void)flags;
	return &context;
}

int nft_ctx_buffer_error(void *ctx)
{
	(void)ctx;
	return 0;
}

const char *nft_ctx_get_error_buffer(void *ctx)
{
	(void)ctx;
	return "no such thing today\nand a second line";
}

int nft_run_cmd_from_buffer(void *ctx, const char *text)
{
	char mode[16] = "";
	FILE *f = fopen("/run/rig/nft.mode", "re");

	(void)ctx;
	if (f && fscanf(f, "%15s", mode) != 1)
		mode[0] = '\0';
	if (f)
		(void)fclose(f); /* was only read */
	return strcmp(mode, "slow") == 0 ? load_slowly(text) : -1;
}
