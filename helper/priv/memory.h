/* SPDX-License-Identifier: MIT */
/* Memory that a fork leaves common to two processes */
#ifndef NSI_MEMORY_H
#define NSI_MEMORY_H

/*
 * Gives this process copies of its own of the pages that a fork has left common to it and its
 * parent or child, as far as they are data, heap or stack.  The kernel would copy each when it is
 * written to, which is while a login waits.  A kernel that cannot (before Linux 5.14) does that.
 */
void memory_own(void);

#endif /* NSI_MEMORY_H */
