/* SPDX-License-Identifier: MIT */
/* A rundir without a helper, and the arguments of a module that looks for one there */
#ifndef NSI_TEST_RUNDIR_H
#define NSI_TEST_RUNDIR_H

#include "login/args.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch dir;
static struct module_args args;

static inline int begin(void **state)
{
	(void)state;
	if (scratch_make(&dir) < 0)
		return -1;
	args = (struct module_args){.config = "/none",
				    .rundir = dir.top,
				    .statedir = "/none",
				    .helper = "/none",
				    .timeout = 20};
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	scratch_done(&dir);
	return 0;
}

#endif /* NSI_TEST_RUNDIR_H */
