/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "mnt/mnt.h"

enum {
	STOCK_MAX = 8
};

static struct item {
	const char *type; /* a constant; NULL: sold */
	struct mnt_tmpfs options;
	uint32_t attrs;
	int mount;
} stock[STOCK_MAX];

static const struct mnt_tmpfs no_options;

static struct item *stock_room(void)
{
	for (unsigned i = 0; i < STOCK_MAX; i++)
		if (!stock[i].type)
			return &stock[i];
	return NULL;
}

static void stock_put(const char *type, const struct mnt_tmpfs *options, uint32_t attrs, int mount)
{
	struct item *i = stock_room();

	if (i && mount >= 0)
		*i = (struct item){type, *options, attrs, mount};
	else
		nsi_closep(&mount);
}

void stock_tmpfs(const struct mnt_tmpfs *options)
{
	struct nsi_fail ignored = {""}; /* reported when the mount is needed */

	if (stock_room())
		stock_put("tmpfs", options, options->attrs, mnt_new_tmpfs(options, &ignored));
}

void stock_fs(const char *type, uint32_t attrs)
{
	struct nsi_fail ignored = {""};

	if (stock_room())
		stock_put(type, &no_options, attrs, mnt_new_fs(type, attrs, NULL, 0, &ignored));
}

static bool stock_is_same(const struct mnt_tmpfs *a, const struct mnt_tmpfs *b)
{
	return a->size == b->size && a->size_percent == b->size_percent && a->inodes == b->inodes &&
	       a->mode == b->mode && a->attrs == b->attrs;
}

/* One of these, the caller's; -EBADF if there is none. */
static int stock_take(const char *type, const struct mnt_tmpfs *options, uint32_t attrs)
{
	for (unsigned i = 0; i < STOCK_MAX; i++) {
		if (!stock[i].type || strcmp(stock[i].type, type) != 0 || stock[i].attrs != attrs ||
		    !stock_is_same(&stock[i].options, options))
			continue;
		stock[i].type = NULL;
		return stock[i].mount;
	}
	return -EBADF;
}

int stock_new_tmpfs(const struct mnt_tmpfs *options, struct nsi_fail *f)
{
	int mount = stock_take("tmpfs", options, options->attrs);

	return mount >= 0 ? mount : mnt_new_tmpfs(options, f);
}

int stock_new_fs(const char *type, uint32_t attrs, struct nsi_fail *f)
{
	int mount = stock_take(type, &no_options, attrs);

	return mount >= 0 ? mount : mnt_new_fs(type, attrs, NULL, 0, f);
}

void stock_clear(void)
{
	for (unsigned i = 0; i < STOCK_MAX; i++) {
		if (stock[i].type)
			nsi_closep(&stock[i].mount);
		stock[i].type = NULL;
	}
}
