/* SPDX-License-Identifier: MIT */
/* A plan for a set of alice's with one policy, in a host of the test's own below /run. */
#ifndef NSI_TEST_PLAN_H
#define NSI_TEST_PLAN_H

#include "base/cleanup.h"
#include "host/host.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "tests/unit/image.h"
#include "tests/unit/own_system.h"

static struct host plan_host = {.rundir = "/run/nsisolate",
				.statedir = "/run/state",
				.boot_id = "0123abcd-0000-4000-8000-000000000000"};
static struct setup_held plan_held;
static struct setup_report plan_report __attribute__((unused));

/* The policy's keys are @keys.  Its image is @ret_image, the caller's. */
static inline struct setup_plan plan_make(const char *keys, struct pol_image **ret_image)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "p = { %s };", keys);
	*ret_image = image_of(text);
	return (struct setup_plan){
		.host = &plan_host,
		.image = *ret_image,
		.policy = policy_get(*ret_image, 0),
		.id = 7,
		.owner = 1000,
		.pid = getpid(),
		.uid = 1000,
		.gid = 1000,
		.user = "alice",
		.home = "/home/alice",
		.service = "sshd",
		.held = &plan_held,
	};
}

/* The directories of the helper, for a test that runs in a system of its own. */
static inline void plan_make_dirs(void)
{
	own_dir("/run/nsisolate", 0700);
	own_dir("/run/nsisolate/etc", 0700);
	own_dir("/run/state", 0700);
}

#endif /* NSI_TEST_PLAN_H */
