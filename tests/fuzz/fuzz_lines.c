/* SPDX-License-Identifier: MIT */
/* Whatever the kernel, an administrator or a stack has written: mount tables, id maps, addresses, arguments of the module. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/idmap.h"
#include "base/inet.h"
#include "base/mountinfo.h"
#include "base/text.h"
#include "login/args.h"
#include "policy/pathname.h"
#include "policy/template.h"
#include "policy/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t sink; /* so that what is read is not optimised away */

static void read_mounts(char *text, size_t size)
{
	struct mountinfo_table t = {.file = fmemopen(text, size, "r")};
	struct mountinfo m;

	while (t.file && mountinfo_next(&t, &m) > 0)
		sink += strlen(m.device) + strlen(m.root) + strlen(m.point) + strlen(m.options) +
			strlen(m.type) + strlen(m.source) + strlen(m.super);
	mountinfo_done(&t);
}

static void read_map(const char *text)
{
	struct idmap map = {0};
	char buf[4096];

	if (idmap_parse(&map, text) == 0)
		sink += (size_t)idmap_format(&map, buf, sizeof(buf));
}

/* The words of a line of a PAM stack. */
static void read_args(char *text)
{
	struct module_args args;
	struct nsi_fail f = {""};
	const char *argv[32];
	int argc = 0;

	for (char *word = strtok(text, " \n"); word && argc < 32; word = strtok(NULL, " \n"))
		argv[argc++] = word;
	(void)args_parse(argc, argv, &args, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (size > 0)
		read_mounts(text, size);
	memcpy(text, data, size);
	read_map(text);
	sink += pathname_is_normal(text);
	read_args(text);
	free(text);
	return 0;
}
