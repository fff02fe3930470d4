/* SPDX-License-Identifier: MIT */
#include "sets/helper.h"

#include "sets/set.h"

void helper_set_ready(struct set *set)
{
	set->helper->above.set_ready(set);
}

void helper_check_idle(struct helper *h)
{
	h->above.has_ended(h);
}
