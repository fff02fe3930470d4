/* SPDX-License-Identifier: MIT */
/* Sessions of the logins that have joined by the page of joins */
#ifndef NSI_SETS_JOINED_H
#define NSI_SETS_JOINED_H

struct set;
struct sets;
struct loop;
struct timer;

/* Makes sessions of all slots that are entering or inside; safe while a session begins or ends. */
void joined_take_all(struct sets *sets);

/* The same, and ends those of logins that have left, or were killed. */
void joined_collect(struct sets *sets);

/* The handler of a turn of the sets' loop: collects if a login has changed a slot since the last time. */
void joined_on_turn(struct loop *l);

/* The handler of joins.look. */
void joined_on_look(struct timer *t);

/* Makes the sessions of an adopted set that only the slots of the earlier helper's page tell of. */
void joined_adopt(struct set *set);

#endif /* NSI_SETS_JOINED_H */
