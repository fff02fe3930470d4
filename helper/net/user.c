/* SPDX-License-Identifier: MIT */
#include "net/user.h"

#include <errno.h>
#include <unistd.h>

#include "base/fail.h"
#include "net/host.h"
#include "net/net.h"

int user_start(const struct net_host *h, struct net_record *rec, struct nsi_fail *f)
{
	(void)h;
	(void)rec;
	return fail_set(f, EOPNOTSUPP,
			"the policy's network has mode \"user\", which this version does not have: "
			"use mode "
			"\"bridge\" with nat = true");
}

int user_stop(const struct net_record *rec, struct nsi_fail *f)
{
	(void)rec;
	(void)f;
	return 0;
}
