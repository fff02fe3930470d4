/* SPDX-License-Identifier: MIT */
/* An empty page of joins */
#ifndef NSI_TEST_PAGE_H
#define NSI_TEST_PAGE_H

#include <stdlib.h>
#include <string.h>

#include "join/page.h"

/* To be freed; NULL: no memory. */
static inline struct join_page *page_make(void)
{
	struct join_page *page =
		aligned_alloc(_Alignof(struct join_page), sizeof(struct join_page));

	if (page)
		memset(page, 0, sizeof(*page));
	return page;
}

#endif /* NSI_TEST_PAGE_H */
