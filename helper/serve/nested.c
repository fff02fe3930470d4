/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "sets/all.h"

/*
 * The PID namespace that the process itself is in.  "pid_for_children", which all
 * others go by, can be another: a process whose own it is could still change it.
 */
static int read_own(int pid, uint64_t *ret)
{
	struct stat st;
	char path[40];
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	priv_raise();
	if (stat(path, &st) < 0)
		r = -errno;
	priv_lower();
	*ret = r == 0 ? st.st_ino : 0;
	return r;
}

/* A set's is a child of the helper's; so the way in is from there, or from itself. */
enum nested nested_look(struct call *c, uint64_t target)
{
	uint64_t own;

	if (read_own(c->pid, &own) < 0 || own == c->sets->host.ns.ino[NS_PID])
		return NESTED_NOT; /* such a process has ended, or will fail to enter */
	return own == target ? NESTED_NOT : NESTED_SIBLING;
}
