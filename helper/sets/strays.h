/* SPDX-License-Identifier: MIT */
/* Anchors that no record names */
#ifndef NSI_STRAYS_H
#define NSI_STRAYS_H

struct sets;

/*
 * Looks through /proc for anchors of this rundir whose record was lost or set
 * aside, and takes their sets over by the sealed copy that each anchor keeps.
 * Their sessions are not known any more: such a set is kept until no process is
 * left in it, whatever its policy says.
 */
void strays_adopt(struct sets *sets);

#endif /* NSI_STRAYS_H */
