/* SPDX-License-Identifier: MIT */
/* Detached mounts that are made before a login needs them */
#ifndef NSI_MNT_STOCK_H
#define NSI_MNT_STOCK_H

#include <stdint.h>

struct mnt_tmpfs;
struct nsi_fail;

/*
 * A spare anchor makes detached mounts of the types that its set is likely to need while it waits.
 * They belong to the namespaces of the process (mqueue shows the IPC namespace in which it was
 * made), so unused ones must be closed before these change, and before the set is finished.
 */

/* Add a mount to the stock if it can be made and there is room; @type is a constant. */
void stock_tmpfs(const struct mnt_tmpfs *options);
void stock_fs(const char *type, uint32_t attrs);

/* As mnt_new_tmpfs() and mnt_new_fs() without options: from the stock, or made now. */
int stock_new_tmpfs(const struct mnt_tmpfs *options, struct nsi_fail *f);
int stock_new_fs(const char *type, uint32_t attrs, struct nsi_fail *f);

/* Closes the unused mounts. */
void stock_clear(void);

#endif /* NSI_MNT_STOCK_H */
