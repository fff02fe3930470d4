/* SPDX-License-Identifier: MIT */
/* The slice of a processor's time that a process on a login's way has */
#ifndef NSI_CPU_SLICE_H
#define NSI_CPU_SLICE_H

/*
 * DOC: short slices
 *
 * The scheduler gives each runnable process its share in slices, and lets one that has waited for an event go
 * before others if its slice is the shorter one (EEVDF, Linux 6.12).  The helper and an anchor that
 * builds work for a few hundred microseconds at a time, and a login waits for each of these.  A
 * short slice changes when they run and not for how long: their share is that of every other process of
 * their priority, so that who makes them work takes no processor from others.
 */

/*
 * Gives this process the shortest slice.  Its children have the usual one, and the usual priority.  Needs no
 * privilege.  Does nothing before Linux 6.12, or in a process with another scheduling policy than the usual.
 */
void cpu_slice_shorten(void);

/* Gives it the usual slice again. */
void cpu_slice_restore(void);

#endif /* NSI_CPU_SLICE_H */
